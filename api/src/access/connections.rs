//! The writers: connections that are lent to one at a time. What was lent stays here between uses, and only what was idle
//! for a while is tried before it is used again.
use super::{
    places::{IDLE, LIFETIME, Places},
    wire::{Server, Wire},
};
use crate::sql::{self, Dialect};
use entity::Fetched;
use futures_util::future;
use sea_orm::{
    ConnAcquireErr, DbErr, RuntimeErr, Statement,
    sqlx::{self, AssertSqlSafe, Connection as _, Sqlite, SqlitePool, pool::PoolConnection, query_with, raw_sql},
};
use sea_query_sqlx::SqlxValues;
use std::{
    collections::VecDeque,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::OwnedSemaphorePermit;

/// How long a connection may have been idle to be used without a try.
const FRESH: Duration = Duration::from_secs(1);

/// Ends a transaction well.
pub(super) const COMMIT: &str = "COMMIT";

/// Connections that write, those that are not in use among them.
pub(crate) struct Connections {
    source: Source,
    /// The last used one at the back.
    idle: Mutex<VecDeque<Connection>>,
    places: Places,
}

/// Where connections come from.
enum Source {
    Server(Arc<Server>),
    File(SqlitePool),
}

enum Link {
    Server(Wire),
    File(PoolConnection<Sqlite>),
}

struct Connection {
    link: Link,
    opened: Instant,
    used: Instant,
}

/// A connection in use. No transaction may be open when it is taken back; where it is not, it is hung up.
pub(super) struct Lent {
    connection: Connection,
    transaction: Transaction,
    _place: OwnedSemaphorePermit,
}

/// A transaction on PostgreSQL.
#[derive(Default)]
struct Transaction {
    /// What begins it, sent with its first statement.
    to_begin: Option<&'static str>,
    /// Whether a statement failed, or was left: PostgreSQL undoes it then, whatever ends it.
    is_undone: bool,
}

impl Connections {
    /// Up to `size` connections to PostgreSQL; `patience` is how long one waits for one.
    pub(crate) fn of_server(server: Arc<Server>, size: u32, patience: Duration) -> Self {
        Self {
            source: Source::Server(server),
            idle: Mutex::default(),
            places: Places::new(size, patience),
        }
    }

    /// Those that a pool lends.
    pub(crate) fn of_file(pool: SqlitePool) -> Self {
        let options = pool.options();
        let places = Places::new(options.get_max_connections(), options.get_acquire_timeout());
        Self {
            source: Source::File(pool),
            idle: Mutex::default(),
            places,
        }
    }

    /// Which database it is.
    pub(super) fn dialect(&self) -> Dialect {
        match self.source {
            Source::Server(_) => Dialect::Postgres,
            Source::File(_) => Dialect::Sqlite,
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
            transaction: Transaction::default(),
            _place: place,
        })
    }

    async fn connection(&self) -> Result<Connection, DbErr> {
        loop {
            let Some(mut connection) = self.idle().pop_back() else {
                break;
            };
            if connection.used.elapsed() < FRESH && !connection.is_closed() {
                return Ok(connection);
            }
            match tokio::time::timeout(self.places.patience(), connection.answers()).await {
                Ok(true) => return Ok(connection),
                // The pool would wait for it once more.
                _ => connection.hang_up(),
            }
        }
        let link = match &self.source {
            Source::Server(server) => Link::Server(server.open().await?),
            Source::File(pool) => Link::File(pool.acquire().await.map_err(|error| match error {
                sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
                sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
                error => sql::of_sqlx(error),
            })?),
        };
        let now = Instant::now();
        Ok(Connection {
            link,
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
        let used = self.places.taken();
        let open = match &self.source {
            Source::Server(_) => u32::try_from(self.idle().len())
                .unwrap_or(u32::MAX)
                .saturating_add(used),
            Source::File(pool) => pool.size(),
        };
        (open, used)
    }

    /// Closes all connections, when nobody uses them any more.
    pub(super) async fn close(&self) {
        self.places.close_when_free().await;
        self.idle().clear();
        if let Source::File(pool) = &self.source {
            pool.close().await;
        }
    }
}

impl Connection {
    /// Whether it is known to have ended.
    fn is_closed(&self) -> bool {
        matches!(&self.link, Link::Server(wire) if wire.is_closed())
    }

    async fn answers(&mut self) -> bool {
        match &mut self.link {
            Link::Server(wire) => wire.control("").await.is_ok(),
            Link::File(connection) => connection.ping().await.is_ok(),
        }
    }

    /// Says goodbye; another is opened when one is needed.
    fn retire(mut self) {
        if let Link::File(connection) = &mut self.link {
            connection.close_on_drop();
        }
    }

    /// Leaves it, and its transaction, in the middle.
    fn hang_up(self) {
        if let Link::File(connection) = self.link {
            drop(connection.detach());
        }
    }
}

impl Lent {
    /// Begins a transaction.
    pub(super) async fn begin(&mut self, sql: &'static str) -> Result<(), DbErr> {
        match &mut self.connection.link {
            Link::Server(_) => {
                self.transaction.to_begin = Some(sql);
                Ok(())
            }
            // Here one waits for the turn to write.
            Link::File(connection) => control(connection, sql).await,
        }
    }

    /// Commits or rolls back the transaction.
    pub(super) async fn end(&mut self, sql: &'static str) -> Result<(), DbErr> {
        match &mut self.connection.link {
            Link::Server(wire) => self.transaction.end(wire, sql).await,
            Link::File(connection) => control(connection, sql).await,
        }
    }

    /// The rows of one statement.
    pub(super) async fn query(&mut self, statement: Statement) -> Result<Vec<Fetched<'static>>, DbErr> {
        match &mut self.connection.link {
            Link::Server(wire) => self.transaction.run(wire, pin!(wire.query(&statement, Ok))).await,
            Link::File(connection) => {
                let (sql, values) = parts(statement);
                let rows = query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(Fetched::Sqlite).collect())
                    .map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
            }
        }
    }

    /// The rows of two statements, the second run right after the first.
    pub(super) async fn query_both(
        &mut self,
        first: Statement,
        then: Statement,
    ) -> Result<(Vec<Fetched<'static>>, Vec<Fetched<'static>>), DbErr> {
        match &mut self.connection.link {
            Link::Server(wire) => {
                let both = pin!(wire.query_both(&first, &then));
                self.transaction.run(wire, both).await
            }
            Link::File(_) => Ok((self.query(first).await?, self.query(then).await?)),
        }
    }

    /// The rows of the last statement of the transaction, committed right after it.
    pub(super) async fn query_and_commit(&mut self, statement: Statement) -> Result<Vec<Fetched<'static>>, DbErr> {
        match &mut self.connection.link {
            Link::Server(wire) => {
                self.transaction.may_commit()?;
                let both = pin!(wire.query_and(&statement, COMMIT));
                self.transaction.run(wire, both).await
            }
            Link::File(_) => {
                let rows = self.query(statement).await?;
                self.end(COMMIT).await.map(|()| rows)
            }
        }
    }

    /// How many rows one statement changed.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, DbErr> {
        match &mut self.connection.link {
            Link::Server(wire) => self.transaction.run(wire, pin!(wire.execute(&statement))).await,
            Link::File(connection) => {
                let (sql, values) = parts(statement);
                let done = query_with(sql, values).execute(&mut **connection).await;
                done.map(|done| done.rows_affected()).map_err(not_executed)
            }
        }
    }

    /// Hangs up, by which the database rolls back what was begun.
    pub(super) fn hang_up(self) {
        self.connection.hang_up();
    }
}

