//! Pages of lists, as the Relay specification has them: by keyset, in an order that an index stands behind, the count
//! only when asked. A cursor names its order and is refused by another.
use crate::{
    access::*,
    error::Failure,
    load::Beside,
    node::{Named, Record},
    print::List,
    scalar::Date,
    scope::Scope,
};
use async_graphql::{Context, InputObject, Object, TypeName, resolver_utils::ContainerType};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, Utc};
use entity::Columns;
use futures_util::future::BoxFuture;
use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, Iden, IdenStatic, Iterable, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, Value,
    sea_query::{Expr, ExprTrait, Order, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

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

    /// The columns that a field of the type is made of, for types whose rows are too wide to read them whole for a list.
    /// None for a field that needs the whole row, as all do unless said otherwise.
    fn needs(_field: &str) -> Option<Columns> {
        None
    }

    /// Rows that the same statement reads with those of a list, when a field of the nodes shows them.
    const BESIDE: &'static [Beside<Self>] = &[];
}

fn place_of<E: EntityTrait>(column: E::Column) -> usize {
    let name = column.as_str();
    E::Column::iter().take_while(|each| each.as_str() != name).count()
}

/// Where a row stands in an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Place {
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
    fn of(value: Value) -> Option<Self> {
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
    fn fits(&self, column: &ColumnType) -> bool {
        match self {
            Self::Number(_) => matches!(column, ColumnType::Integer | ColumnType::BigInteger),
            Self::Day(_) => matches!(column, ColumnType::Date),
            Self::Instant(_) => matches!(column, ColumnType::TimestampWithTimeZone),
            Self::Text(text) => matches!(column, ColumnType::String(_) | ColumnType::Text) && !text.contains('\0'),
            Self::Id(_) => matches!(column, ColumnType::Uuid),
        }
    }

    fn value(self) -> Value {
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
struct Cursor<'a>(Cow<'a, str>, bool, Place, Uuid);

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

/// Which part of a list is wanted, and in what order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    size: u64,
    after: Option<String>,
    before: Option<String>,
    is_backward: bool,
    is_whole: bool,
    order: usize,
    is_descending: bool,
    columns: Columns,
    /// Which of `Ordered::BESIDE` is read along.
    beside: Option<usize>,
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
    /// the rows that the first of those fields shows which has any.
    pub fn selected<E: Ordered>(mut self, ctx: &Context<'_>) -> Self {
        let connection = ctx.field();
        let nodes = connection.selection_set().flat_map(|list| match list.name() {
            "nodes" => vec![list],
            "edges" => list.selection_set().filter(|field| field.name() == "node").collect(),
            _ => Vec::new(),
        });
        let keys = [id_column::<E>(), self.column::<E>()];
        let mut needed = Some(keys.into_iter().map(place_of::<E>).fold(Columns::NONE, Columns::with));
        for field in nodes.flat_map(|node| node.selection_set().collect::<Vec<_>>()) {
            self = self.with::<E>(field.name());
            if field.name() != "__typename" {
                needed = needed.and_then(|needed| Some(needed.and(E::needs(field.name())?)));
            }
        }
        self.columns = needed.unwrap_or(Columns::ALL);
        self
    }

    /// The same page, with what stands beside its rows for a field of theirs, unless there is something already.
    pub(crate) fn with<E: Ordered>(mut self, field: &str) -> Self {
        self.beside = self
            .beside
            .or_else(|| E::BESIDE.iter().position(|beside| beside.field == field));
        self
    }

    /// What stands beside its rows.
    pub(crate) fn beside<E: Ordered>(&self) -> Option<&'static Beside<E>> {
        self.beside.and_then(|place| E::BESIDE.get(place))
    }

    /// The columns to read of rows that are told apart by `column`.
    pub(crate) fn columns<E: EntityTrait>(&self, column: E::Column) -> Columns {
        self.columns.with(place_of::<E>(column))
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

    /// `rows` bounded by the cursors, in order, one row more than the page holds.
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
        Ok(rows.limit(if self.is_whole { self.size } else { self.size + 1 }))
    }

    /// Puts rows of one parent, read in any order, into this page's order of reading.
    pub(crate) fn sort<E: Ordered>(&self, rows: &mut [Arc<E::Model>]) {
        let (column, id) = (self.column::<E>(), id_column::<E>());
        rows.sort_by_cached_key(|row| (Place::of(row.get(column)), Place::of(row.get(id))));
        if self.is_descending != self.is_backward {
            rows.reverse();
        }
    }

    /// What `bounded` selected, as a connection.
    pub fn connect<N: Record>(
        &self,
        rows: Vec<Arc<<N::Entity as EntityTrait>::Model>>,
        count: Count,
    ) -> Result<Connection<N>, Failure>
    where
        N::Entity: Ordered,
    {
        let rows = rows.into_iter().map(|row| (row.clone(), Some(N::from(row))));
        self.connect_through::<N::Entity, N>(rows.collect(), count)
    }

    /// As `connect`, for rows of `E` that each stand for an object; a row without one is left out.
    fn connect_through<E: Ordered, N: ContainerType>(
        &self,
        mut rows: Vec<(Arc<E::Model>, Option<N>)>,
        count: Count,
    ) -> Result<Connection<N>, Failure> {
        let has_more = rows.len() as u64 > self.size;
        rows.truncate(self.size as usize);
        let (has_previous, has_next) = if self.is_backward {
            rows.reverse();
            (has_more, self.before.is_some())
        } else {
            (self.after.is_some(), has_more)
        };
        let rows = rows.into_iter().filter_map(|(row, node)| Some((row, node?)));
        let (rows, nodes): (Vec<_>, Vec<_>) = rows.unzip();
        let page = self.clone();
        Ok(Connection {
            nodes,
            cursors: Box::new(move |index| page.cursor::<E>(rows.get(index).ok_or(Failure::Internal)?)),
            has_previous,
            has_next,
            count,
        })
    }
}

