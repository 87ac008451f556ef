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
    time::Duration,
};
use tokio::net::TcpStream;

/// Kibibytes that the server may hold.
const MOST: u64 = 150 << 10;

/// Requests of a kind, and how many of them at once.
const REQUESTS: usize = 24;
const AT_ONCE: usize = 12;

/// Sockets that a person may have, operations on each, and bytes of a message.
const SOCKETS: usize = 20;
const OPERATIONS: usize = 50;
const MESSAGE: usize = 128 << 10;

/// Kibibytes of memory that a process holds, and has held at most; without its program, which is large where it is not
/// optimized. Told with what it has held at most in all.
fn memory(server: &Server, what: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).expect("the process is there");
    let line = |name| -> u64 {
        let mut words = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .expect(name)
            .split_whitespace();
        words.next().and_then(|number| number.parse().ok()).expect(name)
    };
    let (program, whole) = (line("RssFile:"), line("VmHWM:"));
    let (now, most) = (line("VmRSS:") - program, whole.saturating_sub(program));
    eprintln!("{what:>24}: {now} KiB now, {most} at most, {whole} with the program");
    now.max(most)
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

/// The largest question about the schema that is permitted: five times every field with its arguments, and their types.
fn introspection() -> String {
    let kind = "type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    let types = format!(
        "types {{ kind name description fields(includeDeprecated: true) {{ name description {kind} \
         args(includeDeprecated: true) {{ name description defaultValue {kind} }} }} }}"
    );
    let schemas: Vec<String> = (0..5)
        .map(|number| format!("a{number}: __schema {{ {types} }}"))
        .collect();
    format!("{{ {} }}", schemas.join(" "))
}

/// Sockets that are full of subscriptions, each with as much as a message may hold beside it.
async fn listeners(account: &Account, variables: &str) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        // Those of the attack before may still be ending.
        let socket = loop {
            let mut socket = Socket::open(account).await.expect("a socket");
            socket.say(json!({ "type": "connection_init" })).await;
            let answer = socket.hear().await;
            if answer == json!({ "type": "connection_ack" }) {
                break socket;
            }
            assert_eq!(answer, json!({ "close": 4429 }));
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        sockets.push(socket);
    }
    let payload =
        format!("{{\"query\":\"subscription {{ viewerChanged {{ id }} }}\",\"variables\":{{\"x\":{variables}}}}}");
    let fill = sockets.iter_mut().map(async |socket| {
        for number in 0..OPERATIONS {
            let message = format!("{{\"type\":\"subscribe\",\"id\":\"{number}\",\"payload\":{payload}}}");
            assert!(message.len() <= MESSAGE, "{} bytes", message.len());
            socket.shout(message).await;
        }
        socket.say(json!({ "type": "ping" })).await;
        // Once this is answered, everything before it was read.
        loop {
            let message = socket.hear().await;
            if message["type"] == "pong" {
                break;
            }
            let code = &message["payload"][0]["extensions"]["code"];
            assert_eq!(code, "TOO_MANY_OPERATIONS", "{message}");
        }
    });
    futures_util::future::join_all(fill).await;
    sockets
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
    memory(&server, "at the start");
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
        (
            "the schema",
            json!({ "query": include_str!("../../http/introspection.graphql") }).to_string(),
        ),
        ("the schema five times", json!({ "query": introspection() }).to_string()),
    ];
    let mut most = Vec::new();
    for (name, body) in attacks {
        let codes = attack(&account, body).await;
        most.push((name, memory(&server, name)));
        let is_answered = ["many unknown fields", "the schema", "the schema five times"].contains(&name);
        assert!(!codes.contains(&"none".to_owned()) || is_answered, "{name}: {codes:?}");
        assert!(
            codes == ["none"] || !name.starts_with("the schema"),
            "{name}: {codes:?}"
        );
    }
    let variables = [
        ("subscriptions, texts", format!("\"{}\"", "x".repeat(MESSAGE - 200))),
        ("subscriptions, values", format!("[{}1]", "1,".repeat(9_990))),
        ("subscriptions, short", format!("[{}1]", "1,".repeat(10))),
    ];
    for (name, variables) in variables {
        let sockets = listeners(&account, &variables).await;
        most.push((name, memory(&server, name)));
        drop(sockets);
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
    most.push(("connections", memory(&server, "connections")));
    let reply = account.try_ask("{ viewer { id } }", json!({})).await;
    assert_eq!(reply.expect("the server answers").code(), None);
    most.retain(|(_, most)| *most > MOST);
    assert!(most.is_empty(), "of {MOST} KiB: {most:?}");
}
