//! Rows read column by column in the order of the table, which is that of the struct. By name, and with a text made for
//! every null, as the derived reading does it, a page of sessions costs more than its query.
use sea_orm::{
    DbErr, QueryResult, RuntimeErr,
    sqlx::{Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow},
};
use std::sync::Arc;

/// A table's row, read from the first columns of a result.
pub trait Row: Sized {
    /// Reads the row.
    ///
    /// # Errors
    /// A column of another type.
    fn read(row: &QueryResult) -> Result<Self, DbErr>;
}

/// A value that both databases can read.
pub trait Cell: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

impl<T> Cell for T where T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

/// The cells of a row, from the first on.
pub(crate) struct Cells<'r> {
    row: Source<'r>,
    next: usize,
}

enum Source<'r> {
    Postgres(&'r PgRow),
    Sqlite(&'r SqliteRow),
}

impl<'r> Cells<'r> {
    pub(crate) fn of(row: &'r QueryResult) -> Result<Self, DbErr> {
        let postgres = row.try_as_pg_row().map(Source::Postgres);
        let row = postgres.or_else(|| row.try_as_sqlite_row().map(Source::Sqlite));
        let row = row.ok_or_else(|| DbErr::Type("a row of an unknown database".into()))?;
        Ok(Self { row, next: 0 })
    }

    pub(crate) fn next<T: Cell>(&mut self) -> Result<T, DbErr> {
        let index = self.next;
        self.next += 1;
        match self.row {
            Source::Postgres(row) => row.try_get(index),
            Source::Sqlite(row) => row.try_get(index),
        }
        .map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }
}

/// Declares a table's row: the struct as it stands, and how it is read.
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
            fn read(row: &sea_orm::QueryResult) -> Result<Self, sea_orm::DbErr> {
                let mut cells = $crate::row::Cells::of(row)?;
                Ok(Self { $($field: cells.next()?),* })
            }
        }
    };
}

pub(crate) use {read, row};