/// Counts a list when `totalCount` is selected.
pub type Count = Box<dyn Fn(Arc<Scope>) -> BoxFuture<'static, Result<i64, Failure>> + Send + Sync>;

/// The cursor of each item of a page.
type Cursors = Box<dyn Fn(usize) -> Result<String, Failure> + Send + Sync>;

/// One page of a list.
pub struct Connection<N: ContainerType> {
    nodes: Vec<N>,
    cursors: Cursors,
    has_previous: bool,
    has_next: bool,
    count: Count,
}

impl<N: ContainerType> Connection<N> {
    /// The items of the page.
    pub fn into_nodes(self) -> impl Iterator<Item = N> {
        self.nodes.into_iter()
    }
}

impl<N: ContainerType> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

/// One page of a list, with what is needed to ask for the next.
#[Object(name_type)]
impl<N: ContainerType> Connection<N> {
    /// Items of this page with the cursor of each.
    async fn edges(&self) -> List<Edge<'_, N>> {
        let edge = |index| Edge {
            connection: self,
            index,
        };
        (0..self.nodes.len()).map(edge).collect()
    }

    /// Items of this page without cursors.
    async fn nodes(&self) -> List<&N> {
        self.nodes.iter().collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> Result<PageInfo, Failure> {
        let cursor = |index: Option<usize>| index.map(|index| (self.cursors)(index)).transpose();
        let last = self.nodes.len().checked_sub(1);
        Ok(PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: cursor(last.map(|_| 0))?,
            end_cursor: cursor(last)?,
        })
    }

    /// Items on all pages that the viewer may see and the filter keeps; counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64, Failure> {
        (self.count)(Scope::of(ctx)).await
    }
}

/// An item of a list and its place there.
pub struct Edge<'a, N: ContainerType> {
    connection: &'a Connection<N>,
    index: usize,
}

impl<N: ContainerType> TypeName for Edge<'_, N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// An item of a list and its place there.
#[Object(name_type)]
impl<'a, N: ContainerType> Edge<'a, N> {
    /// Place of this item; opaque, to be sent back as `after` or `before`.
    async fn cursor(&self) -> Result<String, Failure> {
        (self.connection.cursors)(self.index)
    }

    /// The item itself.
    async fn node(&self) -> &N {
        &self.connection.nodes[self.index]
    }
}

/// Where a page lies in its list.
#[derive(async_graphql::SimpleObject)]
pub struct PageInfo {
    /// Whether more items follow this page.
    has_next_page: bool,
    /// Whether items precede this page.
    has_previous_page: bool,
    /// Place of the first item; null for an empty page.
    start_cursor: Option<String>,
    /// Place of the last item; null for an empty page.
    end_cursor: Option<String>,
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

impl Scope {
    /// A page of the rows of `E` that `condition` keeps and the viewer may read; for lists that hang from no parent.
    pub async fn list<N: Record>(&self, select: Select<N::Entity>, page: &Page) -> Result<Connection<N>, Failure>
    where
        N::Entity: Ordered,
    {
        let rows = self.reader().rows(page.bounded(select.clone())?).await?;
        let count: Count = Box::new(move |scope| {
            let select = select.clone();
            Box::pin(async move { scope.reader().count(select).await })
        });
        page.connect(rows.into_iter().map(Arc::new).collect(), count)
    }
}

impl Scope {
    /// A page of a parent's children.
    pub async fn children<R: crate::load::Relation, N: Record<Entity = R::Child>>(
        &self,
        parent: Uuid,
        page: Page,
        filter: R::Filter,
    ) -> Result<Connection<N>, Failure> {
        page.check::<R::Child>()?;
        R::keep(&filter, self.viewer())?;
        let rows = self
            .rows(crate::load::Children::<R>::new(parent, page.clone(), filter.clone()))
            .await?;
        let count: Count = Box::new(move |scope| {
            let filter = filter.clone();
            Box::pin(async move { scope.load(crate::load::CountOf::<R>::new(parent, filter)).await })
        });
        page.connect(rows.to_vec(), count)
    }

    /// A page of what a parent's children stand for, such as the roster entries of a group's members, in the order of
    /// the children.
    pub async fn through<R: crate::load::Relation, N: Record>(
        &self,
        parent: Uuid,
        page: Page,
        target: impl Fn(&crate::load::Row<R>) -> Uuid,
    ) -> Result<Connection<N>, Failure> {
        page.check::<R::Child>()?;
        let rows = self
            .rows(crate::load::Children::<R>::new(
                parent,
                page.clone().with::<R::Child>(<N::Entity as Named>::NAME),
                R::Filter::default(),
            ))
            .await?;
        let nodes = rows.iter().map(|row| self.record::<N>(target(row)));
        let nodes = futures_util::future::try_join_all(nodes).await?;
        let count: Count = Box::new(move |scope| {
            Box::pin(async move {
                let key = crate::load::CountOf::<R>::new(parent, R::Filter::default());
                scope.load(key).await
            })
        });
        page.connect_through::<R::Child, N>(rows.iter().cloned().zip(nodes).collect(), count)
    }
}
