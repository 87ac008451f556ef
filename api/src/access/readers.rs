//! What reads: connections to PostgreSQL, or to a SQLite file.
use super::{file::Files, lines::Lines, wire::Server};
use crate::sql;
use entity::Fetched;
use sea_orm::{DbErr, Statement};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::{sync::Arc, time::Duration};

/// The connections that only read.
pub(crate) enum Readers {
    Server(Lines, Box<PgConnectOptions>),
    File(Files),
}

impl Readers {
    /// Up to `size` connections to PostgreSQL; `patience` is how long one waits for one.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub(crate) async fn of(
        server: Arc<Server>,
        options: &PgConnectOptions,
        size: u32,
        patience: Duration,
    ) -> Result<Self, DbErr> {
        let lines = Lines::open(server, size, patience).await?;
        Ok(Self::Server(lines, Box::new(options.clone())))
    }

    /// What `read` makes of the rows of one statement.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: Statement,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, DbErr> {
        match self {
            Self::Server(lines, _) => lines.read(&statement, read).await,
            Self::File(files) => files.read(statement, read).await,
        }
    }

    /// How many connections are open, and how many are in use.
    pub(super) fn numbers(&self) -> (u32, u32) {
        match self {
            Self::Server(lines, _) => lines.numbers(),
            Self::File(files) => files.numbers(),
        }
    }

    /// Hears what is told on a channel of PostgreSQL.
    pub(super) async fn listener(&self, channel: &str) -> Result<PgListener, DbErr> {
        let Self::Server(_, options) = self else {
            return Err(DbErr::Custom("there are no channels here".into()));
        };
        let own = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with((**options).clone());
        let mut listener = PgListener::connect_with(&own).await.map_err(sql::of_sqlx)?;
        // Else the end of the line is told when it stands again.
        listener.eager_reconnect(false);
        listener.listen(channel).await.map_err(sql::of_sqlx)?;
        Ok(listener)
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        match self {
            Self::Server(lines, _) => lines.close().await,
            Self::File(files) => files.close().await,
        }
    }
}
