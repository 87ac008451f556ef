//! Lists printed as JSON while they are resolved. The executor makes a future and a tree of values for every field; here
//! a field that is ready at once costs neither, and only those that wait for something become futures. Which fields are
//! plain, and need not even be tried, `plain::Object` tells.
//!
//! What is printed cannot be merged any more, as the executor merges objects that are selected twice under one key. So it
//! is printed only where the document holds no such pair (`Request::is_printed`), and resolved the ordinary way elsewhere.
mod objects;
mod planned;
pub mod ready;

pub use objects::Objects;
pub use plain::{Object, Plain};
pub use planned::Planned;

use crate::{node::Record, scope::Request};
use async_graphql::{
    Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    parser::types::Field,
    registry::Registry,
    resolver_utils::{ContainerType, resolve_list},
};
use sea_orm::EntityTrait;
use std::{borrow::Cow, sync::Arc};

/// An object with fields that are printed straight from its methods.
pub trait Plain: ContainerType {
    /// Prints the value of a field of this; false, whatever was printed, where it has to be resolved the ordinary way.
    fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool;

    /// Prints this, the value of `field`, when all that is selected of it is plain; as `print` otherwise.
    fn print_whole(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        field.print_object(self, ctx, out)
    }

    /// The columns of the row that a field of this is made of; none where it needs the whole row, or this is no row.
    fn columns(_field: &str) -> Option<&'static [&'static str]> {
        None
    }

    /// Prints this, an item of a list, or an object alone.
    ///
    /// # Errors
    /// What a field fails with that does not wait.
    fn print_item<'a>(&'a self, index: Option<usize>, list: &mut Objects<'a>) -> ServerResult<()> {
        list.print_object(self, index)
    }
}

impl<T: Plain> Plain for &T {
    fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        (**self).print(ctx, field, out)
    }

    fn print_whole(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        (**self).print_whole(ctx, field, out)
    }

    fn print_item<'a>(&'a self, index: Option<usize>, list: &mut Objects<'a>) -> ServerResult<()> {
        (**self).print_item(index, list)
    }
}

/// Says of an interface or a union which objects are behind it.
#[macro_export]
macro_rules! behind {
    ($name:ident { $($variant:ident),+ }) => {
        impl $crate::print::Plain for $name {
            fn print(
                &self,
                ctx: &async_graphql::ContextSelectionSet<'_>,
                field: &mut $crate::print::Planned<'_>,
                out: &mut Vec<u8>,
            ) -> bool {
                match self { $(Self::$variant(object) => object.print(ctx, field, out)),+ }
            }

            fn print_whole(
                &self,
                ctx: &async_graphql::ContextSelectionSet<'_>,
                field: &mut $crate::print::Planned<'_>,
                out: &mut Vec<u8>,
            ) -> bool {
                match self { $(Self::$variant(object) => object.print_whole(ctx, field, out)),+ }
            }

            fn print_item<'a>(
                &'a self,
                index: Option<usize>,
                list: &mut $crate::print::Objects<'a>,
            ) -> async_graphql::ServerResult<()> {
                match self { $(Self::$variant(object) => object.print_item(index, list)),+ }
            }
        }
    };
}

/// A list of objects.
#[derive(Clone, Debug)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T: Plain> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if !is_printed(ctx) {
            return resolve_list(ctx, field, &self.0, Some(self.0.len())).await;
        }
        let mut objects = Objects::new(ctx, 512 * self.0.len());
        objects.print_all(&self.0)?;
        objects.value().await
    }
}

/// An object, printed as those of a list are.
#[derive(Clone, Debug)]
pub struct One<T>(pub T);

impl<T: Record> From<Arc<<T::Entity as EntityTrait>::Model>> for One<T> {
    fn from(row: Arc<<T::Entity as EntityTrait>::Model>) -> Self {
        Self(T::from(row))
    }
}

impl<T: Plain> ContainerType for One<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }
}

impl<T: Plain> Plain for One<T> {
    fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        self.0.print(ctx, field, out)
    }

    fn print_whole(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        self.0.print_whole(ctx, field, out)
    }

    fn print_item<'a>(&'a self, index: Option<usize>, list: &mut Objects<'a>) -> ServerResult<()> {
        self.0.print_item(index, list)
    }
}

impl<T: Record> Record for One<T> {
    type Entity = T::Entity;
}

impl<T: Plain> OutputType for One<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if !is_printed(ctx) {
            return self.0.resolve(ctx, field).await;
        }
        let mut objects = Objects::new(ctx, 256);
        self.0.print_item(None, &mut objects)?;
        objects.value().await
    }
}

fn is_printed(ctx: &ContextSelectionSet<'_>) -> bool {
    let request = ctx.data_opt::<Arc<Request>>();
    request.is_some_and(|request| request.is_printed())
}

/// About how many bytes a value takes when it is printed: next to all of them are printed already, and would be moved if they
/// did not fit.
pub(crate) fn room(value: &Value) -> usize {
    match value {
        Value::Binary(printed) => printed.len(),
        Value::String(text) => text.len() + 2,
        Value::List(items) => 2 + items.iter().map(|item| room(item) + 1).sum::<usize>(),
        Value::Object(fields) => {
            let room = fields.iter().map(|(name, field)| name.len() + room(field) + 4);
            2 + room.sum::<usize>()
        }
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Enum(_) => 24,
    }
}

/// Prints a value as JSON; binary ones are lists that are printed already.
pub(crate) fn print(value: &Value, out: &mut Vec<u8>) {
    use std::io::Write;
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            // Writing into memory does not fail.
            let _ = write!(out, "{number}");
        }
        Value::String(value) => text(value, out),
        Value::Enum(name) => text(name, out),
        Value::Binary(printed) => out.extend_from_slice(printed),
        Value::List(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                print(item, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (place, (name, field)) in fields.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                text(name, out);
                out.push(b':');
                print(field, out);
            }
            out.push(b'}');
        }
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    // Without an end before the last byte, so that the compiler looks at many at once.
    let is_escaped = |byte: &u8| (*byte < b' ') | (*byte == b'"') | (*byte == b'\\');
    if text.bytes().fold(false, |any, byte| any | is_escaped(&byte)) {
        // A text is JSON, and memory takes all that is written.
        let _ = serde_json::to_writer(out, text);
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
