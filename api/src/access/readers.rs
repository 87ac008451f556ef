//! What reads: connections to PostgreSQL, or to a SQLite file.
use super::{connections::Connections, file::Files};
use crate::sql;
use entity::Fetched;
use sea_orm::{DatabaseConnection, DbErr, Statement};
use sqlx::postgres::{PgListener, PgPoolOptions};

/// The connections that only read.
pub(crate) enum Readers {
    Server(Connections),
    File(Files),
}

impl Readers {
    /// Those that a pool of PostgreSQL lends.
    pub(crate) fn of(pool: &DatabaseConnection) -> Self {
        Self::Server(Connections::of(pool))
    }

    /// What `read` makes of the rows of one statement.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: Statement,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, DbErr> {
        match self {
            Self::Server(connections) => connections.query(statement).await?.iter().map(read).collect(),
            Self::File(files) => files.read(statement, read).await,
        }
    }

    /// How many connections are open, and how many are in use.
    pub(super) fn numbers(&self) -> (u32, u32) {
        match self {
            Self::Server(connections) => connections.numbers(),
            Self::File(files) => files.numbers(),
        }
    }

    /// Hears what is told on a channel of PostgreSQL.
    pub(super) async fn listener(&self, channel: &str) -> Result<PgListener, DbErr> {
        let pool = match self {
            Self::Server(connections) => connections.postgres(),
            Self::File(_) => None,
        };
        let pool = pool.ok_or_else(|| DbErr::Custom("there are no channels here".into()))?;
        let options = pool.connect_options();
        let own = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with((*options).clone());
        let mut listener = PgListener::connect_with(&own).await.map_err(sql::of_sqlx)?;
        // Else the end of the line is told when it stands again.
        listener.eager_reconnect(false);
        listener.listen(channel).await.map_err(sql::of_sqlx)?;
        Ok(listener)
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        match self {
            Self::Server(connections) => connections.close().await,
            Self::File(files) => files.close().await,
        }
    }
}
