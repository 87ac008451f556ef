//! Batched reads, written once. A key says what to load; the rows come back guarded, in one statement a batch whatever
//! the number of keys. Adding a table adds no code here.
mod beside;
mod shelf;

pub use beside::Beside;
pub(crate) use shelf::AtHand;
pub use shelf::Loaders;

use crate::{
    access::*,
    error::Failure,
    node::{Named, Record},
    page::{Ordered, Page},
    print::List,
    scope::Scope,
};
use async_graphql::Context;
use entity::{Columns, Fetched};
use sea_orm::{
    Condition, EntityTrait, Iterable, ModelTrait, QueryFilter, Value,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use std::{
    collections::HashMap,
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};
use uuid::Uuid;

/// The most keys that one statement takes.
const MAX_KEYS: usize = 1_000;

/// What to load; one batch function for each type of key.
pub trait Key: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What is loaded, cheap to clone.
    type Value: Clone + Send + Sync + 'static;

    /// The values of all `keys` that have one.
    fn batch(
        reader: &Reader,
        keys: &[Self],
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>, Failure>> + Send;

    /// The value of a key that `batch` found nothing for.
    fn missing() -> Self::Value;
}

macro_rules! key_by_fields {
    ($name:ident<$parameter:ident: $bound:path> { $($field:tt),+ }) => {
        impl<$parameter: $bound> Clone for $name<$parameter> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone()),+ }
            }
        }
        impl<$parameter: $bound> PartialEq for $name<$parameter> {
            fn eq(&self, other: &Self) -> bool {
                $(self.$field == other.$field)&&+
            }
        }
        impl<$parameter: $bound> Eq for $name<$parameter> {}
        impl<$parameter: $bound> Hash for $name<$parameter> {
            fn hash<S: Hasher>(&self, state: &mut S) {
                $(self.$field.hash(state);)+
            }
        }
        impl<$parameter: $bound> Debug for $name<$parameter> {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // The dataloader writes every key into a message for the case that it finds nothing.
                formatter.write_str(stringify!($name))
            }
        }
    };
}

/// The row of `E` with an id.
struct ById<E>(Uuid, PhantomData<fn() -> E>);
key_by_fields!(ById<E: Guarded> { 0, 1 });

impl<E: Guarded> Key for ById<E> {
    type Value = Option<Arc<E::Model>>;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Self::Value>, Failure> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let column = id_column::<E>();
        let select = E::find().filter(reader.viewer().dialect.among((E::default(), column), &ids));
        let read = |row: &Fetched<'_>| <E::Model as entity::Row>::read(row).map(Arc::new);
        let rows = reader.some_of_rows(select, Columns::ALL, |_| (), read).await?;
        Ok(rows
            .into_iter()
            .map(|row| (ById(id_of(&*row, column), PhantomData), Some(row)))
            .collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

/// Whether the viewer may do something to the row of `E` with an id.
struct Allowed<E>(Uuid, Action, PhantomData<fn() -> E>);
key_by_fields!(Allowed<E: Guarded> { 0, 1, 2 });

entity::row! {
    struct Identified {
        id: Uuid,
    }
}

impl<E: Guarded> Key for Allowed<E> {
    type Value = bool;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, bool>, Failure> {
        let mut answers = HashMap::new();
        for (action, ids) in grouped(keys.iter().map(|key| (key.1, key.0))) {
            let column = id_column::<E>();
            let select = E::find().filter(reader.viewer().dialect.among((E::default(), column), &ids));
            let rows: Vec<Identified> = reader
                .figures::<E, _>(select, action, |query| {
                    query.expr_as(Expr::col((E::default(), column)), "id");
                })
                .await?;
            answers.extend(rows.into_iter().map(|row| (Allowed(row.id, action, PhantomData), true)));
        }
        Ok(answers)
    }

    fn missing() -> bool {
        false
    }
}

/// A list that hangs from a parent: a one-line marker beside the type that owns it.
pub trait Relation: Send + Sync + 'static {
    /// What is listed.
    type Child: Ordered;
    /// Conditions a client may set; `()` for none.
    type Filter: Clone + Eq + Hash + Debug + Default + Send + Sync + 'static;
    /// The column that holds the parent's id.
    const COLUMN: <Self::Child as EntityTrait>::Column;

    /// The rows that the filter keeps; all unless said otherwise.
    ///
    /// # Errors
    /// `BadInput` for a filter that makes no sense.
    fn keep(_filter: &Self::Filter, _viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(Condition::all())
    }
}

/// Declares a relation without a filter: its name, what it lists, and the column that holds the parent's id.
#[macro_export]
macro_rules! relation {
    ($(#[$doc:meta])* pub $name:ident: $child:ty, $column:expr) => {
        $(#[$doc])*
        pub struct $name;

        impl $crate::load::Relation for $name {
            type Child = $child;
            type Filter = ();
            const COLUMN: <$child as sea_orm::EntityTrait>::Column = $column;
        }
    };
}

/// The model that a relation lists.
pub type Row<R> = <<R as Relation>::Child as EntityTrait>::Model;

/// A page of a parent's children.
pub struct Children<R: Relation> {
    parent: Uuid,
    what: Arc<What<R>>,
}
key_by_fields!(Children<R: Relation> { parent, what });

/// Which of the children, hashed once: a page of a hundred parents asks for the same of each.
struct What<R: Relation> {
    page: Page,
    filter: R::Filter,
    hash: u64,
}

impl<R: Relation> PartialEq for What<R> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.page == other.page && self.filter == other.filter
    }
}

impl<R: Relation> Eq for What<R> {}

impl<R: Relation> Hash for What<R> {
    fn hash<S: Hasher>(&self, state: &mut S) {
        state.write_u64(self.hash);
    }
}

impl<R: Relation> Debug for What<R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("What")
            .field(&self.page)
            .field(&self.filter)
            .finish()
    }
}

