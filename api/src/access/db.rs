//! The connections, and the only ways to them: reads that ask the rules, and transactions that `write` wraps.
mod session;

pub(crate) use session::Session;

use super::{Action, Guarded, Viewer, connections::Connections, readers::Readers, recent::Recent};
use crate::{
    error::Failure,
    feed::Changes,
    lock::Lock,
    sql::{Dialect, listed},
    workouts::element::Revisions,
};
use entity::{Columns, Fetched, Row};
use sea_orm::{
    DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, Statement,
    sea_query::{Asterisk, Expr, ExprTrait, SelectStatement, SimpleExpr},
};
use sqlx::postgres::PgListener;
use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::task::yield_now;
use uuid::Uuid;

/// The database. Reads go through `Reader` and writes through `Tx`; both ask `Guarded` first.
#[derive(Clone)]
pub struct Db {
    parts: Arc<Parts>,
    /// Which database it is.
    pub dialect: Dialect,
    own_statements: Arc<AtomicU64>,
}

/// What all who use a database share.
struct Parts {
    readers: Readers,
    writers: Connections,
    statements: AtomicU64,
    rows: AtomicU64,
    reads: OnceLock<Mutex<Vec<Statement>>>,
    recent: Recent,
    changes: Changes,
    revisions: Revisions,
    /// Held as long as a SQLite database may be used.
    _lock: Option<Lock>,
}

impl Db {
    /// A database that is read and written through connections, with the right to use the file that it is in.
    pub(crate) fn new(readers: Readers, writers: Connections, lock: Option<Lock>) -> Self {
        Self {
            dialect: writers.dialect(),
            parts: Arc::new(Parts {
                readers,
                writers,
                statements: AtomicU64::default(),
                rows: AtomicU64::default(),
                reads: OnceLock::default(),
                recent: Recent::default(),
                changes: Changes::default(),
                revisions: Revisions::default(),
                _lock: lock,
            }),
            own_statements: Arc::default(),
        }
    }

    /// Who asked a moment ago.
    pub(crate) fn recent(&self) -> &Recent {
        &self.parts.recent
    }

    /// What changes, for those who listen.
    pub(crate) fn changes(&self) -> &Changes {
        &self.parts.changes
    }

    /// Trees of revisions that were read of late, whoever may read them.
    pub(crate) fn revisions(&self) -> &Revisions {
        &self.parts.revisions
    }

    /// The same database, its statements counted from none besides.
    pub(crate) fn counted(&self) -> Self {
        Self {
            own_statements: Arc::default(),
            ..self.clone()
        }
    }

    /// Statements sent since `counted`.
    pub(crate) fn counted_statements(&self) -> u64 {
        self.own_statements.load(Ordering::Relaxed)
    }

    /// Connections of the readers and of the writers: open, and of these in use.
    pub(crate) fn connections(&self) -> [(u32, u32); 2] {
        [self.parts.readers.numbers(), self.parts.writers.numbers()]
    }

    /// Rows of a hand-written statement that writes what belongs to nobody: how much was asked for.
    pub(crate) async fn add_up<R: Row>(&self, statement: Statement) -> Result<Vec<R>, DbErr> {
        self.parts.writers.query(statement).await?.iter().map(R::read).collect()
    }

    /// Whether the database answers readers.
    pub(crate) async fn answers(&self) -> bool {
        let statement = self.dialect.raw("SELECT 1", []);
        self.parts.readers.read(statement, |_| Ok(())).await.is_ok()
    }

    /// Tells other servers on the same PostgreSQL.
    pub(crate) async fn notify(&self, channel: &str, payload: String) -> Result<(), DbErr> {
        let values = [sea_orm::Value::from(channel), payload.into()];
        let statement = self.dialect.raw("SELECT pg_notify($1, $2)::text", values);
        self.parts.readers.read(statement, |_| Ok(())).await.map(drop)
    }

    /// Hears what other servers on the same PostgreSQL tell.
    pub(crate) async fn listener(&self, channel: &str) -> Result<PgListener, DbErr> {
        self.parts.readers.listener(channel).await
    }

    /// Has everybody's memberships read again with their next request, as a change through this server does; one by
    /// another server counts within a second.
    pub fn forget_viewers(&self) {
        self.parts.recent.forget();
    }

    /// Statements sent and rows read since the start for what was asked, BEGIN and COMMIT among them; who asks is read
    /// besides.
    pub fn spent(&self) -> (u64, u64) {
        (
            self.parts.statements.load(Ordering::Relaxed),
            self.parts.rows.load(Ordering::Relaxed),
        )
    }

    /// The guarded reads since the last call, from the first call on: for tests that look at the plans of statements.
    pub fn reads(&self) -> Vec<Statement> {
        let reads = self.parts.reads.get_or_init(Mutex::default);
        std::mem::take(&mut *reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, rows: usize) {
        self.parts.statements.fetch_add(1, Ordering::Relaxed);
        self.own_statements.fetch_add(1, Ordering::Relaxed);
        self.parts.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Rows of a hand-written statement about the viewer itself: tokens and memberships, read before there is anyone
    /// to ask about access.
    pub(crate) async fn identify<R: Row + Send + 'static>(&self, statement: Statement) -> Result<Vec<R>, DbErr> {
        self.parts.readers.read(statement, R::read).await
    }

    /// Begins a write transaction.
    pub(crate) async fn begin(&self) -> Result<Session, DbErr> {
        let mut lent = self.parts.writers.lend().await?;
        self.count(0);
        if let Err(error) = lent.begin(self.dialect.begin()).await {
            lent.hang_up();
            return Err(error);
        }
        Ok(Session::of(self.clone(), lent))
    }

    /// Closes the connections; used when the server stops.
    pub async fn close(self) {
        self.parts.readers.close().await;
        self.parts.writers.close().await;
    }
}

/// Guarded reads on behalf of one viewer.
#[derive(Clone)]
pub struct Reader {
    db: Db,
    viewer: Arc<Viewer>,
}

impl Reader {
    /// Reads of `viewer`.
    pub fn new(db: Db, viewer: Arc<Viewer>) -> Self {
        Self { db, viewer }
    }

