//! Lists printed as JSON while they are resolved. The executor makes a future and a tree of values for every field; here
//! a field that is ready at once costs neither, and only those that wait for something become futures. Which fields are
//! plain, and need not even be tried, `plain::Object` tells.
//!
//! What is printed cannot be merged any more, as the executor merges objects that are selected twice under one key. So it
//! is printed only where the document holds no such pair (`Request::is_printed`), and resolved the ordinary way elsewhere.
pub mod ready;

use crate::{node::Record, scope::Request};
use async_graphql::{
    Context, ContextSelectionSet, OutputType, Positioned, QueryEnv, SchemaEnv, ServerError, ServerResult, Value,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{ContainerType, resolve_list},
};
use futures_util::future::BoxFuture;
use sea_orm::EntityTrait;
use std::{
    borrow::Cow,
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context as Task, Poll, Waker},
};

/// An object with fields that are printed straight from its methods.
pub trait Plain: ContainerType {
    /// Prints the value of a field; false, whatever was printed, where it has to be resolved the ordinary way.
    fn print(&self, _ctx: &ContextSelectionSet<'_>, _field: &mut Planned<'_>, _out: &mut Vec<u8>) -> bool {
        false
    }
}

impl<T: Plain> Plain for &T {
    fn print(&self, ctx: &ContextSelectionSet<'_>, field: &mut Planned<'_>, out: &mut Vec<u8>) -> bool {
        (**self).print(ctx, field, out)
    }
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
        if ctx
            .data_opt::<Arc<Request>>()
            .is_some_and(|request| request.is_printed())
        {
            printed(ctx, field, &self.0).await
        } else {
            resolve_list(ctx, field, &self.0, Some(self.0.len())).await
        }
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
        let is_plain = self.0.introspection_type_name() == T::type_name();
        if !is_plain
            || !ctx
                .data_opt::<Arc<Request>>()
                .is_some_and(|request| request.is_printed())
        {
            return self.0.resolve(ctx, field).await;
        }
        let mut fields = Planned::all(Document::of(ctx), ctx.item, &T::type_name())?;
        let (mut out, mut waiting) = (Vec::with_capacity(256), Vec::new());
        object(ctx, None, &self.0, &mut fields, &mut out, &mut waiting)?;
        Ok(Value::Binary(filled(out, waiting).await?.into()))
    }
}

/// The document that is answered, and the schema it was checked against.
#[derive(Clone, Copy)]
struct Document<'a> {
    query: &'a QueryEnv,
    schema: &'a SchemaEnv,
}

impl<'a> Document<'a> {
    fn of(ctx: &ContextSelectionSet<'a>) -> Self {
        Self {
            query: ctx.query_env,
            schema: ctx.schema_env,
        }
    }
}

/// A field selected of the objects.
pub struct Planned<'a> {
    field: &'a Positioned<Field>,
    document: Document<'a>,
    /// Its key as it is printed, with the comma before it.
    key: Vec<u8>,
    /// Whether it is asked for straight: it takes no arguments, and was plain so far.
    is_plain: bool,
    /// Whether it is tried on the stack, and begun again when it waits: a leaf without arguments that did not wait so far.
    /// What has fields of its own is never begun twice, or each level would double what those below it do.
    is_tried: bool,
    /// The fields selected of its objects, once they were asked for straight.
    inner: Vec<Planned<'a>>,
}

impl<'a> Planned<'a> {
    /// The fields that a selection asks of objects of one type.
    fn all(
        document: Document<'a>,
        selection: &'a Positioned<SelectionSet>,
        type_name: &str,
    ) -> ServerResult<Vec<Self>> {
        let mut fields = Vec::new();
        collect(document, selection, type_name, &mut fields)?;
        Ok(fields)
    }

