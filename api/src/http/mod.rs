//! The edge: GraphQL over HTTP and WebSockets, GraphiQL when asked for, and what operators ask. What is refused is refused
//! before it costs much.
use crate::{
    App,
    auth::Credential,
    error::{Excess, Failure},
    scope::{Client, Request},
    serve::Place,
};
use api::{Transport, finish, server_error};
use async_graphql::{Response, ServerError, parser::types::OperationType};
use axum::{
    Router,
    extract::{FromRequestParts, State, WebSocketUpgrade},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::any,
};
use body::Unread;
use futures_util::FutureExt;
use protocol::{Media, Parameters, answer, refused};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

mod api;
mod arrival;
mod body;
mod crowd;
mod direct;
mod documents;
mod graphiql;
mod health;
mod limits;
mod listen;
pub(crate) mod merge;
mod metrics;
mod operations;
mod options;
mod persisted;
mod price;
mod protocol;
mod service;
mod socket;
mod throttle;

pub(crate) use api::Api;
pub use limits::Limits;
pub use options::Edge;
pub use service::ServiceQuery;
pub use throttle::Rates;
pub(crate) use throttle::network;
pub(crate) use {
    arrival::Arrival,
    body::Uploads,
    crowd::{Crowd, Member},
    metrics::Metrics,
    service::Services,
    socket::Sockets,
};

/// An answer, and what it took.
struct Answered {
    response: Response,
    kind: Option<OperationType>,
    cost: u64,
    statements: u64,
}

impl From<Box<ServerError>> for Answered {
    fn from(error: Box<ServerError>) -> Self {
        Self {
            response: Response::from_errors(vec![*error]),
            kind: None,
            cost: 0,
            statements: 0,
        }
    }
}

impl App {
    /// Everything that the server answers.
    pub fn router(self) -> Router {
        let mut router = Router::new().route("/graphql", any(graphql)).merge(health::routes());
        if self.has_graphiql {
            router = router.merge(graphiql::routes());
        }
        arrival::layered(router, &self).with_state(Arc::new(self))
    }

    /// Answers one request: read, counted, checked, executed.
    pub async fn execute(&self, request: async_graphql::Request, client: Client) -> Response {
        self.respond(request, client, Transport::Post, 0).await
    }

    /// Answers a request whose body has so many bytes, and notes what it took.
    async fn respond(
        &self,
        request: async_graphql::Request,
        client: Client,
        transport: Transport,
        bytes: u64,
    ) -> Response {
        let (timer, client) = (self.metrics.begin(), Arc::new(client));
        let work = AssertUnwindSafe(self.answer(request, client.clone(), transport, bytes)).catch_unwind();
        // What panicked is in the log already; the client learns no more than that.
        let answered = work.await.unwrap_or_else(|_| server_error(Failure::Internal).into());
        let Answered {
            mut response,
            kind,
            cost,
            statements,
        } = answered;
        finish(&mut response, &client);
        timer.end(kind, protocol::outcome(&response), cost, statements);
        response
    }

    async fn answer(
        &self,
        request: async_graphql::Request,
        client: Arc<Client>,
        transport: Transport,
        bytes: u64,
    ) -> Answered {
        let prepared = match self.api.prepare(request, transport) {
            Ok(prepared) => prepared,
            Err(error) => return error.into(),
        };
        let limits = &self.api.limits;
        if bytes > limits.max_body_bytes && !prepared.is_import() {
            let excess = Excess::check("BODY_TOO_LARGE", "bytes in the body", limits.max_body_bytes, bytes);
            return server_error(excess.err().unwrap_or(Failure::Internal)).into();
        }
        let (kind, cost) = (prepared.kind(), prepared.cost);
        let db = self.db.counted();
        // Kept apart: who holds it, from here to the connection, would each be as large, and moved as a whole.
        let work = Box::pin(async {
            let request = Request::begin(db.clone(), self.clock.clone(), client).await?;
            let charge = self.api.charge(&prepared, &request)?;
            let gathering = request.gathering();
            let execution = Box::pin(self.api.execute(prepared, request, self.services(charge)));
            Ok(gathering.run(execution).await)
        });
        let seconds = limits.max_seconds;
        let outcome = tokio::time::timeout(Duration::from_secs(seconds), work).await;
        let response = match outcome.unwrap_or(Err(Failure::Timeout { seconds })) {
            Ok(response) => response,
            Err(failure) => Response::from_errors(vec![*server_error(failure)]),
        };
        Answered {
            response,
            kind: Some(kind),
            cost,
            statements: db.counted_statements(),
        }
    }

    fn services(&self, charge: service::Charge) -> Services {
        Services {
            passwords: self.passwords.clone(),
            mailer: self.mailer.clone(),
            limits: self.api.limits.clone(),
            charge,
        }
    }

