//! A WebSocket that listens to changes.
use crate::account::Account;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

/// A WebSocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one, and says nothing yet.
    pub async fn open(account: &Account) -> Result<Self, Error> {
        let mut request = format!("ws://{}/graphql", account.address)
            .into_client_request()
            .expect("an address");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let token = format!("Bearer {}", account.token).parse().expect("a header");
        request.headers_mut().insert("authorization", token);
        Ok(Self(connect_async(request).await?.0))
    }

    /// Opens one that hears of every change in the account's program.
    pub async fn listening(account: &Account) -> Self {
        let mut socket = Self::open(account).await.expect("a socket");
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        let program = account.program().await;
        let query = format!("subscription {{ changeOccurred(programId: \"{program}\") {{ nodeType }} }}");
        let payload = json!({ "query": query });
        socket
            .say(json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await;
        socket
    }

    /// Sends a message.
    pub async fn say(&mut self, message: Value) {
        self.shout(message.to_string()).await;
    }

    /// Sends a text.
    pub async fn shout(&mut self, text: String) {
        // A server that hung up is noticed by who listens.
        let _ = self.0.send(Message::text(text)).await;
    }

    /// The next message; the code with which the server hung up as `{ "close": code }`.
    pub async fn hear(&mut self) -> Value {
        loop {
            let message = timeout(Duration::from_secs(20), self.0.next()).await;
            return match message.expect("a message in time") {
                Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("a message is JSON"),
                Some(Ok(Message::Close(frame))) => json!({ "close": frame.map(|frame| u16::from(frame.code)) }),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => json!({ "close": null }),
            };
        }
    }

    /// The code with which the server hangs up.
    pub async fn close(&mut self) -> Value {
        loop {
            let message = self.hear().await;
            if let Some(code) = message.get("close") {
                return code.clone();
            }
        }
    }
}
