//! Lists printed as JSON while they are resolved. The executor makes a future and a tree of values for every field; here
//! a field that is ready at once costs neither, and only those that wait for something become futures.
//!
//! What is printed cannot be merged any more, as the executor merges objects that are selected twice under one key. So it
//! is printed only where the document holds no such pair (`Request::is_printed`), and resolved the ordinary way elsewhere.
use crate::{node::Record, scope::Request};
use async_graphql::{
    Context, ContextSelectionSet, OutputType, Positioned, ServerError, ServerResult, Value,
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

impl<T: ContainerType> OutputType for List<T> {
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

impl<T: ContainerType> ContainerType for One<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }
}

impl<T: Record> Record for One<T> {
    type Entity = T::Entity;
}

impl<T: ContainerType> OutputType for One<T> {
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
        let mut fields = Vec::new();
        collect(ctx, ctx.item, &T::type_name(), &mut fields)?;
        let (mut out, mut waiting) = (Vec::with_capacity(256), Vec::new());
        object(ctx, None, &self.0, &mut fields, &mut out, &mut waiting)?;
        Ok(Value::Binary(filled(out, waiting).await?.into()))
    }
}

/// A field selected of the objects.
struct Planned<'a> {
    field: &'a Positioned<Field>,
    /// Whether it is tried on the stack, and begun again when it waits: a leaf without arguments that did not wait so far.
    /// What has fields of its own is never begun twice, or each level would double what those below it do.
    is_tried: bool,
}

/// Values that are not ready, and the places where they belong.
type Waiting<'a> = Vec<(usize, BoxFuture<'a, ServerResult<Value>>)>;

async fn printed<'a, T: ContainerType>(
    ctx: &'a ContextSelectionSet<'a>,
    field: &'a Positioned<Field>,
    items: &'a [T],
) -> ServerResult<Value> {
    let mut fields = Vec::new();
    collect(ctx, ctx.item, &T::type_name(), &mut fields)?;
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
fn object<'a, T: ContainerType>(
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
    for (place, planned) in fields.iter_mut().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        let field = planned.field;
        // A name needs no escape.
        out.push(b'"');
        out.extend_from_slice(field.node.response_key().node.as_bytes());
        out.extend_from_slice(b"\":");
        if field.node.name.node == "__typename" {
            text(&T::type_name(), out);
            continue;
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
    ctx: &'a ContextSelectionSet<'a>,
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
                    let is_tried = field.node.arguments.is_empty() && field.node.selection_set.node.items.is_empty();
                    fields.push(Planned { field, is_tried });
                }
                continue;
            }
            Selection::InlineFragment(fragment) => (
                fragment.node.type_condition.as_ref().map(|on| &on.node.on.node),
                &fragment.node.selection_set,
            ),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let Some(fragment) = ctx.query_env.fragments.get(name) else {
                    let message = format!("Unknown fragment \"{name}\".");
                    return Err(ServerError::new(message, Some(spread.pos)));
                };
                let condition = &fragment.node.type_condition.node.on.node;
                (Some(condition), &fragment.node.selection_set)
            }
        };
        let applies = condition.is_none_or(|condition| {
            let interfaces = ctx.schema_env.registry.implements.get(type_name);
            condition == type_name || interfaces.is_some_and(|interfaces| interfaces.contains(condition.as_str()))
        });
        if applies {
            collect(ctx, inner, type_name, fields)?;
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
