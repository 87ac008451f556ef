//! Fieldhouse: a GraphQL server for organizations that coach.
//!
//! `App` is the server without its socket, which is what tests need: `App::router` answers HTTP, `schema` is the API.
use crate::{access::Db, auth::password::Passwords, mail::Mailer, scope::Clock};
use std::sync::Arc;

pub mod access;
pub mod auth;
pub mod config;
pub mod demo;
pub mod error;
pub mod gather;
pub mod history;
pub mod http;
pub mod load;
pub mod mail;
pub mod node;
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
}

impl App {
    /// A server on a database, with the machine's clock, without GraphiQL and without mail.
    pub fn new(db: Db) -> Self {
        Self {
            db,
            clock: Clock::default(),
            api: Arc::default(),
            passwords: Arc::default(),
            mailer: Arc::default(),
            has_graphiql: false,
        }
    }

    /// The schema in the schema definition language, as `schema.graphql` holds it.
    pub fn sdl() -> String {
        root::schema().sdl()
    }
}
