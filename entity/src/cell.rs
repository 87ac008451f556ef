//! Cells of a result, whoever read it. A row of SQLite's readers is looked at where SQLite keeps it, so that nothing is
//! copied but what is kept.
use crate::{Columns, Json};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use sea_orm::{
    DbErr, RuntimeErr,
    prelude::{Date, DateTimeUtc, DateTimeWithTimeZone, Time, Uuid},
    sqlx::{self, Decode, Row as _, Sqlite, ValueRef as _, sqlite::SqliteRow},
};
use serde::de::DeserializeOwned;
use std::{error::Error, sync::Arc};
use tokio_postgres::types::Type;

/// A row of a result.
pub enum Fetched<'r> {
    /// Of PostgreSQL.
    Server(tokio_postgres::Row),
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
            Self::Server(row) => match row.try_get(index) {
                Ok(Bytes(bytes)) => T::sent(bytes).map_err(|_| unfit()),
                Err(_) => Err(unfit()),
            },
            Self::Sqlite(row) => row.try_get_unchecked(index).map_err(failed),
            Self::File(row) => row
                .get(index)
                .and_then(|value| T::stored(*value).ok())
                .ok_or_else(unfit),
        }
    }

    pub(crate) fn is_null(&self, index: usize) -> Result<bool, DbErr> {
        match self {
            Self::Server(row) => match row.try_get(index) {
                Ok(Bytes(bytes)) => Ok(bytes.is_none()),
                Err(_) => Err(unfit()),
            },
            Self::Sqlite(row) => row.try_get_raw(index).map(|value| value.is_null()).map_err(failed),
            Self::File(row) => match row.get(index) {
                Some(value) => Ok(*value == ValueRef::Null),
                None => Err(unfit()),
            },
        }
    }
}

fn unfit() -> DbErr {
    DbErr::Type("a column does not hold what it should".into())
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

/// A value as PostgreSQL sends it.
pub trait Sent: Sized {
    /// Reads the value; no bytes are null.
    ///
    /// # Errors
    /// A value of another type.
    fn sent(bytes: Option<&[u8]>) -> Result<Self, Box<dyn Error + Sync + Send>>;
}

/// What PostgreSQL sent in a column.
struct Bytes<'r>(Option<&'r [u8]>);

impl<'r> tokio_postgres::types::FromSql<'r> for Bytes<'r> {
    fn from_sql(_: &Type, bytes: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(bytes)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value that is read from both databases.
pub trait Cell: Blank + Sent + Stored + for<'r> Decode<'r, Sqlite> {}

impl<T: Blank + Sent + Stored + for<'r> Decode<'r, Sqlite>> Cell for T {}

macro_rules! cells {
    ($($type:ty: $sent:ident, $stored:expr);+ $(;)?) => {
        $(impl Blank for $type {
            fn blank() -> Self {
                Self::default()
            }
        }

        impl Stored for $type {
            fn stored(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $stored(value)
            }
        }

        impl Sent for $type {
            fn sent(bytes: Option<&[u8]>) -> Result<Self, Box<dyn Error + Sync + Send>> {
                tokio_postgres::types::FromSql::from_sql_nullable(&Type::$sent, bytes)
            }
        })+
    };
}

cells! {
    bool: BOOL, FromSql::column_result;
    i16: INT2, FromSql::column_result;
    i32: INT4, FromSql::column_result;
    i64: INT8, FromSql::column_result;
    f64: FLOAT8, FromSql::column_result;
    String: TEXT, FromSql::column_result;
    Uuid: UUID, FromSql::column_result;
    Date: DATE, day;
    Time: TIME, parsed;
    DateTimeUtc: TIMESTAMPTZ, instant;
}

/// Without a description of the form, which would be read anew for each value.
fn parsed<T: std::str::FromStr>(value: ValueRef<'_>) -> FromSqlResult<T> {
    value.as_str()?.parse().map_err(|_| FromSqlError::InvalidType)
}

/// `2026-03-02`, as it is written; any other form is read the long way.
fn day(value: ValueRef<'_>) -> FromSqlResult<Date> {
    let text = value.as_bytes()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, digit| {
            let digit = char::from(*digit).to_digit(10)?;
            Some(10 * number + digit)
        })
    };
    let read = || match text {
        [year @ .., b'-', m1, m2, b'-', d1, d2] if year.len() == 4 => {
            let year = i32::try_from(number(year)?).ok()?;
            Date::from_ymd_opt(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
        }
        _ => None,
    };
    read().map_or_else(|| parsed(value), Ok)
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

impl<T: Sent> Sent for Option<T> {
    fn sent(bytes: Option<&[u8]>) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match bytes {
            None => Ok(None),
            bytes => T::sent(bytes).map(Some),
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

impl<T: DeserializeOwned> Sent for Json<T> {
    fn sent(bytes: Option<&[u8]>) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let bytes = bytes.ok_or("null")?;
        // What `jsonb` is sent as begins with its version.
        let text = bytes.strip_prefix(&[1]).unwrap_or(bytes);
        Ok(Self(serde_json::from_slice(text)?))
    }
}
