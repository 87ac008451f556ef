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
    // Of a wide row most columns are blank, which is told without a call.
    #[inline]
    pub fn take<T: Cell>(&mut self) -> Result<T, DbErr> {
        let place = self.place;
        self.place += 1;
        if !self.columns.has(place) {
            return Ok(T::blank());
        }
        self.next()
    }

    #[inline(never)]
    fn next<T: Cell>(&mut self) -> Result<T, DbErr> {
        let index = self.index;
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
    ($($type:ty: $sent:expr, $stored:expr);+ $(;)?) => {
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
                $sent(bytes.ok_or("null")?)
            }
        })+
    };
}

cells! {
    bool: sent_as(Type::BOOL), FromSql::column_result;
    i16: sent_as(Type::INT2), FromSql::column_result;
    i32: sent_as(Type::INT4), FromSql::column_result;
    i64: sent_as(Type::INT8), FromSql::column_result;
    f64: sent_as(Type::FLOAT8), FromSql::column_result;
    String: sent_as(Type::TEXT), FromSql::column_result;
    Uuid: sent_as(Type::UUID), FromSql::column_result;
    Date: sent_day, day;
    Time: sent_as(Type::TIME), parsed;
    DateTimeUtc: sent_instant, instant;
}

/// As the driver reads it.
fn sent_as<'b, T: tokio_postgres::types::FromSql<'b>>(
    kind: Type,
) -> impl FnOnce(&'b [u8]) -> Result<T, Box<dyn Error + Sync + Send>> {
    move |bytes| T::from_sql(&kind, bytes)
}

/// Days from the first of January 1 to the first of January 2000, from which PostgreSQL counts, both included.
const FIRST_DAY: i32 = 730_120;

/// Microseconds from the first of January 1970 to the first of January 2000.
const FIRST_INSTANT: i64 = 946_684_800_000_000;

/// Not by a stretch of time that is added to a day, which costs several times as much.
fn sent_day(bytes: &[u8]) -> Result<Date, Box<dyn Error + Sync + Send>> {
    let days = i32::from_be_bytes(bytes.try_into()?);
    let day = days.checked_add(FIRST_DAY).and_then(Date::from_num_days_from_ce_opt);
    day.ok_or_else(|| "no day of the calendar".into())
}

fn sent_instant(bytes: &[u8]) -> Result<DateTimeUtc, Box<dyn Error + Sync + Send>> {
    let micros = i64::from_be_bytes(bytes.try_into()?);
    let instant = micros
        .checked_add(FIRST_INSTANT)
        .and_then(DateTimeUtc::from_timestamp_micros);
    instant.ok_or_else(|| "no instant of the calendar".into())
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

#[cfg(test)]
mod tests {
    use super::{Sent, Type};
    use sea_orm::prelude::{Date, DateTimeUtc};
    use tokio_postgres::types::FromSql;

    #[test]
    fn days_and_instants_are_what_the_driver_says() {
        for days in (-700_000_i32..700_000).step_by(997).chain(-800..800) {
            let bytes = days.to_be_bytes();
            let expected = Date::from_sql(&Type::DATE, &bytes).expect("a day");
            assert_eq!(Date::sent(Some(&bytes)).expect("a day"), expected);
            let micros = (i64::from(days) * 86_399_999_983).to_be_bytes();
            let expected = DateTimeUtc::from_sql(&Type::TIMESTAMPTZ, &micros).expect("an instant");
            assert_eq!(DateTimeUtc::sent(Some(&micros)).expect("an instant"), expected);
        }
    }

    #[test]
    fn days_and_instants_without_end_are_none() {
        for end in [i32::MIN, i32::MAX] {
            assert!(Date::sent(Some(&end.to_be_bytes())).is_err());
        }
        for end in [i64::MIN, i64::MAX] {
            assert!(DateTimeUtc::sent(Some(&end.to_be_bytes())).is_err());
        }
        assert!(Date::sent(None).is_err());
        assert_eq!(Option::<Date>::sent(None).expect("none"), None);
    }
}
