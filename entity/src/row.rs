//! Rows read column by column in the order of the table, which is that of the struct. By name, and with a text made for
//! every null, as the derived reading does it, a page of sessions costs more than its query.
use sea_orm::{
    ActiveValue, DbErr, QueryResult, RuntimeErr, Value,
    prelude::{Date, DateTimeUtc, Time, Uuid},
    sqlx::{self, Decode, Postgres, Row as _, Sqlite, Type, ValueRef as _, postgres::PgRow, sqlite::SqliteRow},
};
use std::sync::Arc;

/// A table's row, read from columns of a result that stand in the order of the table.
pub trait Row: Sized {
    /// Reads the cells one by one.
    ///
    /// # Errors
    /// A column of another type.
    fn read_cells(cells: &mut Cells<'_>) -> Result<Self, DbErr>;

    /// Reads a row from the first columns, of which `columns` were selected. The others are blank: nobody may look at what
    /// was not selected.
    ///
    /// # Errors
    /// A column of another type.
    fn read_some(row: &QueryResult, columns: Columns) -> Result<Self, DbErr> {
        Self::read_cells(&mut Cells::of(row, columns, 0)?)
    }

    /// Reads a whole row that begins at a column; none where that column, the row's id, is null.
    ///
    /// # Errors
    /// A column of another type.
    fn read_beside(row: &QueryResult, first: usize) -> Result<Option<Self>, DbErr> {
        let mut cells = Cells::of(row, Columns::ALL, first)?;
        if cells.is_null()? {
            return Ok(None);
        }
        Self::read_cells(&mut cells).map(Some)
    }

    /// Reads a whole row.
    ///
    /// # Errors
    /// A column of another type.
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Self::read_some(row, Columns::ALL)
    }
}

/// Some of a table's columns, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// Every column.
    pub const ALL: Self = Self(u64::MAX);
    /// No column.
    pub const NONE: Self = Self(0);

    /// These and the one at a place; places from 63 on share a bit.
    #[must_use]
    pub fn with(self, place: usize) -> Self {
        Self(self.0 | 1 << place.min(63))
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// How many of a table's first `count` columns are among them.
    #[must_use]
    pub fn among(self, count: usize) -> usize {
        (0..count).filter(|place| self.has(*place)).count()
    }

    /// Whether the one at a place is among them.
    pub fn has(self, place: usize) -> bool {
        self.0 & 1 << place.min(63) != 0
    }
}

/// What stands for a value that was not selected.
pub trait Blank {
    /// The value.
    fn blank() -> Self;
}

macro_rules! blank {
    ($($type:ty),+) => {
        $(impl Blank for $type {
            fn blank() -> Self {
                Self::default()
            }
        })+
    };
}
blank!(bool, i16, i32, i64, f64, String, Uuid, Date, Time, DateTimeUtc);

impl<T> Blank for Option<T> {
    fn blank() -> Self {
        None
    }
}

impl<T: Default> Blank for crate::Json<T> {
    fn blank() -> Self {
        Self::default()
    }
}

/// A value that both databases can read.
pub trait Cell:
    Blank + for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

impl<T> Cell for T where
    T: Blank + for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

/// The cells of a row, from one on.
pub struct Cells<'r> {
    row: Source<'r>,
    columns: Columns,
    /// The next column's place in the table, and in the result.
    place: usize,
    index: usize,
}

enum Source<'r> {
    Postgres(&'r PgRow),
    Sqlite(&'r SqliteRow),
}

impl<'r> Cells<'r> {
    fn of(row: &'r QueryResult, columns: Columns, first: usize) -> Result<Self, DbErr> {
        let postgres = row.try_as_pg_row().map(Source::Postgres);
        let row = postgres.or_else(|| row.try_as_sqlite_row().map(Source::Sqlite));
        let row = row.ok_or_else(|| DbErr::Type("a row of an unknown database".into()))?;
        Ok(Self {
            row,
            columns,
            place: 0,
            index: first,
        })
    }

    fn is_null(&self) -> Result<bool, DbErr> {
        match self.row {
            Source::Postgres(row) => row.try_get_raw(self.index).map(|value| value.is_null()),
            Source::Sqlite(row) => row.try_get_raw(self.index).map(|value| value.is_null()),
        }
        .map_err(failed)
    }

    pub(crate) fn next<T: Cell>(&mut self) -> Result<T, DbErr> {
        let (place, index) = (self.place, self.index);
        self.place += 1;
        if !self.columns.has(place) {
            return Ok(T::blank());
        }
        self.index += 1;
        match self.row {
            // A test compares the tables with these types; to compare each value again costs more than to read it.
            Source::Postgres(row) => row.try_get_unchecked(index),
            Source::Sqlite(row) => row.try_get_unchecked(index),
        }
        .map_err(failed)
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

/// What is to change of a row that was read.
pub trait Changes {
    /// The row with nothing but what was set since.
    #[must_use]
    fn changes(self) -> Self;
}

pub(crate) fn change<T: Into<Value>>(value: ActiveValue<T>) -> ActiveValue<T> {
    match value {
        ActiveValue::Unchanged(_) => ActiveValue::NotSet,
        value => value,
    }
}

/// Declares a table's row: the struct as it stands, how it is read, and what is to change of it.
macro_rules! row {
    ($(#[$meta:meta])* pub struct Model { $($body:tt)* }) => {
        $(#[$meta])*
        pub struct Model { $($body)* }

        $crate::row::read! { $($body)* }
    };
}

macro_rules! read {
    ($($(#[$meta:meta])* pub $field:ident: $type:ty),* $(,)?) => {
        impl $crate::row::Row for Model {
            fn read_cells(cells: &mut $crate::row::Cells<'_>) -> Result<Self, sea_orm::DbErr> {
                Ok(Self { $($field: cells.next()?),* })
            }
        }

        impl $crate::Changes for ActiveModel {
            fn changes(self) -> Self {
                Self { $($field: $crate::row::change(self.$field)),* }
            }
        }
    };
}

pub(crate) use {read, row};