    fn new(document: Document<'a>, field: &'a Positioned<Field>) -> Self {
        let takes_nothing = field.node.arguments.is_empty();
        // A name needs no escape.
        let key = format!(",\"{}\":", field.node.response_key().node);
        Self {
            field,
            document,
            key: key.into_bytes(),
            is_plain: takes_nothing,
            is_tried: takes_nothing && field.node.selection_set.node.items.is_empty(),
            inner: Vec::new(),
        }
    }

    /// Its name in the schema.
    pub fn name(&self) -> &'a str {
        &self.field.node.name.node
    }

    /// As the document has it.
    pub fn field(&self) -> &'a Positioned<Field> {
        self.field
    }

    /// Prints the object that its value is, when all that is selected of it is plain.
    fn object<T: Plain>(&mut self, item: &T, ctx: &ContextSelectionSet<'_>, out: &mut Vec<u8>) -> bool {
        if item.introspection_type_name() != T::type_name() {
            return false;
        }
        if self.inner.is_empty() {
            match Self::all(self.document, &self.field.node.selection_set, &T::type_name()) {
                Ok(inner) => self.inner = inner,
                Err(_) => return false,
            }
        }
        let own = ctx.with_field(self.field);
        let own = own.with_selection_set(&self.field.node.selection_set);
        out.push(b'{');
        let begin = out.len();
        for field in &mut self.inner {
            field.write_key(begin, out);
            let is_printed = match field.name() {
                "__typename" => {
                    text(&T::type_name(), out);
                    true
                }
                _ => field.is_plain && item.print(&own, field, out),
            };
            if !is_printed {
                return false;
            }
        }
        out.push(b'}');
        true
    }

    /// The key, in an object that begins at a place.
    fn write_key(&self, begin: usize, out: &mut Vec<u8>) {
        let from = usize::from(out.len() == begin);
        out.extend_from_slice(&self.key[from..]);
    }
}

/// Values that are not ready, and the places where they belong.
type Waiting<'a> = Vec<(usize, BoxFuture<'a, ServerResult<Value>>)>;

async fn printed<'a, T: Plain>(
    ctx: &'a ContextSelectionSet<'a>,
    field: &'a Positioned<Field>,
    items: &'a [T],
) -> ServerResult<Value> {
    let mut fields = Planned::all(Document::of(ctx), ctx.item, &T::type_name())?;
    let mut out = Vec::with_capacity(256 * items.len() + 2);
    let mut waiting: Waiting<'a> = Vec::new();
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if item.introspection_type_name() == T::type_name() {
            object(ctx, Some(index), item, &mut fields, &mut out, &mut waiting)?;
        } else {
            // An interface knows its own fields only; the executor asks the object behind it.
            let whole = async move { item.resolve(&ctx.with_index(index), field).await };
            waiting.push((out.len(), Box::pin(whole)));
        }
    }
    out.push(b']');
    Ok(Value::Binary(filled(out, waiting).await?.into()))
}

/// Prints one object, but for the fields that wait.
fn object<'a, T: Plain>(
    ctx: &'a ContextSelectionSet<'a>,
    index: Option<usize>,
    item: &'a T,
    fields: &mut [Planned<'a>],
    out: &mut Vec<u8>,
    waiting: &mut Waiting<'a>,
) -> ServerResult<()> {
    let indexed = index.map(|index| ctx.with_index(index));
    let own = indexed.as_ref().unwrap_or(ctx);
    out.push(b'{');
    let begin = out.len();
    for planned in fields {
        planned.write_key(begin, out);
        let field = planned.field;
        if planned.name() == "__typename" {
            text(&T::type_name(), out);
            continue;
        }
        if planned.is_plain {
            let end = out.len();
            if item.print(own, planned, out) {
                continue;
            }
            out.truncate(end);
            planned.is_plain = false;
        }
        let mut task = Task::from_waker(Waker::noop());
        if planned.is_tried {
            let own = own.with_field(field);
            if let Poll::Ready(value) = pin!(item.resolve_field(&own)).poll(&mut task) {
                print(&value?.unwrap_or_default(), out);
                continue;
            }
            planned.is_tried = false;
        }
        let mut future: BoxFuture<'a, _> = Box::pin(resolve(ctx, index, item, field));
        match future.as_mut().poll(&mut task) {
            Poll::Ready(value) => print(&value?, out),
            Poll::Pending => waiting.push((out.len(), future)),
        }
    }
    out.push(b'}');
    Ok(())
}

