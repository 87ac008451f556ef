//! The edge: GraphQL over HTTP and WebSockets, GraphiQL when asked for, and what operators ask. What is refused is refused
//! before it costs much.
use crate::{
    App,
    auth::Credential,
    error::{Excess, Failure},
    gather::Gathering,
    scope::{Client, Request},
    serve::Place,
};
use api::{Data, Transport, finish, server_error};
use async_graphql::{Response, ServerError, parser::types::OperationType};
use axum::{
    Router,
    body::Bytes,
    extract::{FromRequestParts, State, WebSocketUpgrade},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::any,
};
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use protocol::{Media, Parameters, answer, refused};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

mod api;
mod arrival;
mod crowd;
mod documents;
mod graphiql;
mod health;
mod limits;
pub(crate) mod merge;
mod metrics;
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
    crowd::{Crowd, Member},
    metrics::Metrics,
    socket::Sockets,
};

/// How long the body of a request may take to arrive.
const BODY: Duration = Duration::from_secs(10);

/// Bytes of a body that is too long which are read before the connection is given up.
const MAX_DISCARDED: usize = 32 << 20;

/// An answer, and what it took.
struct Answered {
    response: Response,
    kind: Option<OperationType>,
    cost: u64,
    statements: u64,
}

/// A subscription that goes on.
struct Listening {
    app: App,
    client: Client,
    user: Option<Uuid>,
    /// What each event costs.
    cost: u64,
    gathering: Arc<Gathering>,
    events: BoxStream<'static, Response>,
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
        arrival::layered(router, &self).with_state(self)
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
        let timer = self.metrics.begin();
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
        client: Client,
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
        let work = async {
            let request = Request::begin(db.clone(), self.clock.clone(), client).await?;
            let charge = self.api.charge(&prepared, &request)?;
            let gathering = request.gathering();
            let data = self.data(request, charge);
            Ok(gathering.run(self.api.execute(prepared, data)).await)
        };
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

    /// The answers to what came over a WebSocket: one to a query or mutation, one to each event of a subscription.
    pub(crate) async fn follow(self, parameters: Parameters, client: Client) -> BoxStream<'static, Response> {
        let refused = |error: Box<ServerError>| {
            let mut response = Response::from_errors(vec![*error]);
            finish(&mut response, &client);
            stream::iter([response]).boxed()
        };
        if let Err(failure) = self.api.knock(&client, self.clock.now()) {
            return refused(server_error(failure));
        }
        let request = match self.request(parameters) {
            Ok(request) => request,
            Err(failure) => return refused(server_error(failure)),
        };
        let prepared = match self.api.prepare(request, Transport::Socket) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        if prepared.kind() != OperationType::Subscription {
            let request = prepared.into_request();
            let response = self.respond(request, client, Transport::Socket, 0).await;
            return stream::iter([response]).boxed();
        }
        let request = match Request::begin(self.db.clone(), self.clock.clone(), client.clone()).await {
            Ok(request) => request,
            Err(failure) => return refused(server_error(failure)),
        };
        let charge = match self.api.charge(&prepared, &request) {
            Ok(charge) => charge,
            Err(failure) => return refused(server_error(failure)),
        };
        let listening = Listening {
            user: request.scope().viewer().user_id,
            cost: prepared.cost,
            gathering: request.gathering(),
            events: self.api.subscribe(prepared, self.data(request, charge)),
            app: self,
            client,
        };
        stream::unfold(Some(listening), async |listening| {
            let mut listening = listening?;
            let event = AssertUnwindSafe(listening.gathering.run(listening.events.next()));
            let event = match event.catch_unwind().await {
                Ok(event) => Ok(event?),
                Err(_) => Err(Failure::Internal),
            };
            let Listening { app, user, cost, .. } = &listening;
            let charged = event.and_then(|event| {
                app.api.charge_event(*user, *cost, app.clock.now())?;
                Ok(event)
            });
            let goes_on = charged.is_ok();
            let mut response = charged.unwrap_or_else(|failure| Response::from_errors(vec![*server_error(failure)]));
            finish(&mut response, &listening.client);
            Some((response, goes_on.then_some(listening)))
        })
        .boxed()
    }

    fn data(&self, request: Request, charge: service::Charge) -> Data {
        Data {
            request,
            passwords: self.passwords.clone(),
            mailer: self.mailer.clone(),
            charge,
        }
    }

    /// The request that parameters make; where they have no document but its hash, the one known by it.
    fn request(&self, parameters: Parameters) -> Result<async_graphql::Request, Failure> {
        let (persisted, limits) = (&self.api.persisted, &self.api.limits);
        parameters.request(|text, hash| persisted.find(text, hash, limits.max_document_bytes))
    }
}

