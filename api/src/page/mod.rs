//! Pages of lists, as the Relay specification has them: by keyset, in an order that an index stands behind, the count
//! only when asked. A cursor names its order and is refused by another.
mod columns;
mod connection;
mod order;

pub(crate) use columns::{Note, needed};
pub use connection::{Connection, Count, Edge, PageInfo};
pub(crate) use order::order;
pub use order::{OrderDirection, Sorting};

use crate::{access::*, error::Failure, load::Beside, node::Record, print::List, scalar::Date, scope::Request};
use async_graphql::{Context, InputObject, SelectionField};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use columns::only;
use entity::Columns;
use order::{Cursor, Place};
use sea_orm::{
    ColumnTrait, EntityTrait, Iden, IdenStatic, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value,
    sea_query::{Expr, ExprTrait, Order, SimpleExpr},
};
use std::sync::Arc;

/// Rows of a page when neither `first` nor `last` is given.
pub const DEFAULT_SIZE: u64 = 20;
/// Rows of the largest page.
pub const MAX_SIZE: u64 = 100;
/// Rows of the longest plain list; what grows further is a connection.
pub const MAX_LIST: u64 = 1_000;

/// An entity whose lists have orders: each a column, then the id. The first is the one used when none is named.
pub trait Ordered: Guarded {
    /// Columns that an index (with the parent before and the id behind) stands for; none of them is ever null.
    const ORDERS: &'static [Self::Column];

    /// The columns that a field of the type is made of, where its method does not tell (see `Plain::columns`).
    fn needs(_field: &SelectionField<'_>) -> Option<Columns> {
        None
    }

    /// Rows that the same statement reads with those of a list, when a field of the nodes shows them.
    const BESIDE: &'static [Beside<Self>] = &[];
}

fn beside_of<E: Ordered>(field: &str) -> Option<(usize, &'static Beside<E>)> {
    E::BESIDE.iter().enumerate().find(|(_, beside)| beside.field == field)
}

/// Which part of a list is wanted, and in what order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    size: u64,
    after: Option<String>,
    before: Option<String>,
    is_backward: bool,
    is_whole: bool,
    /// Whether one row more is read than the page holds, to tell whether others follow.
    looks_further: bool,
    order: usize,
    is_descending: bool,
    columns: Columns,
    /// Which of `Ordered::BESIDE` is read along, and how much of it.
    beside: Option<(usize, Columns)>,
}

