//! A load: so many connections, each with one request after the other, for so long.
use crate::{
    operations::{Case, Operation, Role},
    process::{Database, Server},
    target::Target,
};
use std::{
    error::Error,
    fmt,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// One operation from so many connections.
pub struct Load {
    pub case: Case,
    pub connections: usize,
    pub time: Duration,
}

/// What a load found.
pub struct Sample {
    pub case: Case,
    pub server: &'static str,
    pub connections: usize,
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Processor time a request, of the server and of the database.
    pub server_time: Duration,
    pub database_time: Duration,
}

impl fmt::Display for Sample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<28} {:<10} x{:<2} {:>8.0}/s  p50 {:>8.2?}  p99 {:>8.2?}  {:>9.1?} + {:>9.1?} a request",
            self.case.title(),
            self.server,
            self.connections,
            self.per_second,
            self.p50,
            self.p99,
            self.server_time,
            self.database_time
        )
    }
}

impl Load {
    pub fn run(&self, target: &Target, server: &Server, database: &Database) -> Result<Sample, Box<dyn Error>> {
        let work = |time: Duration| -> Result<Vec<Duration>, Box<dyn Error>> {
            let until = Instant::now() + time;
            let times = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..self.connections)
                    .map(|_| {
                        scope.spawn(|| client(target, self.case, server, until).map_err(|error| error.to_string()))
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().map_err(|_| "a client panicked".to_owned())?)
                    .collect::<Result<Vec<_>, String>>()
            })?;
            Ok(times.into_iter().flatten().collect())
        };
        let reopen = || match (self.case.operation, self.case.role) {
            (Operation::Log, Role::Coach) => database.reopen(target.of(Role::Coach).start_over()),
            _ => Ok(()),
        };
        reopen()?;
        database.tidy()?;
        database.settle()?;
        if self.case.operation == Operation::Log {
            database.written();
        }
        work(self.time / 5)?;
        let before = (server.spent()?, database.spent()?);
        let begun = Instant::now();
        let mut times = work(self.time)?;
        let elapsed = begun.elapsed();
        let after = (server.spent()?, database.spent()?);
        times.sort_unstable();
        let count = u32::try_from(times.len())?.max(1);
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        Ok(Sample {
            case: self.case,
            server: server.name,
            connections: self.connections,
            per_second: times.len() as f64 / elapsed.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            server_time: (after.0 - before.0) / count,
            database_time: (after.1 - before.1) / count,
        })
    }
}

fn client(target: &Target, case: Case, server: &Server, until: Instant) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut connection = Connection::open(server.address)?;
    let mut times = Vec::new();
    while Instant::now() < until {
        let request = case.request(target, server)?;
        let begun = Instant::now();
        let answer = connection.send(&request)?;
        times.push(begun.elapsed());
        case.operation.expect(answer)?;
    }
    Ok(times)
}

/// A kept-alive HTTP connection that spends as little as it can: the servers are measured on the same machine.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(1 << 18),
        })
    }

    /// Sends a whole request; the body of the answer.
    pub fn send(&mut self, request: &[u8]) -> Result<&[u8], Box<dyn Error>> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let mut chunk = [0; 1 << 16];
        let mut wanted = None;
        loop {
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Err("the server hung up".into());
            }
            self.buffer.extend_from_slice(&chunk[..read]);
            if wanted.is_none()
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let head = std::str::from_utf8(&self.buffer[..end])?;
                if !head.starts_with("HTTP/1.1 200") {
                    return Err(head.to_owned().into());
                }
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.parse::<usize>().ok())?
                });
                wanted = Some((end + 4, end + 4 + length.ok_or("an answer without a length")?));
            }
            if let Some((start, end)) = wanted
                && self.buffer.len() >= end
            {
                return Ok(&self.buffer[start..end]);
            }
        }
    }
}
