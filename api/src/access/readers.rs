//! Connections to read with. A pool sends a ping after every statement, which costs more than many a statement; so what
//! it lends stays here between statements, and only what was idle for a while is tried before it is used again.
use crate::sql::Dialect;
use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr, Statement,
    sqlx::{self, AssertSqlSafe, Connection as _, PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// How long a connection may have been idle to be used without a try.
const FRESH: Duration = Duration::from_secs(1);

/// How long a connection is used before another takes its place.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// The connections of a pool that were lent and are not in use.
pub(super) struct Readers {
    pool: Pool,
    idle: Mutex<Vec<Reader>>,
    /// One permit for each connection that the pool can lend.
    places: Semaphore,
}

enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

enum Connection {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

struct Reader {
    connection: Connection,
    opened: Instant,
    used: Instant,
}

impl Readers {
    pub(super) fn of(connection: &DatabaseConnection) -> Self {
        let (pool, size) = match Dialect::of(connection) {
            Dialect::Postgres => {
                let pool = connection.get_postgres_connection_pool();
                (Pool::Postgres(pool.clone()), pool.options().get_max_connections())
            }
            Dialect::Sqlite => {
                let pool = connection.get_sqlite_connection_pool();
                (Pool::Sqlite(pool.clone()), pool.options().get_max_connections())
            }
        };
        Self {
            pool,
            idle: Mutex::default(),
            places: Semaphore::new(size as usize),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of a statement. A connection that fails, or whose statement is given up, goes back to the pool, which
    /// looks after it.
    pub(super) async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let place = tokio::time::timeout(PATIENCE, self.places.acquire()).await;
        let _place = match place {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(_) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        };
        let mut reader = self.reader().await?;
        let rows = reader.query(statement).await.map_err(failed)?;
        reader.used = Instant::now();
        self.idle().push(reader);
        Ok(rows)
    }

    async fn reader(&self) -> Result<Reader, DbErr> {
        loop {
            let Some(mut reader) = self.idle().pop() else { break };
            if reader.opened.elapsed() < LIFETIME && (reader.used.elapsed() < FRESH || reader.answers().await) {
                return Ok(reader);
            }
        }
        let connection = match &self.pool {
            Pool::Postgres(pool) => pool.acquire().await.map(Connection::Postgres),
            Pool::Sqlite(pool) => pool.acquire().await.map(Connection::Sqlite),
        };
        let now = Instant::now();
        Ok(Reader {
            connection: connection.map_err(|error| match error {
                sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
                sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
                error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
            })?,
            opened: now,
            used: now,
        })
    }

    /// Gives all connections back.
    pub(super) fn close(&self) {
        self.places.close();
        self.idle().clear();
    }
}

impl Reader {
    async fn query(&mut self, statement: Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let Statement { sql, values, .. } = statement;
        let values = SqlxValues(values.unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new())));
        let sql = AssertSqlSafe(sql);
        Ok(match &mut self.connection {
            Connection::Postgres(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
            Connection::Sqlite(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
        })
    }

    async fn answers(&mut self) -> bool {
        match &mut self.connection {
            Connection::Postgres(connection) => connection.ping().await.is_ok(),
            Connection::Sqlite(connection) => connection.ping().await.is_ok(),
        }
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
