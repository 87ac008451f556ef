//! A world's server on a port of its own.
use crate::support::World;
use fieldhouse::{App, http::Edge, serve};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::Role},
};

/// A server that listens; it ends with this.
pub struct Wire {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a request over the wire was answered.
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Reply {
    /// The code of the first error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Wire {
    /// The world's server, meeting the world as it does unless configured.
    pub async fn of(world: &World) -> Self {
        Self::with(world, Edge::default()).await
    }

    /// The world's server, meeting the world in another way.
    pub async fn with(world: &World, edge: Edge) -> Self {
        let mut app = App::with(world.app.db.clone(), edge);
        app.clock = world.app.clock.clone();
        Self::serving(app).await
    }

    /// A server.
    pub async fn serving(app: App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let never = std::future::pending();
            serve::answer(listener, app, never).await.expect("the server serves");
        });
        Self { address, task }
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Posts a body to the API.
    pub async fn post(&self, body: impl Into<reqwest::Body>, headers: &[(&str, &str)]) -> Reply {
        let client = reqwest::Client::new();
        let mut request = client.post(self.url("/graphql")).body(body);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        Self::reply(request).await
    }

    /// Sends a request and reads the whole answer.
    pub async fn reply(request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer ends");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Reply { status, headers, body }
    }

    /// Asks with a token or without.
    pub async fn ask(&self, token: Option<&str>, query: &str) -> Reply {
        let bearer = format!("Bearer {}", token.unwrap_or_default());
        let headers = match token {
            Some(_) => vec![("authorization", bearer.as_str())],
            None => vec![],
        };
        self.post(json!({ "query": query }).to_string(), &headers).await
    }

    /// Opens a WebSocket.
    pub async fn socket(&self, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let url = format!("ws://{}/graphql", self.address);
        let mut request = url.into_client_request().expect("an address");
        let own = [("sec-websocket-protocol", "graphql-transport-ws")];
        for (name, value) in own.iter().chain(headers) {
            let value = value.parse().expect("a header");
            request.headers_mut().insert(*name, value);
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a WebSocket that offers some subprotocols or none, and takes whatever the server chooses.
    pub async fn offering(&self, protocols: Option<&str>) -> Socket {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let offer = protocols.map(|protocols| format!("Sec-WebSocket-Protocol: {protocols}\r\n"));
        let request = format!(
            "GET /graphql HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
            self.address,
            offer.unwrap_or_default()
        );
        let sent = stream.write_all(request.as_bytes()).await;
        sent.expect("the server listens");
        let head = head(&mut stream).await;
        assert!(head.starts_with("http/1.1 101"), "{head}");
        let stream = MaybeTlsStream::Plain(stream);
        Socket(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
    }

    /// Opens a connection that is kept, request after request.
    pub async fn line(&self) -> Line {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        Line(BufReader::new(stream))
    }

    /// Opens a WebSocket for who holds a token.
    pub async fn signed_in(&self, token: Option<&str>) -> Socket {
        let mut socket = self.socket(&[]).await.expect("a socket");
        let token = format!("Bearer {}", token.expect("a token"));
        socket
            .say(json!({ "type": "connection_init", "payload": { "Authorization": token } }))
            .await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }
}

/// The head of an answer in lower case, up to its empty line.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the server answers"));
    }
    String::from_utf8(head).expect("a head is text").to_lowercase()
}

/// One connection of HTTP.
pub struct Line(BufReader<TcpStream>);

impl Line {
    /// Asks with a token; what it was answered on the same connection.
    pub async fn ask(&mut self, token: Option<&str>, query: &str) -> Value {
        let body = json!({ "query": query }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: fieldhouse\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
            token.expect("a token"),
            body.len()
        );
        let sent = self.0.write_all(request.as_bytes()).await;
        sent.expect("the connection is kept");
        let head = head(&mut self.0).await;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse().ok()).expect("a length");
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.expect("the answer ends");
        serde_json::from_slice(&body).expect("an answer is JSON")
    }
}

/// A WebSocket that speaks graphql-transport-ws.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Sends a message.
    pub async fn say(&mut self, message: Value) {
        self.shout(&message.to_string()).await;
    }

    /// Sends a text.
    pub async fn shout(&mut self, text: &str) {
        // A server that hung up is noticed by who listens.
        let _ = self.0.send(Message::text(text)).await;
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// The next message; the code with which the server hung up as `{ "close": code }`.
    pub async fn hear(&mut self) -> Value {
        self.hear_within(Duration::from_secs(20))
            .await
            .expect("a message in time")
    }

    /// The next message, if there is one in time.
    pub async fn hear_within(&mut self, time: Duration) -> Option<Value> {
        let message = async {
            loop {
                return match self.0.next().await {
                    Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("a message is JSON"),
                    Some(Ok(Message::Close(frame))) => json!({ "close": frame.map(|frame| u16::from(frame.code)) }),
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => json!({ "close": null }),
                };
            }
        };
        timeout(time, message).await.ok()
    }
}