    /// On whose behalf.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The same, for what outlives the request.
    pub(crate) fn shared_viewer(&self) -> Arc<Viewer> {
        self.viewer.clone()
    }

    /// Trees of revisions that were read of late, whoever may read them.
    pub(crate) fn revisions(&self) -> &Revisions {
        self.db.revisions()
    }

    /// The rows of `select` that the viewer may read, found by the rule itself: for lists that hang from nothing. A field
    /// may be tried and dropped at its first wait, which must be before the database is asked.
    pub async fn rows<E: Guarded>(&self, select: Select<E>) -> Result<Vec<E::Model>, Failure> {
        let Some(guard) = E::allows(&self.viewer, Action::Read).condition() else {
            return Ok(Vec::new());
        };
        yield_now().await;
        let query = select.filter(guard).into_query();
        self.run(&query, Row::read).await
    }

    /// How many rows of `select` the viewer may read, found by the rule itself as in `rows`.
    pub async fn count<E: Guarded>(&self, select: Select<E>) -> Result<i64, Failure> {
        let Some(guard) = E::allows(&self.viewer, Action::Read).condition() else {
            return Ok(0);
        };
        let mut query = select.filter(guard).into_query();
        query.clear_selects().expr(Expr::col(Asterisk).count());
        yield_now().await;
        let totals = self.run(&query, |row| row.get::<i64>(0)).await?;
        Ok(totals.first().copied().unwrap_or_default())
    }

    /// The rule as a mere filter of rows that are found by something else. An index for it, by the program for one, would
    /// only lead the database astray, to all that there is of the program.
    pub(crate) fn filter<E: Guarded>(&self, action: Action) -> Option<SimpleExpr> {
        let rule = E::allows(&self.viewer, action).condition()?;
        Some(self.db.dialect.filter(rule.into()))
    }

    /// What `read` makes of the rows of `select` that the viewer may read, of each no more than `columns`; `join` adds what
    /// stands beside them.
    pub(crate) async fn some_of_rows<E: Guarded, T: Send + 'static>(
        &self,
        select: Select<E>,
        columns: Columns,
        join: impl FnOnce(&mut SelectStatement),
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, Failure> {
        let Some(filter) = self.filter::<E>(Action::Read) else {
            return Ok(Vec::new());
        };
        let mut query = chosen(select.filter(filter), columns).into_query();
        join(&mut query);
        self.run(&query, read).await
    }

    /// As `some_of_rows`, of whole rows alone.
    pub(crate) async fn whole_rows<E: Guarded, T: Send + 'static>(
        &self,
        select: Select<E>,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, Failure> {
        let Some(filter) = self.filter::<E>(Action::Read) else {
            return Ok(Vec::new());
        };
        let mut query = select.filter(filter).select_only().into_query();
        query.column((E::default(), Asterisk));
        self.run(&query, read).await
    }

    /// As `some_of_rows`, of the first slice of each parent's rows; see `Dialect::slices`.
    pub(crate) async fn slices<E: Guarded, T: Send + 'static>(
        &self,
        select: Select<E>,
        (column, parents): (E::Column, &[Uuid]),
        columns: Columns,
        join: impl FnOnce(&mut SelectStatement),
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, Failure> {
        let Some(filter) = self.filter::<E>(Action::Read) else {
            return Ok(Vec::new());
        };
        let select = chosen(select.filter(filter), columns);
        let mut query = self.db.dialect.slices(select, column, parents, columns);
        join(&mut query);
        self.run(&query, read).await
    }

    /// Figures over the rows of `select` that the viewer may do `action` to: its columns are replaced by those of `shape`,
    /// which are read in their order.
    pub(crate) async fn figures<E: Guarded, F: Row + Send + 'static>(
        &self,
        select: Select<E>,
        action: Action,
        shape: impl FnOnce(&mut SelectStatement),
    ) -> Result<Vec<F>, Failure> {
        let Some(filter) = self.filter::<E>(action) else {
            return Ok(Vec::new());
        };
        let mut query = select.filter(filter).into_query();
        query.clear_selects();
        shape(&mut query);
        self.run(&query, F::read).await
    }

    async fn run<T: Send + 'static>(
        &self,
        query: &SelectStatement,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, Failure> {
        let statement = self.db.dialect.statement(query);
        if let Some(reads) = self.db.parts.reads.get() {
            reads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(statement.clone());
        }
        // Every field that reads holds what it waits for; kept apart, it does not make them all large.
        let found = Box::pin(self.db.parts.readers.read(statement, read)).await?;
        self.db.count(found.len());
        Ok(found)
    }
}

/// The select with no more than some columns.
fn chosen<E: EntityTrait>(select: Select<E>, columns: Columns) -> Select<E> {
    select
        .select_only()
        .expr(listed::<E>(E::default().table_name(), columns))
}