impl<R: Relation> Children<R> {
    /// The children of `parent` on `page` that `filter` keeps.
    pub fn new(parent: Uuid, page: Page, filter: R::Filter) -> Self {
        let mut hasher = DefaultHasher::new();
        (&page, &filter).hash(&mut hasher);
        let hash = hasher.finish();
        let what = Arc::new(What { page, filter, hash });
        Self { parent, what }
    }
}

/// Rows of a list, in order, and what was read beside them.
pub struct Listed<R: Relation> {
    rows: Arc<[Arc<Row<R>>]>,
    beside: Arc<[AtHand]>,
}

impl<R: Relation> Clone for Listed<R> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            beside: self.beside.clone(),
        }
    }
}

/// The rows of one parent while they are read.
struct Found<R: Relation> {
    rows: Vec<Arc<Row<R>>>,
    beside: Vec<AtHand>,
}

impl<R: Relation> Key for Children<R> {
    type Value = Listed<R>;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Self::Value>, Failure> {
        let mut found = HashMap::new();
        for (what, parents) in grouped(keys.iter().map(|key| (&key.what, key.parent))) {
            let page = &what.page;
            let select = page.bounded(R::Child::find().filter(R::keep(&what.filter, reader.viewer())?))?;
            let columns = page.columns::<R::Child>(R::COLUMN);
            let beside = page.beside::<R::Child>();
            let beside = beside.and_then(|beside| Some((beside, beside.filter(reader)?)));
            let join = |query: &mut SelectStatement| {
                if let Some((beside, filter)) = &beside {
                    beside.join(query, filter.clone());
                }
            };
            let first = columns.among(<R::Child as EntityTrait>::Column::iter().count());
            let stands = beside.as_ref().map(|(beside, _)| *beside);
            let read = move |row: &Fetched<'_>| {
                let beside = stands.map(|beside| beside.read(row, first)).transpose()?;
                Ok((entity::Row::read_some(row, columns)?, beside.flatten()))
            };
            let rows: Vec<(Row<R>, Option<AtHand>)> = match parents.as_slice() {
                [parent] => {
                    let own = ExprTrait::eq(Expr::col((R::Child::default(), R::COLUMN)), *parent);
                    reader.some_of_rows(select.filter(own), columns, join, read).await?
                }
                _ => {
                    let parents = (R::COLUMN, parents.as_slice());
                    reader.slices(select, parents, columns, join, read).await?
                }
            };
            let mut lists: HashMap<Uuid, Found<R>> = HashMap::new();
            for (row, beside) in rows {
                let list = lists.entry(id_of(&row, R::COLUMN)).or_insert_with(|| Found {
                    rows: Vec::new(),
                    beside: Vec::new(),
                });
                list.rows.push(Arc::new(row));
                list.beside.extend(beside);
            }
            for (parent, mut list) in lists {
                if parents.len() > 1 {
                    page.sort::<R::Child>(&mut list.rows);
                }
                let listed = Listed {
                    rows: list.rows.into(),
                    beside: list.beside.into(),
                };
                let what = what.clone();
                found.insert(Self { parent, what }, listed);
            }
        }
        Ok(found)
    }

    fn missing() -> Self::Value {
        Listed {
            rows: Arc::new([]),
            beside: Arc::new([]),
        }
    }
}

