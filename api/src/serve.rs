//! The server's life: it opens the database, says where it listens once it does, and lets what was begun end.
use crate::{
    App,
    config::{DatabaseOptions, Unusable},
    demo,
    mail::{self, MailOptions, Mailer},
};
use clap::{Args, builder::FalseyValueParser};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, signal::unix::SignalKind, sync::oneshot};

/// How long requests may still take once the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Where and how to serve.
#[derive(Args, Debug)]
pub struct ServeOptions {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "FIELDHOUSE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseOptions,
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
    let mailer = mailer(&options).map_err(NotServing::Mail)?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| NotServing::Address(address, error))?;
    let address = listener.local_addr().map_err(NotServing::Socket)?;
    let mut app = App::new(options.database.open().await.map_err(NotServing::Database)?);
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
    let (stop, stopped) = oneshot::channel();
    let postman = app.clone();
    let sending = tokio::spawn(async move {
        if postman.mailer.is_ready() {
            postman.keep_sending_mail(stopped).await;
        }
    });
    let outcome = answer(listener, app).await.map_err(NotServing::Socket);
    drop(stop);
    if tokio::time::timeout(LAST_REQUESTS, sending).await.is_err() {
        tracing::warn!("a mail was on its way: it may be sent again");
    }
    db.close().await;
    outcome
}

/// What sends mail: into the log in the demo, whose people have no mailbox.
fn mailer(options: &ServeOptions) -> Result<Mailer, mail::Unusable> {
    if options.demo {
        return Mailer::logging(&options.mail);
    }
    if options.mail.smtp_url.is_none() {
        tracing::warn!("no mail is sent, so nobody who forgets a password gets in again: give --smtp-url");
    }
    Mailer::new(&options.mail)
}

async fn answer(listener: TcpListener, app: App) -> io::Result<()> {
    let (stop, stopped) = oneshot::channel();
    let signal = stop_signal()?;
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        signal.await;
        tracing::info!("stopping");
        let _ = stop.send(());
    });
    tokio::select! {
        outcome = async { server.await } => outcome,
        () = async {
            // Without a signal the sender lives as long as the server does.
            let _ = stopped.await;
            tokio::time::sleep(LAST_REQUESTS).await;
        } => Ok(()),
    }
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
