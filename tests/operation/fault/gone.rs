//! Clients that leave before they are answered.
use super::{
    load::{body, log, logged, whole},
    store::Store,
};
use crate::{account::Account, program::Server};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpStream};

async fn who_leaves_leaves_no_half(store: Store) {
    let server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    for number in 0..60_u64 {
        let text = body(&athlete, &format!("gone-{number}"));
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: fieldhouse\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
            account.token,
            text.len()
        );
        let mut stream = TcpStream::connect(&account.address).await.expect("the server listens");
        // Not written in full by every fourth.
        let sent = if number % 4 == 3 {
            request.len() - 20
        } else {
            request.len()
        };
        stream
            .write_all(&request.as_bytes()[..sent])
            .await
            .expect("a request is sent");
        tokio::time::sleep(Duration::from_micros(number * 300)).await;
        drop(stream);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    whole(&store).await;
    for number in 0..60 {
        let reply = log(&account, &athlete, &format!("gone-{number}")).await;
        let reply = reply.expect("the server answers");
        assert!(logged(&reply).is_some(), "{reply:?}");
    }
    whole(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_who_leaves_leaves_no_half() {
    who_leaves_leaves_no_half(Store::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_who_leaves_leaves_no_half() {
    if let Some(store) = Store::postgres().await {
        who_leaves_leaves_no_half(store).await;
    }
}
