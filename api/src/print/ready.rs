//! Values that are ready are printed as they are; which way, the compiler finds by the type: `plain` prints through as many
//! references as there are ways, and the first that has one wins.
use super::{List, Plain, Planned, text};
use async_graphql::{ContextSelectionSet, ID, resolver_utils::EnumType};
use chrono::{DateTime, Utc};

/// A leaf of an answer that is JSON at once.
pub trait Ready {
    /// Writes it.
    fn write(&self, out: &mut Vec<u8>);
}

impl Ready for str {
    fn write(&self, out: &mut Vec<u8>) {
        text(self, out);
    }
}

impl Ready for String {
    fn write(&self, out: &mut Vec<u8>) {
        text(self, out);
    }
}

impl Ready for ID {
    fn write(&self, out: &mut Vec<u8>) {
        text(self, out);
    }
}

impl Ready for DateTime<Utc> {
    fn write(&self, out: &mut Vec<u8>) {
        text(&self.to_rfc3339(), out);
    }
}

macro_rules! numbers {
    ($($type:ty),+) => {
        $(impl Ready for $type {
            fn write(&self, out: &mut Vec<u8>) {
                // A number is JSON, or null where it is none, and memory takes all that is written.
                let _ = serde_json::to_writer(out, self);
            }
        })+
    };
}
numbers!(bool, i32, i64, f64);

impl<T: Ready + ?Sized> Ready for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: Ready> Ready for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// What a field's method gave.
pub struct Value<T>(pub T);

macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident)+) => {
        $(
            $(#[$doc])*
            pub trait $name {
                /// Prints the value of a field; false, whatever was printed, where it has to be resolved the ordinary way.
                fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool;
            }
        )+
    };
}

ways! {
    /// First: a leaf.
    AsReady
    /// Second: an enum.
    AsEnum
    /// Third: an enum, or null.
    AsOptionalEnum
    /// Fourth: a list of objects whose fields are plain.
    AsList
    /// Fifth: an object whose fields are plain.
    AsObject
    /// Last: anything else.
    AsWaiting
}

impl<T: Ready> AsReady for &&&&&Value<T> {
    fn print(&self, _: &ContextSelectionSet<'_>, _: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        self.0.write(out);
        true
    }
}

impl<T: EnumType> AsEnum for &&&&Value<T> {
    fn print(&self, _: &ContextSelectionSet<'_>, _: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        named(self.0, out)
    }
}

impl<T: EnumType> AsOptionalEnum for &&&Value<Option<T>> {
    fn print(&self, _: &ContextSelectionSet<'_>, _: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        match self.0 {
            Some(value) => named(value, out),
            None => {
                out.extend_from_slice(b"null");
                true
            }
        }
    }
}

impl<T: Plain> AsList for &&Value<List<T>> {
    fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        field.print_list(&self.0.0, ctx, out)
    }
}

impl<T: Plain> AsObject for &Value<T> {
    fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        self.0.print_whole(ctx, field, out)
    }
}

impl<T> AsWaiting for Value<T> {
    fn print(&self, _: &ContextSelectionSet<'_>, _: &mut Planned<'_>, _: &mut Vec<u8>) -> bool {
        false
    }
}

fn named<T: EnumType>(value: T, out: &mut Vec<u8>) -> bool {
    let Some(item) = T::items().iter().find(|item| item.value == value) else {
        return false;
    };
    text(item.name, out);
    true
}
