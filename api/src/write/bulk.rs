//! Many rows at a time, without a word in the change feed.
use super::Tx;
use crate::{error::Refusal, sql::Dialect};
use sea_orm::{ActiveModelTrait, DatabaseBackend, EntityTrait, Iterable, QueryTrait, Statement};

impl Tx {
    /// Inserts rows by one statement for each thousand or so, without a word in the change feed.
    pub async fn insert_rows<A>(&self, rows: Vec<A>) -> Result<(), Refusal>
    where
        A: ActiveModelTrait,
    {
        // SQLite binds at most 32,766 values; PostgreSQL takes a column as one.
        let width = <A::Entity as EntityTrait>::Column::iter().count().max(1);
        let most = match self.dialect() {
            Dialect::Postgres => 1_000,
            Dialect::Sqlite => (32_000 / width).min(1_000),
        };
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<A> = rows.by_ref().take(most).collect();
            match self.dialect().columnwise(&chunk) {
                Some(statement) => self.session.execute_raw(statement).await?,
                None => {
                    self.session
                        .execute(&A::Entity::insert_many(chunk).into_query())
                        .await?
                }
            };
        }
        Ok(())
    }

    /// Has the database believe, until the end, that what rows refer to is there: for rows in bulk that were made
    /// together with what they refer to.
    pub(crate) async fn trust_references(&self) -> Result<(), Refusal> {
        if let Some(statement) = self.dialect().trust_references() {
            self.session.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Drops the plain indexes of tables that are about to be filled; the statements that make them again.
    pub(crate) async fn drop_indexes(&self, tables: &[&str]) -> Result<Vec<String>, Refusal> {
        let Some(statement) = self.dialect().plain_indexes(tables) else {
            return Ok(Vec::new());
        };
        let mut definitions = Vec::new();
        for row in self.session.query_raw(statement).await? {
            let name: String = row.get(0)?;
            definitions.push(row.get(1)?);
            self.make_index(&format!("DROP INDEX {name}")).await?;
        }
        Ok(definitions)
    }

    /// Makes an index that `drop_indexes` dropped, however long it takes.
    pub(crate) async fn make_index(&self, definition: &str) -> Result<(), Refusal> {
        for sql in ["SET LOCAL statement_timeout = 0", definition] {
            let statement = Statement::from_string(DatabaseBackend::Postgres, sql);
            self.session.execute_raw(statement).await?;
        }
        Ok(())
    }
}