async fn resolve<'a, T: ContainerType>(
    ctx: &'a ContextSelectionSet<'a>,
    index: Option<usize>,
    item: &'a T,
    field: &'a Positioned<Field>,
) -> ServerResult<Value> {
    let indexed = index.map(|index| ctx.with_index(index));
    let own = indexed.as_ref().unwrap_or(ctx).with_field(field);
    Ok(item.resolve_field(&own).await?.unwrap_or_default())
}

/// What was printed, with the values that it waited for in their places.
async fn filled(out: Vec<u8>, waiting: Waiting<'_>) -> ServerResult<Vec<u8>> {
    if waiting.is_empty() {
        return Ok(out);
    }
    let (places, futures): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
    let values = all(futures).await?;
    let mut whole = Vec::with_capacity(out.len() + 64 * values.len());
    let mut from = 0;
    for (place, value) in places.into_iter().zip(values) {
        whole.extend_from_slice(&out[from..place]);
        print(&value, &mut whole);
        from = place;
    }
    whole.extend_from_slice(&out[from..]);
    Ok(whole)
}

/// All values, in their order. They wait for the same few batches, so that each wake is for nearly all of them; a queue of
/// those that were woken would cost more than to ask every one.
async fn all(mut futures: Vec<BoxFuture<'_, ServerResult<Value>>>) -> ServerResult<Vec<Value>> {
    let mut values: Vec<Option<Value>> = futures.iter().map(|_| None).collect();
    poll_fn(|task| {
        let mut is_pending = false;
        for (future, value) in futures.iter_mut().zip(&mut values).filter(|(_, value)| value.is_none()) {
            match future.as_mut().poll(task) {
                Poll::Ready(Ok(ready)) => *value = Some(ready),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => is_pending = true,
            }
        }
        if is_pending { Poll::Pending } else { Poll::Ready(Ok(())) }
    })
    .await?;
    Ok(values.into_iter().flatten().collect())
}

/// The fields that a selection asks of objects of one type, fragments resolved, each key once.
fn collect<'a>(
    document: Document<'a>,
    selection: &'a Positioned<SelectionSet>,
    type_name: &str,
    fields: &mut Vec<Planned<'a>>,
) -> ServerResult<()> {
    for item in &selection.node.items {
        let (condition, inner) = match &item.node {
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                if fields
                    .iter()
                    .all(|planned| planned.field.node.response_key().node != *key)
                {
                    fields.push(Planned::new(document, field));
                }
                continue;
            }
            Selection::InlineFragment(fragment) => (
                fragment.node.type_condition.as_ref().map(|on| &on.node.on.node),
                &fragment.node.selection_set,
            ),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let Some(fragment) = document.query.fragments.get(name) else {
                    let message = format!("Unknown fragment \"{name}\".");
                    return Err(ServerError::new(message, Some(spread.pos)));
                };
                let condition = &fragment.node.type_condition.node.on.node;
                (Some(condition), &fragment.node.selection_set)
            }
        };
        let applies = condition.is_none_or(|condition| {
            let interfaces = document.schema.registry.implements.get(type_name);
            condition == type_name || interfaces.is_some_and(|interfaces| interfaces.contains(condition.as_str()))
        });
        if applies {
            collect(document, inner, type_name, fields)?;
        }
    }
    Ok(())
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
    // A text is JSON, and memory takes all that is written.
    let _ = serde_json::to_writer(out, text);
}
