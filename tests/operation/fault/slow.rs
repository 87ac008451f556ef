//! Clients that are slow, or say nothing at all.
use super::store::Store;
use crate::{account::Account, program::Server};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const HEAD: &str = "POST /graphql HTTP/1.1\r\nhost: fieldhouse\r\ncontent-type: application/json\r\n";

/// Sends something, then a byte a second if there is one, until the server hangs up; what it said, and after how long.
async fn until_cut(address: String, begin: String, byte: Option<u8>) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(begin.as_bytes()).await.expect("it is sent");
    let begun = Instant::now();
    let mut said = Vec::new();
    while begun.elapsed() < Duration::from_secs(15) {
        let mut part = [0; 1_024];
        match timeout(Duration::from_secs(1), stream.read(&mut part)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(length)) => said.extend_from_slice(&part[..length]),
            Err(_) => {
                if let Some(byte) = byte {
                    // Told by the next read.
                    let _ = stream.write_all(&[byte]).await;
                }
            }
        }
    }
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_slow_is_cut_off_and_keeps_nobody_waiting() {
    let store = Store::sqlite();
    let server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let long = format!("{HEAD}content-length: 500\r\n\r\n{{");
    let cases = [
        ("nothing", String::new(), None, ""),
        ("the first letter of HTTP", "P".to_owned(), None, ""),
        ("half of what opens HTTP/2", "PRI * HTTP/2.0".to_owned(), None, ""),
        ("a header by the byte", format!("{HEAD}x-slow: "), Some(b'x'), ""),
        ("a body that never ends", long.clone(), None, "HTTP/1.1 408"),
        ("a body by the byte", long, Some(b' '), "HTTP/1.1 408"),
    ];
    let cut: Vec<_> = cases
        .into_iter()
        .flat_map(|(name, begin, byte, answer)| {
            let address = server.address.clone();
            (0..20).map(move |_| {
                let task = tokio::spawn(until_cut(address.clone(), begin.clone(), byte));
                (name, answer, task)
            })
        })
        .collect();
    for _ in 0..40 {
        let asked = Instant::now();
        let reply = account.try_ask("{ viewer { id } }", json!({})).await;
        assert_eq!(reply.expect("the server answers").code(), None);
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for (name, answer, task) in cut {
        let (said, after) = task.await.expect("the client ends");
        // HTTP/2 is not spoken: what begins like it is no request at all.
        let soonest = if name.ends_with("HTTP/2") { 0 } else { 8 };
        assert!((soonest..13).contains(&after.as_secs()), "{name}: {after:?}");
        assert!(said.starts_with(answer), "{name}: {said}");
    }
}
