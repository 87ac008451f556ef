//! A server that is asked to stop while it works.
use super::{
    load::{Clients, body, log, logged},
    socket::Socket,
    store::Store,
};
use crate::{account::Account, program::Server};
use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Keeps writers waiting, not readers.
const HOLD: [&str; 2] = ["BEGIN IMMEDIATE", "BEGIN; SELECT id FROM athlete FOR UPDATE"];

async fn what_was_begun_is_answered(store: Store) {
    let mut server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    let mut socket = Socket::listening(&account).await;
    let clients = Clients::begin(&account, &athlete, "load", 4);
    clients.acknowledged(20).await;
    // Changes that wait when the server is asked to stop, one of which has only half arrived.
    let beside = store.beside().await;
    beside
        .execute(HOLD[usize::from(matches!(store, Store::Postgres(_)))])
        .await;
    let waiting: Vec<_> = (0..4)
        .map(|number| {
            let (account, athlete) = (account.clone(), athlete.clone());
            tokio::spawn(async move { log(&account, &athlete, &format!("waiting-{number}")).await })
        })
        .collect();
    let text = body(&athlete, "half");
    let (one, other) = text.split_at(text.len() / 2);
    let mut half = TcpStream::connect(&account.address).await.expect("the server listens");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: fieldhouse\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        account.token,
        text.len()
    );
    half.write_all(format!("{head}{one}").as_bytes())
        .await
        .expect("half is sent");
    tokio::time::sleep(Duration::from_millis(500)).await;

    server.terminate();
    let asked = Instant::now();
    assert_eq!(socket.close().await, 1001);
    let refused = TcpStream::connect(&account.address)
        .await
        .expect_err("nobody is let in");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    half.write_all(other.as_bytes()).await.expect("the other half is sent");
    beside.execute("ROLLBACK").await;
    for waiting in waiting {
        let reply = waiting
            .await
            .expect("the client ends")
            .expect("what was begun is answered");
        assert!(logged(&reply).is_some(), "{reply:?}");
    }
    let mut answer = String::new();
    half.read_to_string(&mut answer)
        .await
        .expect("what was half there is answered");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"title\":\"half\""),
        "{answer}"
    );
    let told = clients.end().await;
    assert!(told.codes.is_empty(), "{told:?}");
    // Nobody was let in to be left without an answer.
    let refused = told
        .silences
        .iter()
        .all(|silence| silence.contains("ConnectionRefused"));
    assert!(refused, "{:?}", told.silences);
    let code = loop {
        if let Some(code) = server.code() {
            break code;
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "the server does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(code, Some(0));
    eprintln!("stopped {:?} after it was asked to", asked.elapsed());
    let server = Server::silent(&store.url());
    told.agrees(&store, &server, &account, &athlete).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_server_that_stops_answers_what_was_begun() {
    what_was_begun_is_answered(Store::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_server_that_stops_answers_what_was_begun() {
    if let Some(store) = Store::postgres().await {
        what_was_begun_is_answered(store).await;
    }
}
