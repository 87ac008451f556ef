//! What a request costs Fieldhouse itself, read, checked, executed and printed, with the database stubbed out:
//! `cargo bench -p tests`. Each operation once with a document that is known, once with one that never came before.
mod documents;
#[expect(dead_code, reason = "what loads servers is not needed here")]
mod load;
#[expect(dead_code, reason = "answers are not compared here")]
mod operations;
#[expect(dead_code, reason = "one server is enough here")]
mod process;
mod stub;
mod target;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use criterion::{BenchmarkId, Criterion};
use fieldhouse::{App, config::DatabaseOptions};
use operations::Case;
use process::{Database, Server, Size};
use serde_json::{Value, json};
use std::{error::Error, hint::black_box};
use stub::Stub;
use target::Target;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// How often each request is sent to the real database before its answers are remembered for good.
const REHEARSALS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    process::build()?;
    let database = Database::create("bench")?;
    let size = Size {
        programs: 1,
        athletes: 240,
        weeks: 34,
    };
    println!("{}", database.fill(size)?);
    let server = Server::fieldhouse(&database.url)?;
    let target = Target::find(&server, None)?;
    let stub = Stub::start(&database)?;
    let options = DatabaseOptions {
        database_url: stub.url.as_str().into(),
        no_migrate: true,
        patience: Default::default(),
    };
    let runtime = Runtime::new()?;
    // Connections say goodbye in the background, however this ends.
    let _guard = runtime.enter();
    let router = App::new(runtime.block_on(options.open())?).router();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("executor");
    for case in Case::all() {
        let (token, body) = (&target.of(case.role).token, body_of(case, &target, &server)?);
        for _ in 0..REHEARSALS {
            let answer = runtime.block_on(send(&router, token, body.to_string()));
            case.operation.expect(&answer)?;
        }
        stub.replay(true);
        group.bench_function(BenchmarkId::new("known", case.title()), |bencher| {
            bencher.iter(|| black_box(runtime.block_on(send(&router, token, body.to_string()))));
        });
        let (mut count, text) = (0, body["query"].as_str().unwrap_or_default().to_owned());
        group.bench_function(BenchmarkId::new("new", case.title()), |bencher| {
            bencher.iter(|| {
                count += 1;
                let new = json!({ "query": format!("{text}#{count}"), "variables": body["variables"] });
                black_box(runtime.block_on(send(&router, token, new.to_string())))
            });
        });
        case.operation
            .expect(&runtime.block_on(send(&router, token, body.to_string())))?;
        stub.replay(false);
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

async fn send(router: &Router, token: &str, body: String) -> Vec<u8> {
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body))
        .expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    to_bytes(answer.into_body(), usize::MAX).await.expect("a body").to_vec()
}

/// The body of one request, which stays the same.
fn body_of(case: Case, target: &Target, server: &Server) -> Result<Value, Box<dyn Error>> {
    let request = case.request(target, server)?;
    let body = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map_or(0, |head| head + 4);
    Ok(serde_json::from_slice(&request[body..])?)
}
