//! A write transaction.
use super::Db;
use crate::{
    access::connections::{COMMIT, Lent},
    feed::Changes,
    workouts::element::Revisions,
};
use entity::Fetched;
use sea_orm::{DbErr, Statement, StatementBuilder, sea_query::SelectStatement};
use std::sync::atomic::{AtomicBool, Ordering};

/// An open write transaction. `write` wraps it; nothing else sees it. Dropped before its end, it is rolled back.
pub(crate) struct Session {
    lent: tokio::sync::Mutex<Option<Lent>>,
    db: Db,
    has_changed_viewers: AtomicBool,
}

impl Session {
    /// That of a connection on which it began.
    pub(super) fn of(db: Db, lent: Lent) -> Self {
        Self {
            lent: tokio::sync::Mutex::new(Some(lent)),
            db,
            has_changed_viewers: AtomicBool::new(false),
        }
    }

    /// What changes, for those who listen.
    pub(crate) fn changes(&self) -> &Changes {
        &self.db.parts.changes
    }

    /// Trees of revisions that were read of late.
    pub(crate) fn revisions(&self) -> &Revisions {
        self.db.revisions()
    }

    pub(crate) async fn query(&self, query: &SelectStatement) -> Result<Vec<Fetched<'static>>, DbErr> {
        self.query_raw(self.db.dialect.statement(query)).await
    }

    pub(crate) async fn returning<S: StatementBuilder>(&self, statement: &S) -> Result<Vec<Fetched<'static>>, DbErr> {
        self.query_raw(self.db.dialect.backend().build(statement)).await
    }

    /// The rows of two queries, the second run right after the first.
    pub(crate) async fn query_both(
        &self,
        first: &SelectStatement,
        then: Statement,
    ) -> Result<(Vec<Fetched<'static>>, Vec<Fetched<'static>>), DbErr> {
        let first = self.db.dialect.statement(first);
        let mut lent = self.lent.lock().await;
        let found = Box::pin(lent.as_mut().ok_or_else(ended)?.query_both(first, then)).await?;
        self.db.count(found.0.len());
        self.db.count(found.1.len());
        Ok(found)
    }

    /// As `returning`, of the last statement, which is committed right after it. Where it failed, it remains to roll back.
    pub(crate) async fn returning_and_commit<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<Fetched<'static>>, DbErr> {
        let statement = self.db.dialect.backend().build(statement);
        self.note(&statement.sql);
        self.db.count(0);
        let rows = self.last(async |lent| lent.query_and_commit(statement).await).await;
        self.forget_viewers();
        let rows = rows?;
        self.db.count(rows.len());
        Ok(rows)
    }

    pub(crate) async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<u64, DbErr> {
        self.execute_raw(self.db.dialect.backend().build(statement)).await
    }

    pub(crate) async fn query_raw(&self, statement: Statement) -> Result<Vec<Fetched<'static>>, DbErr> {
        self.note(&statement.sql);
        let mut lent = self.lent.lock().await;
        // Every change holds what it waits for; kept apart, it does not make them all large.
        let rows = Box::pin(lent.as_mut().ok_or_else(ended)?.query(statement)).await?;
        self.db.count(rows.len());
        Ok(rows)
    }

    pub(crate) async fn execute_raw(&self, statement: Statement) -> Result<u64, DbErr> {
        self.note(&statement.sql);
        self.db.count(0);
        let mut lent = self.lent.lock().await;
        Box::pin(lent.as_mut().ok_or_else(ended)?.execute(statement)).await
    }

    /// Notes whether a statement changes what viewers are read from, in all its parts; one that cannot be told counts as
    /// if it did.
    fn note(&self, sql: &str) {
        // What changes in a part of a query stands before it.
        if sql.starts_with("SELECT ") {
            return;
        }
        let writes = |before: &str| {
            ["INSERT INTO ", "UPDATE ", "DELETE FROM "]
                .iter()
                .any(|verb| before.ends_with(verb))
        };
        let pieces = || sql.split('"');
        let mut tables = pieces()
            .zip(pieces().skip(1))
            .filter_map(|(before, table)| writes(before).then_some(table))
            .peekable();
        let is_changed = match tables.peek() {
            Some(_) => tables.any(crate::auth::makes_viewers),
            None => !["DROP INDEX ", "CREATE INDEX "]
                .into_iter()
                .any(|verb| sql.starts_with(verb)),
        };
        if is_changed {
            self.has_changed_viewers.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) async fn commit(&self) -> Result<(), DbErr> {
        let outcome = self.end(COMMIT).await;
        self.forget_viewers();
        outcome
    }

    /// Whether it has not ended.
    pub(crate) async fn is_open(&self) -> bool {
        self.lent.lock().await.is_some()
    }

    /// Has viewers read again, where they may have changed: whatever the end said, it may have gone well.
    fn forget_viewers(&self) {
        if self.has_changed_viewers.load(Ordering::Relaxed) {
            self.db.forget_viewers();
        }
    }

    /// Undoes everything. Where that fails, the end of the connection does it.
    pub(crate) async fn roll_back(&self) {
        if let Err(error) = self.end("ROLLBACK").await {
            tracing::warn!(error = crate::sql::without_values(&error), "rolling back");
        }
    }

    async fn end(&self, sql: &'static str) -> Result<(), DbErr> {
        self.db.count(0);
        self.last(async |lent| lent.end(sql).await).await
    }

    /// The last that is done with the connection.
    async fn last<T>(&self, done: impl AsyncFnOnce(&mut Lent) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let mut lent = self.lent.lock().await;
        // In its place until it is over: cut short, it is hung up.
        let outcome = Box::pin(done(lent.as_mut().ok_or_else(ended)?)).await?;
        if let Some(lent) = lent.take() {
            self.db.parts.writers.take_back(lent);
        }
        Ok(outcome)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.get_mut().take() {
            lent.hang_up();
        }
    }
}

fn ended() -> DbErr {
    DbErr::Custom("the transaction is over".into())
}
