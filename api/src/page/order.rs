//! Orders of lists, and where a row stands in one.
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnType, Value};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// Where a row stands in an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Place {
    #[serde(rename = "n")]
    Number(i64),
    #[serde(rename = "d")]
    Day(NaiveDate),
    #[serde(rename = "i")]
    Instant(DateTime<Utc>),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "u")]
    Id(Uuid),
}

impl Place {
    pub(super) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Int(Some(number)) => Some(Self::Number(number.into())),
            Value::BigInt(Some(number)) => Some(Self::Number(number)),
            Value::ChronoDate(Some(day)) => Some(Self::Day(day)),
            Value::ChronoDateTimeUtc(Some(instant)) => Some(Self::Instant(instant)),
            Value::String(Some(text)) => Some(Self::Text(text)),
            Value::Uuid(Some(id)) => Some(Self::Id(id)),
            _ => None,
        }
    }

    /// Whether a column of this type has such places; a cursor is what a client says it is.
    pub(super) fn fits(&self, column: &ColumnType) -> bool {
        match self {
            Self::Number(_) => matches!(column, ColumnType::Integer | ColumnType::BigInteger),
            Self::Day(_) => matches!(column, ColumnType::Date),
            Self::Instant(_) => matches!(column, ColumnType::TimestampWithTimeZone),
            Self::Text(text) => matches!(column, ColumnType::String(_) | ColumnType::Text) && !text.contains('\0'),
            Self::Id(_) => matches!(column, ColumnType::Uuid),
        }
    }

    pub(super) fn value(self) -> Value {
        match self {
            Self::Number(number) => number.into(),
            Self::Day(day) => day.into(),
            Self::Instant(instant) => instant.into(),
            Self::Text(text) => text.into(),
            Self::Id(id) => id.into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Cursor<'a>(
    pub(super) Cow<'a, str>,
    pub(super) bool,
    pub(super) Place,
    pub(super) Uuid,
);

/// Direction of a sort.
#[derive(async_graphql::Enum, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderDirection {
    /// Smallest, earliest or alphabetically first at the top.
    #[default]
    Asc,
    /// Largest, latest or alphabetically last at the top.
    Desc,
}

/// An order as clients ask for it.
pub trait Sorting {
    /// Its place in `Ordered::ORDERS`, and the direction.
    fn sorting(self) -> (usize, OrderDirection);
}

/// The order of a list as clients ask for it: the enumeration of its fields, in the order of `Ordered::ORDERS`, and the
/// input that names one of them; behind it the field and the direction when nothing is asked.
macro_rules! order {
    (
        $(#[$field_meta:meta])* $fields:ident { $($(#[$meta:meta])* $field:ident),+ $(,)? }
        $(#[$order_meta:meta])* $order:ident = $first:ident $direction:ident
    ) => {
        $(#[$field_meta])*
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $fields { $($(#[$meta])* $field),+ }

        $(#[$order_meta])*
        #[derive(async_graphql::InputObject, Clone, Copy, Debug)]
        pub struct $order {
            /// By what.
            pub field: $fields,
            /// In which direction.
            #[graphql(default)]
            pub direction: $crate::page::OrderDirection,
        }

        impl Default for $order {
            fn default() -> Self {
                let (field, direction) = ($fields::$first, $crate::page::OrderDirection::$direction);
                Self { field, direction }
            }
        }

        impl $crate::page::Sorting for $order {
            fn sorting(self) -> (usize, $crate::page::OrderDirection) {
                (self.field as usize, self.direction)
            }
        }
    };
}
pub(crate) use order;
