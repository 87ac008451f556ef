//! The edge: one route that answers GraphQL over HTTP, GraphiQL when asked for, and a sign of life.
use crate::{
    App,
    auth::Credential,
    error::Failure,
    scope::{Client, Request},
};
use async_graphql::{BatchResponse, Response, ServerError, Value};
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use std::net::SocketAddr;

mod graphiql;
pub(crate) mod merge;

/// The longest body of a request: imports carry a season's log.
const MAX_BODY: usize = 8 << 20;

/// The longest document: longer ones take too long to read, and nest too deeply, before anything can be said of them.
const MAX_DOCUMENT: usize = 64 << 10;

impl App {
    /// Everything that the server answers.
    pub fn router(self) -> Router {
        let mut router = Router::new()
            .route("/graphql", post(graphql))
            .route("/livez", get(async || "ok"))
            .layer(DefaultBodyLimit::max(MAX_BODY));
        if self.has_graphiql {
            router = router.merge(graphiql::routes());
        }
        router.with_state(self)
    }

    /// Answers one request: parsed, merged, executed.
    ///
    /// The GraphQL specification merges equal response keys; async-graphql runs a field once for each selection, so
    /// that a mutation spread by two fragments would run twice. Hence the merge before the execution.
    pub async fn execute(&self, mut request: async_graphql::Request, client: Client) -> Response {
        if request.query.contains(['\0'])
            || request.query.contains("\\u0000")
            || request.variables.values().any(has_nul)
        {
            let failure = Failure::BadInput("Texts hold any character but U+0000.".into());
            return Response::from_errors(vec![
                async_graphql::Error::from(failure).into_server_error(Default::default()),
            ]);
        }
        if request.query.len() > MAX_DOCUMENT {
            let message = format!("A document has at most {MAX_DOCUMENT} bytes; give values in variables.");
            let error = async_graphql::Error::from(Failure::BadInput(message.into()));
            return Response::from_errors(vec![error.into_server_error(Default::default())]);
        }
        let document = match request.parsed_query() {
            Ok(document) => document.clone(),
            Err(error) => return Response::from_errors(vec![error]),
        };
        match merge::merged(document) {
            Ok(document) => request.set_parsed_query(document),
            Err(too_large) => return Response::from_errors(vec![ServerError::new(too_large, None)]),
        }
        match Request::begin(self.db.clone(), self.clock.clone(), client).await {
            Ok(scope) => {
                self.schema
                    .execute(request.data(scope).data(self.passwords.clone()))
                    .await
            }
            Err(failure) => {
                let error = async_graphql::Error::from(failure).into_server_error(Default::default());
                Response::from_errors(vec![error])
            }
        }
    }
}

/// Whether a text in a value has the one character that PostgreSQL does not store.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}

async fn graphql(
    State(app): State<App>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_json = text(header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the request as application/json.",
        );
    }
    let Ok(request) = serde_json::from_slice::<async_graphql::Request>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "The body is not a GraphQL request in JSON.");
    };
    let credential = match text(header::AUTHORIZATION).map(|value| value.split_once(' ')) {
        None => None,
        Some(Some((scheme, token))) if scheme.eq_ignore_ascii_case("bearer") => Some(Credential::new(token.trim())),
        Some(_) => {
            return refused(
                StatusCode::BAD_REQUEST,
                "Send the token as `Authorization: Bearer ...`.",
            );
        }
    };
    let client = Client {
        credential,
        user_agent: text(header::USER_AGENT).map(|value| value.chars().take(300).collect()),
        address: peer.map(|peer| peer.0.0.ip().to_string()),
    };
    async_graphql_axum::GraphQLResponse(BatchResponse::Single(app.execute(request, client).await)).into_response()
}

fn refused(status: StatusCode, message: &str) -> axum::response::Response {
    let body = serde_json::json!({ "errors": [{ "message": message, "extensions": { "code": "BAD_REQUEST" } }] });
    (status, axum::Json(body)).into_response()
}
