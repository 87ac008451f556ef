//! Inputs onto rows: what was not given is left alone, null clears, a value sets.
use crate::scalar::{Date, LocalTime};
use async_graphql::MaybeUndefined;
use chrono::{NaiveDate, NaiveTime};
use sea_orm::{ActiveValue, Value};

/// Turns an input's field into a change of a column.
pub trait Patch<T: Into<Value>> {
    /// Leave, clear or set.
    fn patch(self) -> ActiveValue<T>;

    /// Leaves, clears or sets a column of a row that was read, which stays unchanged when it holds that already.
    fn onto(self, column: &mut ActiveValue<T>)
    where
        Self: Sized,
        T: PartialEq,
    {
        if let ActiveValue::Set(value) = self.patch() {
            column.set_ne(value);
        }
    }
}

impl<T: Into<Value>> Patch<T> for Option<T> {
    fn patch(self) -> ActiveValue<T> {
        self.map_or(ActiveValue::NotSet, ActiveValue::Set)
    }
}

impl<T> Patch<Option<T>> for MaybeUndefined<T>
where
    Option<T>: Into<Value>,
{
    fn patch(self) -> ActiveValue<Option<T>> {
        match self {
            Self::Undefined => ActiveValue::NotSet,
            Self::Null => ActiveValue::Set(None),
            Self::Value(value) => ActiveValue::Set(Some(value)),
        }
    }
}

impl Patch<NaiveDate> for Option<Date> {
    fn patch(self) -> ActiveValue<NaiveDate> {
        self.map(NaiveDate::from).patch()
    }
}

impl Patch<Option<NaiveDate>> for MaybeUndefined<Date> {
    fn patch(self) -> ActiveValue<Option<NaiveDate>> {
        self.map_value(NaiveDate::from).patch()
    }
}

impl Patch<Option<NaiveTime>> for MaybeUndefined<LocalTime> {
    fn patch(self) -> ActiveValue<Option<NaiveTime>> {
        self.map_value(NaiveTime::from).patch()
    }
}
