//! Objects while they are printed: what is ready, and what has yet to be waited for.
use super::{
    Plain,
    planned::{Plans, Selected},
    print, room, text,
};
use async_graphql::{ContextSelectionSet, Positioned, ServerResult, Value, parser::types::Field};
use futures_util::future::BoxFuture;
use std::{
    future::poll_fn,
    pin::pin,
    task::{Context as Task, Poll, Waker},
};

/// Values that were not ready when they were tried, and the places where they belong.
type Waiting<'a> = Vec<(usize, Awaited<'a>)>;

/// A value that is waited for.
enum Awaited<'a> {
    Pending(BoxFuture<'a, ServerResult<Value>>),
    Ready(Value),
}

/// The objects of a list, or one alone.
pub struct Objects<'a> {
    ctx: &'a ContextSelectionSet<'a>,
    plans: Plans<'a>,
    out: Vec<u8>,
    waiting: Waiting<'a>,
}

impl<'a> Objects<'a> {
    /// None yet, with room for so many bytes.
    pub(super) fn new(ctx: &'a ContextSelectionSet<'a>, room: usize) -> Self {
        Self {
            ctx,
            plans: Plans::new(Selected::of(ctx)),
            out: Vec::with_capacity(room + 2),
            waiting: Vec::new(),
        }
    }

    /// Prints a list.
    pub(super) fn print_all<T: Plain>(&mut self, items: &'a [T]) -> ServerResult<()> {
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            item.print_item(Some(index), self)?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// Prints one object, but for the fields that wait.
    pub(super) fn print_object<T: Plain + ?Sized>(&mut self, item: &'a T, index: Option<usize>) -> ServerResult<()> {
        let Self {
            ctx,
            plans,
            out,
            waiting,
        } = self;
        let ctx: &'a ContextSelectionSet<'a> = ctx;
        let indexed = index.map(|index| ctx.with_index(index));
        let own = indexed.as_ref().unwrap_or(ctx);
        out.push(b'{');
        let begin = out.len();
        for planned in plans.of(T::type_name())? {
            planned.print_key(begin, out);
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
                Poll::Pending => waiting.push((out.len(), Awaited::Pending(future))),
            }
        }
        out.push(b'}');
        Ok(())
    }

    /// What was printed, as a value, once all of it is there.
    pub(super) async fn value(self) -> ServerResult<Value> {
        Ok(Value::Binary(filled(self.out, self.waiting).await?.into()))
    }
}

async fn resolve<'a, T: Plain + ?Sized>(
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
async fn filled(out: Vec<u8>, mut waiting: Waiting<'_>) -> ServerResult<Vec<u8>> {
    if waiting.is_empty() {
        return Ok(out);
    }
    poll_fn(|task| all(&mut waiting, task)).await?;
    let values = || {
        waiting.iter().filter_map(|(place, awaited)| match awaited {
            Awaited::Ready(value) => Some((*place, value)),
            Awaited::Pending(_) => None,
        })
    };
    let mut whole = Vec::with_capacity(out.len() + values().map(|(_, value)| room(value)).sum::<usize>());
    let mut from = 0;
    for (place, value) in values() {
        whole.extend_from_slice(&out[from..place]);
        print(value, &mut whole);
        from = place;
    }
    whole.extend_from_slice(&out[from..]);
    Ok(whole)
}

/// Ready when all are. They wait for the same few batches, so that each wake is for nearly all of them; a queue of those
/// that were woken would cost more than to ask every one.
fn all(waiting: &mut Waiting<'_>, task: &mut Task<'_>) -> Poll<ServerResult<()>> {
    let mut is_pending = false;
    for (_, awaited) in waiting {
        let Awaited::Pending(future) = awaited else { continue };
        match future.as_mut().poll(task) {
            Poll::Ready(Ok(value)) => *awaited = Awaited::Ready(value),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => is_pending = true,
        }
    }
    if is_pending { Poll::Pending } else { Poll::Ready(Ok(())) }
}
