//! Connections that are kept. A pool sends a ping after every use, which costs more than many a statement; so what it
//! lends stays here between uses, and only what was idle for a while is tried before it is used again.
use super::places::{IDLE, LIFETIME, Places};
use crate::sql::Dialect;
use entity::Fetched;
use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, ExecResult, RuntimeErr, Statement,
    sqlx::{
        self, AssertSqlSafe, Connection as _, PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection, query_with,
        raw_sql,
    },
};
use sea_query_sqlx::SqlxValues;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::OwnedSemaphorePermit;

/// How long a connection may have been idle to be used without a try.
const FRESH: Duration = Duration::from_secs(1);

/// The connections of a pool that were lent and are not in use.
pub(crate) struct Connections {
    pool: Pool,
    /// The last used one at the back.
    idle: Mutex<VecDeque<Connection>>,
    places: Places,
}

enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

enum Wire {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

struct Connection {
    wire: Wire,
    opened: Instant,
    used: Instant,
}

/// A connection in use. When it is dropped it goes back to the pool, which looks after it; no transaction may be open then.
pub(super) struct Lent {
    connection: Connection,
    _place: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) fn of(connection: &DatabaseConnection) -> Self {
        let (pool, size, patience) = match Dialect::of(connection) {
            Dialect::Postgres => {
                let pool = connection.get_postgres_connection_pool().clone();
                let (size, patience) = (
                    pool.options().get_max_connections(),
                    pool.options().get_acquire_timeout(),
                );
                (Pool::Postgres(pool), size, patience)
            }
            Dialect::Sqlite => {
                let pool = connection.get_sqlite_connection_pool().clone();
                let (size, patience) = (
                    pool.options().get_max_connections(),
                    pool.options().get_acquire_timeout(),
                );
                (Pool::Sqlite(pool), size, patience)
            }
        };
        Self {
            pool,
            idle: Mutex::default(),
            places: Places::new(size, patience),
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that answers, when its turn comes.
    pub(super) async fn lend(&self) -> Result<Lent, DbErr> {
        let place = self.places.take().await?;
        Ok(Lent {
            connection: self.connection().await?,
            _place: place,
        })
    }

    async fn connection(&self) -> Result<Connection, DbErr> {
        loop {
            let Some(mut connection) = self.idle().pop_back() else {
                break;
            };
            if connection.used.elapsed() < FRESH {
                return Ok(connection);
            }
            match tokio::time::timeout(self.places.patience(), connection.answers()).await {
                Ok(true) => return Ok(connection),
                // The pool would wait for it once more.
                _ => connection.hang_up(),
            }
        }
        let wire = match &self.pool {
            Pool::Postgres(pool) => pool.acquire().await.map(Wire::Postgres),
            Pool::Sqlite(pool) => pool.acquire().await.map(Wire::Sqlite),
        };
        let now = Instant::now();
        Ok(Connection {
            wire: wire.map_err(|error| match error {
                sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
                sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
                error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
            })?,
            opened: now,
            used: now,
        })
    }

    /// Takes a connection back that waits for nothing and has no transaction open.
    pub(super) fn take_back(&self, lent: Lent) {
        let mut connection = lent.connection;
        connection.used = Instant::now();
        let mut idle = self.idle();
        if connection.opened.elapsed() >= LIFETIME {
            connection.retire();
        } else if !self.places.is_closed() {
            // The pool waits for all of them when it closes.
            idle.push_back(connection);
        }
        while idle.front().is_some_and(|first| first.used.elapsed() > IDLE) {
            idle.pop_front().into_iter().for_each(Connection::retire);
        }
    }

    /// The rows of one statement.
    pub(super) async fn query(&self, statement: Statement) -> Result<Vec<Fetched<'static>>, DbErr> {
        let mut lent = self.lend().await?;
        let rows = lent.query(statement).await?;
        self.take_back(lent);
        Ok(rows)
    }

    /// How many connections are open, and how many are in use.
    pub(super) fn numbers(&self) -> (u32, u32) {
        let open = match &self.pool {
            Pool::Postgres(pool) => pool.size(),
            Pool::Sqlite(pool) => pool.size(),
        };
        (open, self.places.taken())
    }

    /// The pool, where it is one of PostgreSQL.
    pub(super) fn postgres(&self) -> Option<&PgPool> {
        match &self.pool {
            Pool::Postgres(pool) => Some(pool),
            Pool::Sqlite(_) => None,
        }
    }

    /// Gives all connections back, and closes them when nobody uses them any more.
    pub(super) async fn close(&self) {
        self.places.close();
        self.idle().clear();
        match &self.pool {
            Pool::Postgres(pool) => pool.close().await,
            Pool::Sqlite(pool) => pool.close().await,
        }
    }
}

impl Connection {
    async fn answers(&mut self) -> bool {
        match &mut self.wire {
            Wire::Postgres(wire) => wire.ping().await.is_ok(),
            Wire::Sqlite(wire) => wire.ping().await.is_ok(),
        }
    }

    /// Says goodbye; the pool opens another when one is needed.
    fn retire(mut self) {
        match &mut self.wire {
            Wire::Postgres(wire) => wire.close_on_drop(),
            Wire::Sqlite(wire) => wire.close_on_drop(),
        }
    }

    fn hang_up(self) {
        match self.wire {
            Wire::Postgres(wire) => drop(wire.detach()),
            Wire::Sqlite(wire) => drop(wire.detach()),
        }
    }
}

impl Lent {
    pub(super) async fn query(&mut self, statement: Statement) -> Result<Vec<Fetched<'static>>, DbErr> {
        let (sql, values) = parts(statement);
        let rows = match &mut self.connection.wire {
            Wire::Postgres(wire) => {
                let rows = query_with(sql, values).fetch_all(&mut **wire).await;
                rows.map(|rows| rows.into_iter().map(Fetched::Postgres).collect())
            }
            Wire::Sqlite(wire) => {
                let rows = query_with(sql, values).fetch_all(&mut **wire).await;
                rows.map(|rows| rows.into_iter().map(Fetched::Sqlite).collect())
            }
        };
        rows.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, values) = parts(statement);
        match &mut self.connection.wire {
            Wire::Postgres(wire) => query_with(sql, values).execute(&mut **wire).await.map(Into::into),
            Wire::Sqlite(wire) => query_with(sql, values).execute(&mut **wire).await.map(Into::into),
        }
        .map_err(not_executed)
    }

    /// Begins, commits or rolls back a transaction.
    pub(super) async fn control(&mut self, sql: &'static str) -> Result<(), DbErr> {
        match &mut self.connection.wire {
            Wire::Postgres(wire) => raw_sql(sql).execute(&mut **wire).await.map(drop),
            Wire::Sqlite(wire) => raw_sql(sql).execute(&mut **wire).await.map(drop),
        }
        .map_err(not_executed)
    }

    /// Hangs up, by which the database rolls back what was begun.
    pub(super) fn hang_up(self) {
        self.connection.hang_up();
    }
}

fn parts(statement: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    let Statement { sql, values, .. } = statement;
    let values = values.unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    (AssertSqlSafe(sql), SqlxValues(values))
}

fn not_executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
