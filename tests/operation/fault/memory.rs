//! What attackers send does not fill the memory.
use super::{socket::Socket, store::Store};
use crate::{
    account::Account,
    program::{Server, command},
};
use serde_json::json;
use std::{
    fs,
    process::{Command, Stdio},
};
use tokio::net::TcpStream;

/// Kibibytes that the server may hold.
const MOST: u64 = 150 << 10;

/// Requests of a kind, and how many of them at once.
const REQUESTS: usize = 24;
const AT_ONCE: usize = 12;

/// Kibibytes of memory that a process holds, and has held at most; without its program, which is large where it is not
/// optimized.
fn memory(server: &Server) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).expect("the process is there");
    let line = |name| -> u64 {
        let mut words = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .expect(name)
            .split_whitespace();
        words.next().and_then(|number| number.parse().ok()).expect(name)
    };
    let program = line("RssFile:");
    (line("VmRSS:") - program, line("VmHWM:").saturating_sub(program))
}

/// Sends a body many times; the codes of the answers.
async fn attack(account: &Account, body: String) -> Vec<String> {
    let client = reqwest::Client::new();
    let mut codes = Vec::new();
    for _ in 0..REQUESTS / AT_ONCE {
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let request = client
                    .post(format!("http://{}/graphql", account.address))
                    .bearer_auth(&account.token)
                    .header("content-type", "application/json")
                    .body(body.clone());
                tokio::spawn(async move {
                    let answer = request.send().await.expect("the server answers");
                    let answer: serde_json::Value = answer.json().await.expect("an answer is JSON");
                    let code = answer["errors"][0]["extensions"]["code"].as_str();
                    code.unwrap_or("none").to_owned()
                })
            })
            .collect();
        for task in tasks {
            codes.push(task.await.expect("the client ends"));
        }
    }
    codes.sort();
    codes.dedup();
    codes
}

/// Fragments that double what is selected, each.
fn bomb() -> String {
    let mut document = "query { ...F0 }".to_owned();
    for number in 0..40 {
        document += &format!(" fragment F{number} on Query {{ ...F{0} ...F{0} }}", number + 1);
    }
    document + " fragment F40 on Query { __typename }"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attacks_do_not_fill_the_memory() {
    if !fs::exists("/proc/self/status").unwrap_or(false) {
        eprintln!("skipped: this system does not tell what memory a process holds");
        return;
    }
    let store = Store::sqlite();
    let (url, program) = (store.url(), command(&[], &[]));
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -S -n \"$(ulimit -H -n)\"; exec \"$0\" serve"])
        .arg(program.get_program());
    shell
        .env_clear()
        .envs([("DATABASE_URL", url.as_str()), ("RUST_LOG", "off")]);
    let server = Server::run(shell.stdin(Stdio::null()));
    let account = Account::of(&server).await;
    eprintln!("{:>24}: {:?} KiB now and at most", "at the start", memory(&server));
    let read = "query Q($x: [ID!]) { nodes(ids: $x) { id } }";
    let long = 8 << 20;
    let attacks = [
        ("fragments", json!({ "query": bomb() }).to_string()),
        (
            "a long document",
            json!({ "query": "{a}".repeat(long / 3 - 100) }).to_string(),
        ),
        (
            "a long text",
            json!({ "query": read, "variables": { "x": ["x".repeat(long - 200)] } }).to_string(),
        ),
        (
            "many values",
            format!(
                "{{\"query\":\"{read}\",\"variables\":{{\"x\":[{}1]}}}}",
                "1,".repeat((long - 200) / 2)
            ),
        ),
        (
            "many lists",
            format!(
                "{{\"query\":\"{read}\",\"variables\":{{\"x\":[{}1]}}}}",
                "[],".repeat((long - 200) / 3)
            ),
        ),
        (
            "many unknown fields",
            format!(
                "{{\"query\":\"{read}\",\"more\":[{}1]}}",
                "[],".repeat((long - 200) / 3)
            ),
        ),
        (
            "deep lists",
            format!(
                "{{\"query\":\"{read}\",\"variables\":{{\"x\":{}",
                "[".repeat(long - 200)
            ),
        ),
        ("deep selections", json!({ "query": "{a".repeat(5_000) }).to_string()),
    ];
    let mut most = Vec::new();
    for (name, body) in attacks {
        let codes = attack(&account, body).await;
        let (now, peak) = memory(&server);
        eprintln!("{name:>24}: {:?} KiB now and at most, {codes:?}", (now, peak));
        assert!(
            !codes.contains(&"none".to_owned()) || name == "many unknown fields",
            "{name}: {codes:?}"
        );
        most.push((name, now.max(peak)));
    }
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        match TcpStream::connect(&server.address).await {
            Ok(stream) => idle.push(stream),
            Err(error) => {
                eprintln!("{} connections, for more: {error}", idle.len());
                break;
            }
        }
    }
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(Socket::open(&account).await.expect("a socket"));
    }
    for socket in &mut sockets {
        socket.say(json!({ "type": "connection_init" })).await;
    }
    for socket in &mut sockets {
        socket.hear().await;
    }
    let (now, peak) = memory(&server);
    eprintln!("{:>24}: {:?} KiB now and at most", "connections", (now, peak));
    most.push(("connections", now.max(peak)));
    let reply = account.try_ask("{ viewer { id } }", json!({})).await;
    assert_eq!(reply.expect("the server answers").code(), None);
    most.retain(|(_, most)| *most > MOST);
    assert!(most.is_empty(), "of {MOST} KiB: {most:?}");
}
