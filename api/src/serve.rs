//! The server's life: it opens the database, says where it listens once it does, and lets what was begun end.
use crate::{
    App,
    config::{DatabaseOptions, Unusable},
    demo,
    http::{Crowd, Edge, Member, network},
    mail::{self, MailOptions, Mailer},
};
use axum::{body::Body, extract::ConnectInfo};
use clap::{Args, builder::FalseyValueParser};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::SignalKind,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// How long requests may still take once the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(15);

/// Connections at once.
const MAX_CONNECTIONS: usize = 4_096;

/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Connections at once of one network, unless a proxy stands before the server.
const MAX_PER_NETWORK: usize = 512;

/// How long a client may take to read what it asked for, before its connection is given up.
const WRITING: Duration = Duration::from_secs(30);

/// A place among the connections.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _own: Option<Member<IpAddr>>,
}

/// Where and how to serve.
#[derive(Args, Debug)]
pub struct ServeOptions {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "FIELDHOUSE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// How it meets the world.
    #[command(flatten)]
    pub edge: Edge,
    /// The server that takes mail.
    #[command(flatten)]
    pub mail: MailOptions,
    /// Fill an empty database with the demo and print accounts to sign in with. Only on a loopback address.
    #[arg(long, env = "FIELDHOUSE_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,
    /// Serve GraphiQL at /graphiql; the demo has it anyway.
    #[arg(long, env = "FIELDHOUSE_GRAPHIQL", value_parser = FalseyValueParser::new())]
    pub graphiql: bool,
}

/// Why the server does not serve.
#[derive(Debug)]
pub enum NotServing {
    /// The demo's passwords are public, and the address is not.
    DemoInPublic(SocketAddr),
    /// The address cannot be listened on.
    Address(SocketAddr, io::Error),
    /// The database cannot be used.
    Database(Unusable),
    /// Mail cannot be sent as it was asked for.
    Mail(mail::Unusable),
    /// The demo was not loaded.
    Demo(demo::NotLoaded),
    /// The socket failed.
    Socket(io::Error),
}

impl std::fmt::Display for NotServing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DemoInPublic(address) => write!(
                formatter,
                "everybody knows the demo's passwords: serve it on a loopback address, not on {address}"
            ),
            Self::Address(address, error) => write!(formatter, "cannot listen on {address}: {error}"),
            Self::Database(error) => error.fmt(formatter),
            Self::Mail(error) => error.fmt(formatter),
            Self::Demo(error) => error.fmt(formatter),
            Self::Socket(error) => write!(formatter, "serving failed: {error}"),
        }
    }
}

impl std::error::Error for NotServing {}

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// See `NotServing`.
pub async fn serve(options: ServeOptions) -> Result<(), NotServing> {
    let address = options.listen;
    if options.demo && !address.ip().is_loopback() {
        return Err(NotServing::DemoInPublic(address));
    }
    let mailer = options.mailer().map_err(NotServing::Mail)?;
    if !mailer.is_ready() {
        tracing::warn!("no mail is sent, so nobody who forgets a password gets in again: give --smtp-url");
    }
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| NotServing::Address(address, error))?;
    let address = listener.local_addr().map_err(NotServing::Socket)?;
    let mut app = App::with(
        options.database.open().await.map_err(NotServing::Database)?,
        options.edge,
    );
    app.has_graphiql = options.graphiql || options.demo;
    app.mailer = Arc::new(mailer);
    if options.demo {
        let loaded = demo::load(&app.db, &app.clock, &demo::Size::default())
            .await
            .map_err(NotServing::Demo)?;
        println!("{loaded}\n");
    }
    println!("listening on http://{address}/graphql");
    if app.has_graphiql {
        println!("GraphiQL at   http://{address}/graphiql");
    }
    let db = app.db.clone();
    let stop = stop_signal().map_err(NotServing::Socket)?;
    let postman = app.clone();
    let sending = tokio::spawn(async move {
        if !postman.mailer.is_ready() {
            return;
        }
        tokio::select! {
            () = postman.keep_sending_mail() => {}
            () = async { postman.stopped().await; tokio::time::sleep(LAST_REQUESTS).await } => {
                tracing::warn!("a mail was on its way: it may be sent again");
            }
        }
    });
    let outcome = answer(listener, app, stop).await.map_err(NotServing::Socket);
    let _ = sending.await;
    db.close().await;
    outcome
}

impl ServeOptions {
    /// What sends mail: into the log in the demo, whose people have no mailbox.
    pub(crate) fn mailer(&self) -> Result<Mailer, mail::Unusable> {
        match self.demo {
            true => Mailer::logging(&self.mail),
            false => Mailer::new(&self.mail),
        }
    }
}

/// Answers whoever connects, until `stop` ends; what was begun by then has 15 seconds to end.
///
/// # Errors
/// Never for the sake of one connection.
pub async fn answer(listener: TcpListener, app: App, stop: impl Future<Output = ()>) -> io::Result<()> {
    let mut stop = pin!(stop);
    let tending = tokio::spawn(app.clone().tend());
    let router = app.clone().router();
    let mut server = http1::Builder::new();
    let head = Duration::from_secs(app.edge.limits.max_header_seconds);
    server.timer(TokioTimer::new()).header_read_timeout(head);
    let (places, networks) = (Arc::new(Semaphore::new(MAX_CONNECTIONS)), Crowd::default());
    loop {
        let arrived = async {
            let permit = places.clone().acquire_owned().await.map_err(io::Error::other)?;
            let (stream, peer) = listener.accept().await?;
            io::Result::Ok((permit, stream, peer))
        };
        let (permit, stream, peer) = tokio::select! {
            arrived = arrived => match arrived {
                Ok(arrived) => arrived,
                Err(error) => {
                    // Too many open files, or a client that left already: the next may fare better.
                    tracing::warn!(%error, "accepting a connection");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // All clients of a proxy have its address.
        let is_proxied = app.edge.trusted_proxies > 0 || peer.ip().is_loopback();
        let own = match is_proxied {
            true => None,
            false => match networks.join(network(peer.ip()), MAX_PER_NETWORK) {
                Some(own) => Some(own),
                None => continue,
            },
        };
        let place = Arc::new(Place {
            _permit: permit,
            _own: own,
        });
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITING));
        let (router, kept) = (router.clone(), place.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            // A socket outlives the connection that it came from, and keeps its place.
            request.extensions_mut().insert(kept.clone());
            router.clone().oneshot(request)
        });
        let connection = server.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let stopping = app.clone();
        tokio::spawn(async move {
            let mut connection = pin!(connection.with_upgrades());
            // A connection that breaks is the client's affair.
            tokio::select! {
                _ = &mut connection => {}
                () = stopping.stopped() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(place);
        });
    }
    tracing::info!("stopping");
    drop(listener);
    app.stop();
    // Sockets have places too.
    let all_ended = places.acquire_many(MAX_CONNECTIONS as u32);
    if tokio::time::timeout(LAST_REQUESTS, all_ended).await.is_err() {
        tracing::warn!("some requests were not answered in time");
    }
    tending.abort();
    Ok(())
}

/// Ends when the process is asked to stop.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