/// The one address of the API.
async fn graphql(
    State(app): State<App>,
    arrival: Arrival,
    request: axum::extract::Request,
) -> axum::response::Response {
    let (mut parts, body) = request.into_parts();
    if let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        return upgraded(app, upgrade, &parts, arrival);
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
            let bytes = match whole(&app, &parts, body, media).await {
                Ok((bytes, place)) => {
                    _place = place;
                    bytes
                }
                Err(refusal) => return *refusal,
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

/// The body of a request, in time and not too long; with its place among the long ones, if it is one.
async fn whole(
    app: &App,
    parts: &Parts,
    body: axum::body::Body,
    media: Media,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Box<axum::response::Response>> {
    if !protocol::is_json(&parts.headers) {
        let message = "Send the request as application/json in UTF-8.";
        return Err(Box::new(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, media, message)));
    }
    let limits = &app.api.limits;
    // Only who has a token may import, and a long body is read for nobody else.
    let has_token = parts.headers.contains_key(header::AUTHORIZATION);
    let most = match has_token {
        true => limits.max_import_bytes.max(limits.max_body_bytes),
        false => limits.max_body_bytes,
    };
    let too_large = |found: u64| {
        let excess = Excess::check("BODY_TOO_LARGE", "bytes in the body", most, found);
        let failure = excess.err().unwrap_or(Failure::Internal);
        Box::new(answer(Response::from_errors(vec![*server_error(failure)]), media))
    };
    let announced = parts.headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length > most) {
        discard(body).await;
        return Err(too_large(length));
    }
    // Few long bodies at once, or they would fill the memory.
    let is_long = announced.is_none_or(|length| length > limits.max_body_bytes);
    let place = match is_long && has_token {
        true => match tokio::time::timeout(BODY, app.long_bodies.clone().acquire_owned()).await {
            Ok(place) => place.ok(),
            Err(_) => {
                let busy = Response::from_errors(vec![*server_error(Failure::Busy)]);
                return Err(Box::new(answer(busy, media)));
            }
        },
        false => None,
    };
    let read = axum::body::to_bytes(body, usize::try_from(most).unwrap_or(usize::MAX));
    match tokio::time::timeout(BODY, read).await {
        Ok(Ok(bytes)) => Ok((bytes, place)),
        Ok(Err(error)) => Err(match std::error::Error::source(&error) {
            Some(cause) if cause.to_string().contains("length limit") => too_large(most + 1),
            _ => Box::new(refused(StatusCode::BAD_REQUEST, media, "The body broke off.")),
        }),
        Err(_) => {
            let message = "The body did not arrive in time.";
            let mut refusal = refused(StatusCode::REQUEST_TIMEOUT, media, message);
            let close = header::HeaderValue::from_static("close");
            refusal.headers_mut().insert(header::CONNECTION, close);
            Err(Box::new(refusal))
        }
    }
}

/// Reads a body that is too long, and keeps nothing of it: many clients listen only once they have sent everything.
async fn discard(body: axum::body::Body) {
    let mut left = MAX_DISCARDED;
    let mut parts = body.into_data_stream();
    let reading = async {
        while let Some(Ok(part)) = parts.next().await {
            left = left.saturating_sub(part.len());
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(BODY, reading).await;
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
        network: arrival.address.map(network),
        address: arrival.address.map(|address| address.to_string()),
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
