//! Subscriptions over a WebSocket, by the protocol graphql-transport-ws. A socket belongs to the token that it was opened
//! with and ends with it; queries and mutations are answered on it too.
use super::{
    crowd::Crowd,
    operations::{Operations, held},
    protocol,
};
use crate::{App, access::Viewer, auth::Credential, error::Failure, feed::Heard, scope::Client, serve::Place};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc, watch},
    task::JoinSet,
    time::{Instant, interval_at, timeout},
};
use tracing::Instrument;
use uuid::Uuid;

/// The name of the protocol.
pub(crate) const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(10);

/// How long a client may take to read a message.
const SENDING: Duration = Duration::from_secs(10);

/// How long a client may take to hear that its socket is closed. A connection that is given up while something of the
/// client is unread is reset, and the client may never read why.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often the client is asked whether it is there, and the token whether it is still good.
const CHECK: Duration = Duration::from_secs(15);

/// Sockets at once of a person.
const MAX_SOCKETS: usize = 20;

/// Answers that wait for a slow client, before their operations wait too.
const WAITING: usize = 16;

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    /// The client left.
    Gone,
    Invalid(&'static str),
    Unauthorized(&'static str),
    Forbidden,
    NoInit,
    Duplicate,
    TooMany(&'static str),
    Protocol,
    TooLarge,
    Stopping,
    Missed,
}

impl Close {
    fn frame(self) -> Option<(u16, &'static str)> {
        Some(match self {
            Self::Gone => return None,
            Self::Invalid(reason) => (4400, reason),
            Self::Unauthorized(reason) => (4401, reason),
            Self::Forbidden => (4403, "Forbidden"),
            Self::Protocol => (4406, "Subprotocol not acceptable"),
            Self::NoInit => (4408, "Connection initialisation timeout"),
            Self::Duplicate => (4409, "Subscriber already exists"),
            Self::TooMany(reason) => (4429, reason),
            Self::TooLarge => (1009, "Message too large"),
            Self::Stopping => (1001, "Server is stopping"),
            Self::Missed => (1012, "Changes may have been missed"),
        })
    }
}

/// Sockets by the person who opened them.
pub(crate) type Sockets = Crowd<Uuid>;

/// What a client sends.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Box<protocol::Parameters>,
    },
    Complete {
        id: String,
    },
}

/// Serves a socket until it ends.
pub(crate) async fn serve(
    app: App,
    mut socket: WebSocket,
    client: Client,
    mut stopping: watch::Receiver<bool>,
    _place: Option<Arc<Place>>,
) {
    let is_spoken = socket.protocol().is_some_and(|protocol| protocol == PROTOCOL);
    let close = if is_spoken {
        let mut session = Session {
            app: &app,
            socket: &mut socket,
            client,
        };
        session.run(&mut stopping).await
    } else {
        Close::Protocol
    };
    if let Some((code, reason)) = close.frame() {
        let reason = reason.into();
        let frame = Message::Close(Some(CloseFrame { code, reason }));
        let farewell = async {
            let _ = socket.send(frame).await;
            while let Some(Ok(_)) = socket.recv().await {}
            // Nothing more is read after a message that is too large: its rest waits in the connection.
            if close == Close::TooLarge {
                std::future::pending::<()>().await;
            }
        };
        // A client that reads nothing does not keep the socket.
        let _ = timeout(FAREWELL, farewell).await;
    }
}

struct Session<'a> {
    app: &'a App,
    socket: &'a mut WebSocket,
    client: Client,
}

/// A message of an operation, or its end.
enum Answer {
    Next(String, u64, Vec<u8>),
    Refused(String, u64, Value),
    Complete(String, u64),
    Missed,
}

