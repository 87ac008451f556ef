//! Statements that a server sends for a request, counted on their way: between the server and the database stands a relay
//! that reads along. What is measured otherwise does without it.
use crate::{
    load::Connection,
    operations::{Case, Operation, Role},
    process::{Database, Server},
    target::Target,
};
use std::{
    error::Error,
    io::{self, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Requests that come before those that are counted: what is prepared once is prepared.
const BEFORE: usize = 40;

/// Requests that are counted, of which the least counts: who asks is read once a second.
const COUNTED: usize = 5;

/// A relay in front of a database.
struct Relay {
    url: String,
    statements: Arc<AtomicU64>,
}

impl Relay {
    fn start(database: &Database) -> Outcome<Self> {
        let (listener, address, url) = database.relayed()?;
        let statements = Arc::new(AtomicU64::new(0));
        let count = statements.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let count = count.clone();
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&address)) else {
                    return;
                };
                if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
                    return;
                }
                // Ends with either side; nobody waits for it.
                let (Ok(mut answers), Ok(mut asked)) = (server.try_clone(), client.try_clone()) else {
                    return;
                };
                thread::spawn(move || io::copy(&mut answers, &mut asked));
                thread::spawn(move || forward(client, server, &count));
            }
        });
        Ok(Self { url, statements })
    }
}

/// Forwards what a client says, counting what it has executed: messages have a letter and a length, all but the first.
fn forward(mut client: TcpStream, mut server: TcpStream, count: &AtomicU64) -> io::Result<()> {
    let mut is_first = true;
    loop {
        let mut head = vec![0; if is_first { 4 } else { 5 }];
        client.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, 1, 2, 3].map(|place| head[head.len() - 4 + place]));
        let mut body = vec![0; length.saturating_sub(4) as usize];
        client.read_exact(&mut body)?;
        // Execute and Query.
        if !is_first && matches!(head[0], b'E' | b'Q') {
            count.fetch_add(1, Ordering::Relaxed);
        }
        head.append(&mut body);
        server.write_all(&head)?;
        is_first = false;
    }
}

/// For each case the statements a request of it takes on Fieldhouse, and on the server written by hand.
pub fn count(cases: &[Case], target: &Target, database: &Database) -> Outcome<Vec<[u64; 2]>> {
    let relays = [Relay::start(database)?, Relay::start(database)?];
    let servers = [Server::fieldhouse(&relays[0].url)?, Server::limit(&relays[1].url)?];
    let mut counts = Vec::new();
    for case in cases {
        let mut of_case = [0; 2];
        for ((server, relay), sent) in servers.iter().zip(&relays).zip(&mut of_case) {
            if (case.operation, case.role) == (Operation::Log, Role::Coach) {
                database.reopen(target.of(case.role).start_over())?;
            }
            let mut connection = Connection::open(server.address)?;
            for _ in 0..BEFORE {
                connection.send(&case.request(target, server)?)?;
            }
            *sent = u64::MAX;
            for _ in 0..COUNTED {
                let before = relay.statements.load(Ordering::Relaxed);
                connection.send(&case.request(target, server)?)?;
                *sent = (relay.statements.load(Ordering::Relaxed) - before).min(*sent);
            }
        }
        counts.push(of_case);
    }
    Ok(counts)
}
