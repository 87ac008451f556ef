//! Cells of a result, whoever read it. A row of SQLite's readers is looked at where SQLite keeps it, so that nothing is
//! copied but what is kept.
use crate::{Columns, Json};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use sea_orm::{
    DbErr, RuntimeErr,
    prelude::{Date, DateTimeUtc, DateTimeWithTimeZone, Time, Uuid},
    sqlx::{self, Decode, Postgres, Row as _, Sqlite, ValueRef as _, postgres::PgRow, sqlite::SqliteRow},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A row of a result.
pub enum Fetched<'r> {
    /// Of PostgreSQL.
    Postgres(PgRow),
    /// Of SQLite, through the connection that writes.
    Sqlite(SqliteRow),
    /// Of SQLite, through one that reads.
    File(Vec<ValueRef<'r>>),
}

impl Fetched<'_> {
    /// The value in a column.
    ///
    /// # Errors
    /// A column of another type.
    pub fn get<T: Cell>(&self, index: usize) -> Result<T, DbErr> {
        match self {
            // A test compares the tables with these types; to compare each value again costs more than to read it.
            Self::Postgres(row) => row.try_get_unchecked(index).map_err(failed),
            Self::Sqlite(row) => row.try_get_unchecked(index).map_err(failed),
            Self::File(row) => row
                .get(index)
                .and_then(|value| T::stored(*value).ok())
                .ok_or_else(|| DbErr::Type("a column does not hold what it should".into())),
        }
    }

    pub(crate) fn is_null(&self, index: usize) -> Result<bool, DbErr> {
        match self {
            Self::Postgres(row) => row.try_get_raw(index).map(|value| value.is_null()).map_err(failed),
            Self::Sqlite(row) => row.try_get_raw(index).map(|value| value.is_null()).map_err(failed),
            Self::File(row) => match row.get(index) {
                Some(value) => Ok(*value == ValueRef::Null),
                None => Err(DbErr::Type("a column is missing".into())),
            },
        }
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

/// The cells of a row, from one on.
pub struct Cells<'r> {
    row: &'r Fetched<'r>,
    columns: Columns,
    /// The next column's place in the table, and in the result.
    place: usize,
    index: usize,
}

impl<'r> Cells<'r> {
    pub(crate) fn of(row: &'r Fetched<'r>, columns: Columns, first: usize) -> Self {
        Self {
            row,
            columns,
            place: 0,
            index: first,
        }
    }

    /// The next value; blank where its column was not selected.
    ///
    /// # Errors
    /// A column of another type.
    pub fn take<T: Cell>(&mut self) -> Result<T, DbErr> {
        let (place, index) = (self.place, self.index);
        self.place += 1;
        if !self.columns.has(place) {
            return Ok(T::blank());
        }
        self.index += 1;
        self.row.get(index)
    }
}

/// What stands for a value that was not selected.
pub trait Blank {
    /// The value.
    fn blank() -> Self;
}

/// A value as SQLite keeps it.
pub trait Stored: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// A value of another type.
    fn stored(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

/// A value that is read from both databases.
pub trait Cell: Blank + Stored + for<'r> Decode<'r, Postgres> + for<'r> Decode<'r, Sqlite> {}

impl<T: Blank + Stored + for<'r> Decode<'r, Postgres> + for<'r> Decode<'r, Sqlite>> Cell for T {}

macro_rules! cells {
    ($($type:ty: $stored:expr),+ $(,)?) => {
        $(impl Blank for $type {
            fn blank() -> Self {
                Self::default()
            }
        }

        impl Stored for $type {
            fn stored(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $stored(value)
            }
        })+
    };
}

cells! {
    bool: FromSql::column_result,
    i16: FromSql::column_result,
    i32: FromSql::column_result,
    i64: FromSql::column_result,
    f64: FromSql::column_result,
    String: FromSql::column_result,
    Uuid: FromSql::column_result,
    Date: parsed,
    Time: parsed,
    DateTimeUtc: instant,
}

/// Without a description of the form, which would be read anew for each value.
fn parsed<T: std::str::FromStr>(value: ValueRef<'_>) -> FromSqlResult<T> {
    value.as_str()?.parse().map_err(|_| FromSqlError::InvalidType)
}

fn instant(value: ValueRef<'_>) -> FromSqlResult<DateTimeUtc> {
    match DateTimeWithTimeZone::parse_from_rfc3339(value.as_str()?) {
        Ok(instant) => Ok(instant.to_utc()),
        Err(_) => FromSql::column_result(value),
    }
}

impl<T> Blank for Option<T> {
    fn blank() -> Self {
        None
    }
}

impl<T: Stored> Stored for Option<T> {
    fn stored(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::stored(value).map(Some),
        }
    }
}

impl<T: Default> Blank for Json<T> {
    fn blank() -> Self {
        Self::default()
    }
}

impl<T: DeserializeOwned> Stored for Json<T> {
    fn stored(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let value = serde_json::from_slice(value.as_bytes()?);
        value.map(Self).map_err(|_| FromSqlError::InvalidType)
    }
}