impl Session<'_> {
    async fn run(&mut self, stopping: &mut watch::Receiver<bool>) -> Close {
        let user = match timeout(INIT, self.init()).await {
            Err(_) => return Close::NoInit,
            Ok(Err(close)) => return close,
            Ok(Ok(user)) => user,
        };
        let app = self.app;
        let Some(_place) = app.sockets.join(user, MAX_SOCKETS) else {
            return Close::TooMany("Too many sockets");
        };
        if self.send(json!({ "type": "connection_ack" })).await.is_err() {
            return Close::Gone;
        }
        let (answers, mut answered) = mpsc::channel(WAITING);
        let (mut running, mut tasks) = (Operations::default(), JoinSet::new());
        let mut changes = app.db.changes().listen();
        let mut check = interval_at(Instant::now() + CHECK, CHECK);
        let mut heard_at = Instant::now();
        loop {
            let outcome = tokio::select! {
                message = self.socket.recv() => {
                    heard_at = Instant::now();
                    self.receive(message, &mut running, &mut tasks, &answers).await
                }
                Some(answer) = answered.recv() => self.answer(answer, &mut running).await,
                Some(_) = tasks.join_next() => Ok(()),
                heard = changes.recv() => match heard {
                    Ok(Heard::Change(change)) if change.makes_viewers && change.concerns(user, &HashSet::new()) => is_still(app, &self.client, user).await,
                    Ok(Heard::Change(_)) => Ok(()),
                    Ok(Heard::Gap) | Err(RecvError::Lagged(_)) => Err(Close::Missed),
                    Err(RecvError::Closed) => Err(Close::Stopping),
                },
                _ = check.tick() => {
                    if heard_at.elapsed() > CHECK * 2 {
                        Err(Close::Gone)
                    } else {
                        match self.tell(Message::Ping(Default::default())).await {
                            Ok(()) => is_still(app, &self.client, user).await,
                            Err(close) => Err(close),
                        }
                    }
                }
                () = async { let _ = stopping.wait_for(|is_stopping| *is_stopping).await; } => Err(Close::Stopping),
            };
            if let Err(close) = outcome {
                return close;
            }
        }
    }

    /// Who opens the socket, as the first message says or a header did.
    async fn init(&mut self) -> Result<Uuid, Close> {
        loop {
            match self.next().await? {
                None => {}
                Some(Sent::ConnectionInit { payload }) => {
                    let payload = payload.unwrap_or_default();
                    let given = payload
                        .iter()
                        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
                    if let Some((_, value)) = given {
                        let token = value.as_str().and_then(|value| value.split_once(' '));
                        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
                        let (_, token) = token.ok_or(Close::Forbidden)?;
                        self.client.credential = Some(Credential::new(token.trim()));
                    }
                    return viewer(self.app, &self.client).await?.ok_or(Close::Forbidden);
                }
                Some(Sent::Ping { payload }) => self.pong(payload).await?,
                Some(Sent::Pong { .. } | Sent::Complete { .. }) => {}
                Some(Sent::Subscribe { .. }) => return Err(Close::Unauthorized("Unauthorized")),
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Sent>, Close> {
        let message = self.socket.recv().await;
        read(message)
    }

    async fn receive(
        &mut self,
        message: Option<Result<Message, axum::Error>>,
        running: &mut Operations,
        tasks: &mut JoinSet<()>,
        answers: &mpsc::Sender<Answer>,
    ) -> Result<(), Close> {
        let held = match &message {
            Some(Ok(Message::Text(text))) => held(text),
            _ => 0,
        };
        match read(message)? {
            None | Some(Sent::Pong { .. }) => Ok(()),
            Some(Sent::ConnectionInit { .. }) => Err(Close::TooMany("Too many initialisation requests")),
            Some(Sent::Ping { payload }) => self.pong(payload).await,
            Some(Sent::Complete { id }) => {
                running.abort(&id);
                Ok(())
            }
            Some(Sent::Subscribe { id, payload }) => {
                if id.is_empty() {
                    return Err(Close::Invalid("An operation has an id"));
                }
                if running.has(&id) {
                    return Err(Close::Duplicate);
                }
                if let Err(message) = running.admit() {
                    let error = json!([{ "message": message, "extensions": { "code": "TOO_MANY_OPERATIONS" } }]);
                    return self.send(json!({ "type": "error", "id": id, "payload": error })).await;
                }
                let (app, client, answers) = (self.app.clone(), self.client.clone(), answers.clone());
                running.begin(id.clone(), held, |serial| {
                    let operation = operate(app, client, (id, serial), *payload, answers);
                    tasks.spawn(operation.in_current_span())
                });
                Ok(())
            }
        }
    }

    async fn answer(&mut self, answer: Answer, running: &mut Operations) -> Result<(), Close> {
        match answer {
            Answer::Next(id, serial, payload) if running.is(&id, serial) => {
                let mut text = format!("{{\"type\":\"next\",\"id\":{},\"payload\":", Value::String(id)).into_bytes();
                text.extend_from_slice(&payload);
                text.push(b'}');
                // What is printed from texts is text.
                let text = String::from_utf8(text).unwrap_or_default();
                self.tell(Message::Text(text.into())).await
            }
            Answer::Refused(id, serial, errors) if running.end(&id, serial) => {
                self.send(json!({ "type": "error", "id": id, "payload": errors })).await
            }
            Answer::Complete(id, serial) if running.end(&id, serial) => {
                self.send(json!({ "type": "complete", "id": id })).await
            }
            Answer::Missed => Err(Close::Missed),
            // The client ended it before.
            Answer::Next(..) | Answer::Refused(..) | Answer::Complete(..) => Ok(()),
        }
    }

    async fn pong(&mut self, payload: Option<Map<String, Value>>) -> Result<(), Close> {
        self.send(match payload {
            Some(payload) => json!({ "type": "pong", "payload": payload }),
            None => json!({ "type": "pong" }),
        })
        .await
    }

    async fn send(&mut self, message: Value) -> Result<(), Close> {
        self.tell(Message::Text(message.to_string().into())).await
    }

    /// Sends a message, to a client that reads.
    async fn tell(&mut self, message: Message) -> Result<(), Close> {
        match timeout(SENDING, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Close::Gone),
        }
    }
}

/// Whose the token is now; none when it is no longer good.
async fn viewer(app: &App, client: &Client) -> Result<Option<Uuid>, Close> {
    let viewer = Viewer::identify(&app.db, client.credential.as_ref(), app.clock.now()).await;
    // Without the database nobody can tell; the client comes back.
    viewer.map(|viewer| viewer.user_id).map_err(|_| Close::Missed)
}

async fn is_still(app: &App, client: &Client, user: Uuid) -> Result<(), Close> {
    match viewer(app, client).await? {
        Some(same) if same == user => Ok(()),
        _ => Err(Close::Unauthorized("The token is no longer valid")),
    }
}

/// What a message says; none for those that keep the socket alive.
fn read(message: Option<Result<Message, axum::Error>>) -> Result<Option<Sent>, Close> {
    match message {
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(sent) => Ok(Some(sent)),
            Err(_) => Err(Close::Invalid("Invalid message received")),
        },
        Some(Ok(Message::Binary(_))) => Err(Close::Invalid("Messages are text")),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Close(_))) | None => Err(Close::Gone),
        Some(Err(error)) => Err(match error.to_string().contains("too") {
            true => Close::TooLarge,
            false => Close::Gone,
        }),
    }
}

/// Runs one operation and tells its answers.
async fn operate(
    app: App,
    client: Client,
    (id, serial): (String, u64),
    parameters: protocol::Parameters,
    answers: mpsc::Sender<Answer>,
) {
    let mut responses = app.follow(parameters, client).await;
    while let Some(response) = responses.next().await {
        let has_gap = response
            .errors
            .iter()
            .any(|error| protocol::code_of(error).as_deref() == Some(Failure::Gap.code()));
        let answer = if has_gap {
            Answer::Missed
        } else if protocol::is_refused(&response) {
            let errors = serde_json::to_value(&response.errors).unwrap_or_default();
            let _ = answers.send(Answer::Refused(id, serial, errors)).await;
            return;
        } else {
            Answer::Next(id.clone(), serial, protocol::printed(response))
        };
        if answers.send(answer).await.is_err() {
            return;
        }
    }
    let _ = answers.send(Answer::Complete(id, serial)).await;
}
