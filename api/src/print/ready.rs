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
        use std::io::Write;
        // As `to_rfc3339` has it, without a text of its own; writing into memory does not fail.
        let _ = write!(out, "\"{:?}+00:00\"", self.naive_utc());
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

#[cfg(test)]
mod tests {
    use super::Ready;
    use crate::node::GlobalId;
    use async_graphql::ID;
    use chrono::{DateTime, TimeDelta, Utc};
    use uuid::Uuid;

    fn printed(value: impl Ready) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn instants_are_printed_as_rfc_3339_has_them() {
        let fractions = [0, 1, 999, 1_000, 120_000, 120_001, 500_000, 999_999];
        for seconds in [-62_135_596_800_i64, -1, 0, 951_782_399, 1_777_777_777, 253_402_300_799] {
            for micros in fractions {
                let instant =
                    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros);
                assert_eq!(printed(instant), format!("\"{}\"", instant.to_rfc3339()));
            }
        }
    }

    #[test]
    fn ids_are_printed_as_they_are_read() {
        for name in [
            "A",
            "AthleteTrainingSession",
            "x".repeat(79).leak(),
            "x".repeat(80).leak(),
            "x".repeat(300).leak(),
        ] {
            for id in [
                Uuid::nil(),
                Uuid::max(),
                Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            ] {
                let global = GlobalId::named(name, id);
                assert_eq!(printed(global), format!("\"{}\"", ID::from(global).0));
            }
        }
    }
}
