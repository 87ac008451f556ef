//! The edge: one route that answers GraphQL over HTTP, GraphiQL when asked for, and a sign of life.
use crate::{
    App,
    auth::Credential,
    print,
    scope::{Client, Request},
};
use async_graphql::Response;
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use std::net::SocketAddr;

mod api;
mod documents;
mod graphiql;
pub(crate) mod merge;

pub(crate) use api::Api;
use api::{Data, server_error};

/// The longest body of a request: imports carry a season's log.
const MAX_BODY: usize = 8 << 20;

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

    /// Answers one request: parsed, merged, checked, executed.
    pub async fn execute(&self, request: async_graphql::Request, client: Client) -> Response {
        let prepared = match self.api.prepare(request) {
            Ok(prepared) => prepared,
            Err(error) => return Response::from_errors(vec![error]),
        };
        match Request::begin(self.db.clone(), self.clock.clone(), client).await {
            Ok(scope) => {
                let gathering = scope.gathering();
                let execution = self
                    .api
                    .execute(prepared, Data(scope, self.passwords.clone(), self.mailer.clone()));
                gathering.run(execution).await
            }
            Err(failure) => Response::from_errors(vec![server_error(failure)]),
        }
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
    answered(app.execute(request, client).await)
}

/// The answer over HTTP. The lists in its data may be printed already, which only `print` knows.
fn answered(mut response: Response) -> axum::response::Response {
    let mut body = b"{\"data\":".to_vec();
    print::print(&std::mem::take(&mut response.data), &mut body);
    if !response.errors.is_empty() {
        body.extend_from_slice(b",\"errors\":");
        if serde_json::to_writer(&mut body, &response.errors).is_err() {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    body.push(b'}');
    let mut answer = async_graphql_axum::GraphQLResponse(response.into()).into_response();
    *answer.body_mut() = body.into();
    answer
}

fn refused(status: StatusCode, message: &str) -> axum::response::Response {
    let body = serde_json::json!({ "errors": [{ "message": message, "extensions": { "code": "BAD_REQUEST" } }] });
    (status, axum::Json(body)).into_response()
}