impl Scope {
    /// The rows of a list, in order; what was read beside them is at hand from here on.
    pub async fn rows<R: Relation>(&self, list: Children<R>) -> Result<Arc<[Arc<Row<R>>]>, Failure> {
        let listed = self.load(list).await?;
        listed.beside.iter().try_for_each(|put| put(self))?;
        Ok(listed.rows)
    }

    /// All rows of a plain list, in its first order.
    pub async fn all<R: Relation>(&self, parent: Uuid) -> Result<Arc<[Arc<Row<R>>]>, Failure> {
        self.all_of::<R>(parent, Page::whole()).await
    }

    /// As `all`, with what stands beside the rows for the fields that are selected of them.
    pub async fn all_selected<R: Relation>(
        &self,
        ctx: &Context<'_>,
        parent: Uuid,
    ) -> Result<Arc<[Arc<Row<R>>]>, Failure> {
        let fields = ctx.field();
        let page = fields
            .selection_set()
            .fold(Page::whole(), |page, field| page.with::<R::Child>(field.name()));
        self.all_of::<R>(parent, page).await
    }

    /// The objects that the rows of a plain list stand for, in the order of the rows.
    pub async fn linked<R: Relation, N: Record>(
        &self,
        parent: Uuid,
        target: impl Fn(&Row<R>) -> Uuid,
    ) -> Result<List<N>, Failure> {
        let page = Page::whole().with::<R::Child>(N::Entity::NAME);
        let rows = self.all_of::<R>(parent, page).await?;
        self.records(rows.iter().map(|row| target(row))).await
    }

    async fn all_of<R: Relation>(&self, parent: Uuid, page: Page) -> Result<Arc<[Arc<Row<R>>]>, Failure> {
        self.rows(Children::<R>::new(parent, page, R::Filter::default())).await
    }
}

/// How many children a parent has.
pub struct CountOf<R: Relation> {
    parent: Uuid,
    filter: R::Filter,
    relation: PhantomData<fn() -> R>,
}
key_by_fields!(CountOf<R: Relation> { parent, filter, relation });

impl<R: Relation> CountOf<R> {
    /// The number of children of `parent` that `filter` keeps.
    pub fn new(parent: Uuid, filter: R::Filter) -> Self {
        Self {
            parent,
            filter,
            relation: PhantomData,
        }
    }
}

entity::row! {
    struct Counted {
        parent: Uuid,
        total: i64,
    }
}

impl<R: Relation> Key for CountOf<R> {
    type Value = i64;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, i64>, Failure> {
        let mut found = HashMap::new();
        for (filter, parents) in grouped(keys.iter().map(|key| (&key.filter, key.parent))) {
            let column = (R::Child::default(), R::COLUMN);
            let of_parents = reader.viewer().dialect.among(column, &parents);
            let select = R::Child::find()
                .filter(R::keep(filter, reader.viewer())?)
                .filter(of_parents);
            let rows: Vec<Counted> = reader
                .figures::<R::Child, _>(select, Action::Read, |query| {
                    query
                        .expr_as(Expr::col(column), "parent")
                        .expr_as(Expr::col(sea_orm::sea_query::Asterisk).count(), "total")
                        .group_by_col(column);
                })
                .await?;
            found.extend(
                rows.into_iter()
                    .map(|row| (CountOf::new(row.parent, filter.clone()), row.total)),
            );
        }
        Ok(found)
    }

    fn missing() -> i64 {
        0
    }
}

fn grouped<G: Eq + Hash, V>(pairs: impl Iterator<Item = (G, V)>) -> HashMap<G, Vec<V>> {
    let mut groups: HashMap<G, Vec<V>> = HashMap::new();
    for (group, value) in pairs {
        groups.entry(group).or_default().push(value);
    }
    groups
}

/// The id in a column of a row; the nil id where the column is empty, which no row has.
fn id_of<M: ModelTrait>(row: &M, column: <M::Entity as EntityTrait>::Column) -> Uuid {
    match row.get(column) {
        Value::Uuid(Some(id)) => id,
        _ => Uuid::nil(),
    }
}
