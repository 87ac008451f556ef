//! Whether a server on this machine lives: for containers, whose images have no other program to ask with.
use clap::Args;
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// How long a server that lives takes at most.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whom to ask.
#[derive(Args, Debug)]
pub struct HealthOptions {
    /// Address that the server listens on.
    #[arg(long, env = "FIELDHOUSE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// Why the server counts as dead.
#[derive(Debug)]
pub enum Unhealthy {
    /// It cannot be reached.
    Unreachable(SocketAddr, io::Error),
    /// It takes too long.
    Slow(SocketAddr),
    /// It answers with something else.
    Unwell(SocketAddr, String),
}

impl fmt::Display for Unhealthy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(address, error) => write!(formatter, "{address} cannot be reached: {error}"),
            Self::Slow(address) => write!(formatter, "{address} did not answer within {} s", PATIENCE.as_secs()),
            Self::Unwell(address, answer) => write!(formatter, "{address} answered {answer:?}"),
        }
    }
}

impl std::error::Error for Unhealthy {}

/// Asks the server for `/livez`.
///
/// # Errors
/// See `Unhealthy`.
pub async fn health(options: HealthOptions) -> Result<(), Unhealthy> {
    let mut address = options.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    match timeout(PATIENCE, first_line(address)).await {
        Ok(Ok(line)) if line.starts_with("HTTP/1.1 200 ") => Ok(()),
        Ok(Ok(line)) => Err(Unhealthy::Unwell(address, line)),
        Ok(Err(error)) => Err(Unhealthy::Unreachable(address, error)),
        Err(_) => Err(Unhealthy::Slow(address)),
    }
}

async fn first_line(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line.trim_end().to_owned())
}
