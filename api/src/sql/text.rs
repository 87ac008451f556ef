//! Statements as they are written.
use super::Dialect;
use sea_orm::{
    Statement, Value,
    sea_query::{PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriter, SqliteQueryBuilder},
};

impl Dialect {
    /// A statement's text and values for this database.
    pub(crate) fn statement(self, query: &SelectStatement) -> Statement {
        let mut text = Text {
            sql: String::with_capacity(2_048),
            values: Vec::new(),
            dialect: self,
        };
        match self {
            Self::Postgres => query.build_collect_into(PostgresQueryBuilder, &mut text),
            Self::Sqlite => query.build_collect_into(SqliteQueryBuilder, &mut text),
        };
        Statement {
            sql: text.sql,
            values: Some(sea_orm::sea_query::Values(text.values)),
            db_backend: self.backend(),
        }
    }
}

/// A statement as it is written. The size of a page, the one unsigned number there is, stands in the text itself: one
/// plan serves all, and it must know that it is for few rows.
struct Text {
    sql: String,
    values: Vec<Value>,
    dialect: Dialect,
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.sql.push_str(text);
        Ok(())
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.sql)
    }
}

impl SqlWriter for Text {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        use std::fmt::Write;
        // Writing into a text does not fail.
        if let Value::BigUnsigned(Some(size)) = value {
            let _ = write!(self.sql, "{size}");
            return;
        }
        self.values.push(value);
        let _ = match self.dialect {
            Dialect::Postgres => write!(self.sql, "${}", self.values.len()),
            Dialect::Sqlite => self.sql.write_str("?"),
        };
    }

    fn as_writer(&mut self) -> &mut dyn std::fmt::Write {
        self
    }
}
