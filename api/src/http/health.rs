//! What operators ask: whether the server lives, whether it is ready, and figures for Prometheus.
use super::Arrival;
use crate::App;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use std::{sync::Arc, time::Duration};
use subtle::ConstantTimeEq;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(1);

/// The addresses for operators.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
}

/// Whether requests should be sent here: not before the database answers, nor once the server is stopping.
async fn ready(State(app): State<Arc<App>>) -> impl IntoResponse {
    if *app.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match tokio::time::timeout(PATIENCE, app.db.answers()).await {
        Ok(true) => (StatusCode::OK, "ready"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

/// Figures for Prometheus: for this machine, and for those who know the token.
async fn figures(State(app): State<Arc<App>>, arrival: Arrival, headers: HeaderMap) -> axum::response::Response {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let knows = match (token, app.edge.metrics_token.as_ref()) {
        (Some(token), Some(own)) => bool::from(token.ct_eq(own.expose().as_bytes())),
        _ => false,
    };
    // Where there is a token, a proxy on this machine that does not say whom it asks for lets nobody in.
    let is_trusted = arrival.is_local && app.edge.metrics_token.is_none();
    if !(knows || is_trusted) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let text = app.metrics.text(&app.db, app.sockets.count());
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}
