//! The limit that Fieldhouse is measured against: a server written by hand for six operations, one prepared statement a
//! level, rows to JSON, with no GraphQL, no authentication and no rules of access. `limit DATABASE_URL` prints its port.
#![expect(clippy::disallowed_methods, reason = "there is no scope here")]
mod answers;
mod postgres;
mod rows;
mod sqlite;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::post,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use serde_json::Value;
use std::env;
use uuid::Uuid;

/// What a handler gives: the data of the answer, printed.
type Answer = Result<String, Box<dyn std::error::Error + Send + Sync>>;

/// A database that knows the operations.
trait Backend: Clone + Send + Sync + 'static {
    fn athlete(&self, id: Uuid) -> impl Future<Output = Answer> + Send;
    fn history(&self, id: Uuid) -> impl Future<Output = Answer> + Send;
    fn dashboard(&self, id: Uuid) -> impl Future<Output = Answer> + Send;
    fn roster(&self, id: Uuid) -> impl Future<Output = Answer> + Send;
    fn feed(&self, id: Uuid, after: (NaiveDate, Uuid)) -> impl Future<Output = Answer> + Send;
    fn log(&self, id: Uuid, done: Done) -> impl Future<Output = Answer> + Send;
}

/// What was done in a session.
#[derive(Clone, Copy)]
struct Done {
    meters: Option<i32>,
    seconds: Option<i32>,
    rpe: Option<i32>,
}

/// The id in a global id.
fn local(value: &Value) -> Uuid {
    let bytes = URL_SAFE_NO_PAD
        .decode(value.as_str().unwrap_or_default())
        .unwrap_or_default();
    Uuid::from_slice(bytes.get(bytes.len().saturating_sub(16)..).unwrap_or_default()).unwrap_or_default()
}

/// The day and the id in a cursor.
fn place(cursor: &Value) -> (NaiveDate, Uuid) {
    let cursor = URL_SAFE_NO_PAD
        .decode(cursor.as_str().unwrap_or_default())
        .unwrap_or_default();
    let cursor: Value = serde_json::from_slice(&cursor).unwrap_or_default();
    let day = cursor[2]["d"].as_str().and_then(|day| day.parse().ok());
    let id = cursor[3].as_str().and_then(|id| id.parse().ok());
    (day.unwrap_or_default(), id.unwrap_or_default())
}

fn done(input: &Value) -> Done {
    let number = |name: &str| input[name].as_i64().and_then(|number| i32::try_from(number).ok());
    Done {
        meters: number("distanceMeters"),
        seconds: number("durationSeconds"),
        rpe: number("rpe"),
    }
}

macro_rules! route {
    (|$backend:ident, $input:ident| $answer:expr) => {
        post(async |State($backend): State<B>, body: Bytes| {
            let $input: Value = serde_json::from_slice(&body).unwrap_or_default();
            match $answer.await {
                Ok(data) => {
                    let body = format!("{{\"data\":{data}}}");
                    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
                }
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            }
        })
    };
}

async fn serve<B: Backend>(backend: B) -> Result<(), Box<dyn std::error::Error>> {
    let router = Router::new()
        .route(
            "/athlete",
            route!(|backend, input| backend.athlete(local(&input["id"]))),
        )
        .route(
            "/history",
            route!(|backend, input| backend.history(local(&input["id"]))),
        )
        .route(
            "/dashboard",
            route!(|backend, input| backend.dashboard(local(&input["id"]))),
        )
        .route("/roster", route!(|backend, input| backend.roster(local(&input["id"]))))
        .route(
            "/feed",
            route!(|backend, input| backend.feed(local(&input["id"]), place(&input["after"]))),
        )
        .route(
            "/log",
            route!(|backend, input| backend.log(local(&input["input"]["id"]), done(&input["input"]["actual"]))),
        )
        .with_state(backend);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args().nth(1).ok_or("limit DATABASE_URL")?;
    match url.strip_prefix("sqlite://") {
        Some(path) => serve(sqlite::Files::open(path)?).await,
        None => serve(postgres::Pool::open(&url).await?).await,
    }
}
