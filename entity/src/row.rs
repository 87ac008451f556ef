//! Rows read column by column in the order of the table, which is that of the struct. By name, and with a text made for
//! every null, as the derived reading does it, a page of sessions costs more than its query.
use crate::{Cells, Fetched};
use sea_orm::{ActiveValue, DbErr, Value};

/// A table's row, or one of figures, read from columns of a result that stand in the order of its fields.
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
    fn read_some(row: &Fetched<'_>, columns: Columns) -> Result<Self, DbErr> {
        Self::read_cells(&mut Cells::of(row, columns, 0))
    }

    /// Reads a row that begins at a column, of which `columns` were selected; none where that column, the row's id, is null.
    ///
    /// # Errors
    /// A column of another type.
    fn read_some_beside(row: &Fetched<'_>, first: usize, columns: Columns) -> Result<Option<Self>, DbErr> {
        if row.is_null(first)? {
            return Ok(None);
        }
        Self::read_cells(&mut Cells::of(row, columns, first)).map(Some)
    }

    /// Reads a whole row that begins at a column, as `read_some_beside`.
    ///
    /// # Errors
    /// A column of another type.
    fn read_beside(row: &Fetched<'_>, first: usize) -> Result<Option<Self>, DbErr> {
        Self::read_some_beside(row, first, Columns::ALL)
    }

    /// Reads a whole row.
    ///
    /// # Errors
    /// A column of another type.
    fn read(row: &Fetched<'_>) -> Result<Self, DbErr> {
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

/// Declares a row: the struct as it stands, how it is read, from columns in the order of its fields, and, of a table, what
/// is to change of it.
#[macro_export]
macro_rules! row {
    (@read $name:ident $($(#[$meta:meta])* $visibility:vis $field:ident: $type:ty),* $(,)?) => {
        impl $crate::Row for $name {
            fn read_cells(cells: &mut $crate::Cells<'_>) -> Result<Self, sea_orm::DbErr> {
                Ok(Self { $($field: cells.take()?),* })
            }
        }
    };
    (@changes $($(#[$meta:meta])* $visibility:vis $field:ident: $type:ty),* $(,)?) => {
        impl $crate::Changes for ActiveModel {
            fn changes(self) -> Self {
                Self { $($field: $crate::row::change(self.$field)),* }
            }
        }
    };
    ($(#[$meta:meta])* $visibility:vis struct Model { $($body:tt)* }) => {
        $(#[$meta])*
        $visibility struct Model { $($body)* }

        $crate::row! { @read Model $($body)* }
        $crate::row! { @changes $($body)* }
    };
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        $visibility struct $name { $($body)* }

        $crate::row! { @read $name $($body)* }
    };
}
