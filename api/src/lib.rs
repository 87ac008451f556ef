//! Fieldhouse: a GraphQL server for organizations that coach.
//!
//! `App` is the server without its socket, which is what tests need: `App::router` answers HTTP, `schema` is the API.
use crate::{access::Db, auth::password::Passwords, mail::Mailer, scope::Clock};
use std::sync::Arc;
use tokio::sync::watch;

pub mod access;
pub mod auth;
pub mod config;
pub mod demo;
pub mod error;
pub mod feed;
pub mod gather;
pub mod history;
pub mod http;
pub mod load;
pub mod lock;
pub mod mail;
pub mod node;
pub mod operation;
pub mod organization;
pub mod page;
pub mod patch;
pub mod payload;
pub mod practices;
pub mod print;
pub mod root;
pub mod roster;
pub mod scalar;
pub mod scope;
pub mod secret;
pub mod serve;
pub mod sql;
pub mod words;
pub mod workouts;
pub mod write;

/// The server: its database, its clock, its schema.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Where time comes from.
    pub clock: Clock,
    api: Arc<http::Api>,
    /// What hashes and checks passwords.
    pub passwords: Arc<Passwords>,
    /// What sends mail.
    pub mailer: Arc<Mailer>,
    /// Whether GraphiQL is served at `/graphiql`.
    pub has_graphiql: bool,
    edge: Arc<http::Edge>,
    metrics: Arc<http::Metrics>,
    sockets: Arc<http::Sockets>,
    uploads: Arc<http::Uploads>,
    stopping: watch::Sender<bool>,
}

impl App {
    /// A server on a database, with the machine's clock, without GraphiQL and without mail.
    pub fn new(db: Db) -> Self {
        Self::with(db, http::Edge::default())
    }

    /// As `new`, meeting the world as configured.
    pub fn with(db: Db, edge: http::Edge) -> Self {
        Self {
            db,
            clock: Clock::default(),
            api: Arc::new(http::Api::new(edge.limits.clone(), edge.rates.clone())),
            passwords: Arc::default(),
            mailer: Arc::default(),
            has_graphiql: false,
            edge: Arc::new(edge),
            metrics: Arc::default(),
            sockets: Arc::default(),
            uploads: Arc::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// What goes on beside the requests, for ever: counts and changes are shared with the other replicas.
    pub async fn tend(self) {
        tokio::join!(
            feed::relay(self.db.clone()),
            self.api.throttle.add_up(&self.db, &self.clock)
        );
    }

    /// Ends the sockets, and says that no more requests should come.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until the server is asked to stop.
    pub(crate) async fn stopped(&self) {
        // The sender is this server's own.
        let _ = self.stopping.subscribe().wait_for(|is_stopping| *is_stopping).await;
    }

    /// The schema in the schema definition language, as `schema.graphql` holds it.
    pub fn sdl() -> String {
        root::schema().sdl()
    }
}