    /// The request that parameters make; where they have no document but its hash, the one known by it.
    fn request(&self, parameters: Parameters) -> Result<async_graphql::Request, Failure> {
        let (persisted, limits) = (&self.api.persisted, &self.api.limits);
        parameters.request(|text, hash| persisted.find(text, hash, limits.max_document_bytes))
    }
}

/// The one address of the API. What it holds is kept apart too, for every layer around it moves it.
async fn graphql(
    State(app): State<Arc<App>>,
    arrival: Arrival,
    request: axum::extract::Request,
) -> axum::response::Response {
    Box::pin(served(&app, arrival, request)).await
}

async fn served(app: &App, arrival: Arrival, request: axum::extract::Request) -> axum::response::Response {
    let (mut parts, body) = request.into_parts();
    if let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, app).await {
        return upgraded(app.clone(), upgrade, &parts, arrival);
    }
    let Some(media) = Media::accepted(&parts.headers) else {
        let message = "Answers are application/graphql-response+json or application/json.";
        return refused(StatusCode::NOT_ACCEPTABLE, Media::Json, message);
    };
    let client = match client(&parts.headers, arrival) {
        Ok(client) => client,
        Err(message) => return refused(StatusCode::BAD_REQUEST, media, message),
    };
    let refuse = |failure| {
        let mut response = Response::from_errors(vec![*server_error(failure)]);
        finish(&mut response, &client);
        answer(response, media)
    };
    if let Err(failure) = app.api.knock(&client, app.clock.now()) {
        return refuse(failure);
    }
    // Held until the answer, for so long is what came in the body.
    let mut _place = None;
    let (parameters, transport, bytes) = match parts.method {
        Method::POST => {
            let bytes = match app.read(&parts.headers, body, &client).await {
                Ok((bytes, place)) => {
                    _place = place;
                    bytes
                }
                Err(Unread::Failed(failure)) => return refuse(failure),
                Err(Unread::Refused(status, message)) => return refused(status, media, message),
            };
            if let Err(failure) = app.api.limits.check_body(&bytes) {
                return refuse(failure);
            }
            let length = bytes.len() as u64;
            let parameters = Parameters::of_body(&bytes);
            drop(bytes);
            (parameters, Transport::Post, length)
        }
        Method::GET if app.edge.get => {
            let parameters = Parameters::of_address(parts.uri.query().unwrap_or_default());
            (parameters, Transport::Get, 0)
        }
        _ => {
            let allowed = if app.edge.get { "GET, POST" } else { "POST" };
            let mut refusal = refused(StatusCode::METHOD_NOT_ALLOWED, media, "Send requests by POST.");
            let allowed = header::HeaderValue::from_static(allowed);
            refusal.headers_mut().insert(header::ALLOW, allowed);
            return refusal;
        }
    };
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(message) => return refused(StatusCode::BAD_REQUEST, media, &message),
    };
    let request = match app.request(parameters) {
        Ok(request) => request,
        // A missing query is no request at all; an unknown hash is one that may be sent again, with its document.
        Err(Failure::BadInput(message)) => return refused(StatusCode::BAD_REQUEST, media, &message),
        Err(failure) => return refuse(failure),
    };
    let response = app.respond(request, client, transport, bytes).await;
    answer(response, media)
}

/// What a request brought along besides its document.
fn client(headers: &HeaderMap, arrival: Arrival) -> Result<Client, &'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let credential = match headers.get(header::AUTHORIZATION) {
        None => None,
        Some(_) => match text(header::AUTHORIZATION).and_then(|value| value.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(Credential::new(token.trim())),
            _ => return Err("Send the token as `Authorization: Bearer ...`."),
        },
    };
    Ok(Client {
        credential,
        user_agent: text(header::USER_AGENT).map(|value| value.chars().take(300).collect()),
        address: arrival.address,
        request_id: Some(arrival.request_id),
    })
}

/// A WebSocket, unless a page of another origin asks for it.
fn upgraded(app: App, upgrade: WebSocketUpgrade, parts: &Parts, arrival: Arrival) -> axum::response::Response {
    if !arrival::is_own_origin(&parts.headers, &app.edge.cors_origins) {
        return (StatusCode::FORBIDDEN, "This page may not open sockets here.").into_response();
    }
    let client = match client(&parts.headers, arrival) {
        Ok(client) => client,
        Err(message) => return (StatusCode::BAD_REQUEST, message).into_response(),
    };
    if app.api.knock(&client, app.clock.now()).is_err() {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    let most = usize::try_from(app.api.limits.max_body_bytes).unwrap_or(usize::MAX);
    let stopping = app.stopping.subscribe();
    let place = parts.extensions.get::<Arc<Place>>().cloned();
    upgrade
        .protocols([socket::PROTOCOL])
        // A socket that waits costs little.
        .read_buffer_size(8 << 10)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| socket::serve(app, socket, client, stopping, place))
}