impl Page {
    /// A page by Relay's four arguments, in the first order, ascending.
    ///
    /// # Errors
    /// `first` together with `last`, a size outside 1 to 100.
    pub fn new(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Self, Failure> {
        let size = match (first, last) {
            (Some(_), Some(_)) => return Err(Failure::BadInput("Give `first` or `last`, not both.".into())),
            (Some(size), None) | (None, Some(size)) => u64::try_from(size)
                .ok()
                .filter(|size| (1..=MAX_SIZE).contains(size))
                .ok_or(Failure::BadInput("A page holds 1 to 100 items.".into()))?,
            (None, None) => DEFAULT_SIZE,
        };
        Ok(Self {
            size,
            after,
            before,
            is_backward: last.is_some(),
            is_whole: false,
            looks_further: true,
            order: 0,
            is_descending: false,
            columns: Columns::ALL,
            beside: None,
        })
    }

    /// The whole of a plain list, at most `MAX_LIST` rows, in the first order.
    pub fn whole() -> Self {
        Self {
            size: MAX_LIST,
            after: None,
            before: None,
            is_backward: false,
            is_whole: true,
            looks_further: false,
            order: 0,
            is_descending: false,
            columns: Columns::ALL,
            beside: None,
        }
    }

    /// The one row that comes first.
    pub fn newest() -> Self {
        Self {
            size: 1,
            is_descending: true,
            ..Self::whole()
        }
    }

    /// The same page in another of the entity's orders, by its place in `Ordered::ORDERS`.
    pub fn ordered(mut self, order: usize, direction: OrderDirection) -> Self {
        (self.order, self.is_descending) = (order, direction == OrderDirection::Desc);
        self
    }

    /// The same page in the order that a client asked for.
    pub fn sorted(self, order: impl Sorting) -> Self {
        let (order, direction) = order.sorting();
        self.ordered(order, direction)
    }

    /// The same page, of whose rows no more is read than the fields need that are selected of the nodes, and beside them
    /// the rows that the first of those fields shows which has any. Whether others follow is read where it is selected.
    pub fn selected<N: Record>(mut self, ctx: &Context<'_>) -> Self
    where
        N::Entity: Ordered,
    {
        let note = Request::of(ctx).noted::<Connection<N>>(ctx, || Note::of_connection::<N>(&ctx.field()));
        self.looks_further = note.looks_further;
        self.reading::<N>(note)
    }

    /// The same page, of whose rows, and of what stands beside them, no more is read than is selected of their objects.
    pub(crate) fn shown<N: Record>(self, ctx: &Context<'_>) -> Self
    where
        N::Entity: Ordered,
    {
        let note = Request::of(ctx).noted::<List<N>>(ctx, || Note::default().with::<N>(&ctx.field()));
        self.reading::<N>(note)
    }

    fn reading<N: Record>(mut self, note: Note) -> Self
    where
        N::Entity: Ordered,
    {
        self.columns = self.keys::<N::Entity>().and(note.columns);
        self.beside = note.beside;
        self
    }

    /// The columns that put rows in order.
    fn keys<E: Ordered>(&self) -> Columns {
        only::<E>(id_column::<E>().as_str()).and(only::<E>(self.column::<E>().as_str()))
    }

    /// The same page, with what stands beside its rows for a field of theirs, unless there is something already.
    pub(crate) fn with<E: Ordered>(mut self, field: &str) -> Self {
        let beside = || beside_of::<E>(field).map(|(place, _)| (place, Columns::ALL));
        self.beside = self.beside.or_else(beside);
        self
    }

    /// What stands beside its rows.
    pub(crate) fn beside<E: Ordered>(&self) -> Option<&'static Beside<E>> {
        self.beside.and_then(|(place, _)| E::BESIDE.get(place))
    }

    /// The columns to read of what stands beside its rows.
    pub(crate) fn beside_columns(&self) -> Columns {
        self.beside.map_or(Columns::NONE, |(_, columns)| columns)
    }

    /// The columns to read of rows that are told apart by `column`.
    pub(crate) fn columns<E: EntityTrait>(&self, column: E::Column) -> Columns {
        self.columns.and(only::<E>(column.as_str()))
    }

    fn column<E: Ordered>(&self) -> E::Column {
        E::ORDERS[self.order]
    }

    fn cursor<E: Ordered>(&self, row: &E::Model) -> Result<String, Failure> {
        let place = Place::of(row.get(self.column::<E>())).ok_or(Failure::Internal)?;
        let Value::Uuid(Some(id)) = row.get(id_column::<E>()) else {
            return Err(Failure::Internal);
        };
        let name = self.column::<E>().to_string();
        let text =
            serde_json::to_vec(&Cursor(name.into(), self.is_descending, place, id)).map_err(|_| Failure::Internal)?;
        Ok(URL_SAFE_NO_PAD.encode(text))
    }

    fn place<E: Ordered>(&self, cursor: &str) -> Result<SimpleExpr, Failure> {
        let foreign = || Failure::BadInput("This cursor belongs to another list or another order.".into());
        let text = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
        let Cursor(order, is_descending, place, id) = serde_json::from_slice(&text).map_err(|_| foreign())?;
        if order != self.column::<E>().to_string() || is_descending != self.is_descending {
            return Err(foreign());
        }
        if !place.fits(self.column::<E>().def().get_column_type()) {
            return Err(foreign());
        }
        Ok(Expr::tuple([Expr::val(place.value()), Expr::val(id)]))
    }

    /// Refuses cursors of other lists. What is loaded together must not fail together.
    fn check<E: Ordered>(&self) -> Result<(), Failure> {
        let mut cursors = self.after.iter().chain(&self.before);
        cursors.try_for_each(|cursor| self.place::<E>(cursor).map(drop))
    }

    /// `rows` bounded by the cursors, in order; one row more than the page holds where it matters whether others follow.
    pub fn bounded<E: Ordered>(&self, mut rows: Select<E>) -> Result<Select<E>, Failure> {
        let (column, id) = (self.column::<E>(), id_column::<E>());
        let place = || Expr::tuple([Expr::col((E::default(), column)), Expr::col((E::default(), id))]);
        let (later, earlier) = if self.is_descending {
            (&self.before, &self.after)
        } else {
            (&self.after, &self.before)
        };
        if let Some(cursor) = later {
            rows = rows.filter(place().gt(self.place::<E>(cursor)?));
        }
        if let Some(cursor) = earlier {
            rows = rows.filter(place().lt(self.place::<E>(cursor)?));
        }
        let order = if self.is_descending == self.is_backward {
            Order::Asc
        } else {
            Order::Desc
        };
        rows = rows.order_by(column, order.clone()).order_by(id, order);
        Ok(rows.limit(self.size + u64::from(self.looks_further)))
    }

    /// Puts rows of one parent, read in any order, into this page's order of reading.
    pub(crate) fn sort<E: Ordered>(&self, rows: &mut [Arc<E::Model>]) {
        let (column, id) = (self.column::<E>(), id_column::<E>());
        rows.sort_by_cached_key(|row| (Place::of(row.get(column)), Place::of(row.get(id))));
        if self.is_descending != self.is_backward {
            rows.reverse();
        }
    }
}

/// Days from one to another, both included; either end may be open.
#[derive(InputObject, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DateRange {
    /// First day included.
    pub from: Option<Date>,
    /// Last day included.
    pub to: Option<Date>,
}

/// Instants from one up to another.
#[derive(InputObject, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DateTimeRange {
    /// First instant included.
    pub from: Option<DateTime<Utc>>,
    /// First instant no longer included.
    pub before: Option<DateTime<Utc>>,
}