impl Transaction {
    /// What a statement comes to; sent before it, where the transaction has not begun, is what begins it. (A BEGIN that is
    /// refused, which only its cancellation in that moment does, would leave the statement alone: then it is told as failed.)
    async fn run<T>(
        &mut self,
        wire: &Wire,
        statement: Pin<&mut impl Future<Output = Result<T, DbErr>>>,
    ) -> Result<T, DbErr> {
        // Until it ended well.
        let was_undone = std::mem::replace(&mut self.is_undone, true);
        let outcome = match self.to_begin.take() {
            // Sent in this order, neither waiting for the other.
            Some(sql) => {
                let (begun, outcome) = future::join(wire.control(sql), statement).await;
                begun.and(outcome)
            }
            None => statement.await,
        };
        self.is_undone = was_undone || outcome.is_err();
        outcome
    }

    async fn end(&mut self, wire: &Wire, sql: &str) -> Result<(), DbErr> {
        if self.to_begin.take().is_some() {
            return Ok(());
        }
        if sql == COMMIT {
            self.may_commit()?;
        }
        wire.control(sql).await
    }

    /// Where a statement failed, PostgreSQL would roll back, and say that this went well.
    fn may_commit(&self) -> Result<(), DbErr> {
        match self.is_undone {
            true => Err(DbErr::Custom("a statement failed".into())),
            false => Ok(()),
        }
    }
}

async fn control(connection: &mut PoolConnection<Sqlite>, sql: &'static str) -> Result<(), DbErr> {
    let done = raw_sql(sql).execute(&mut **connection).await;
    done.map(drop).map_err(not_executed)
}

fn parts(statement: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    let Statement { sql, values, .. } = statement;
    let values = values.unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    (AssertSqlSafe(sql), SqlxValues(values))
}

fn not_executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
