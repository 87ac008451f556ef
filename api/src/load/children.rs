//! Lists that hang from a parent: a page of the children of many at once, and how many there are.
use super::{AtHand, Key, grouped, id_of, key_by_fields};
use crate::{
    access::*,
    error::Failure,
    node::{Named, Record},
    page::{Ordered, Page},
    print::List,
    scope::Scope,
    sql::bare,
};
use async_graphql::Context;
use entity::Fetched;
use foldhash::{HashMap, HashMapExt, fast::FixedState};
use sea_orm::{
    Condition, EntityTrait, Iterable, QueryFilter,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use std::{
    fmt::Debug,
    hash::{BuildHasher, Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};
use uuid::Uuid;

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
        let hash = FixedState::default().hash_one((&page, &filter));
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
        let mut found = HashMap::with_capacity(keys.len());
        for (what, parents) in grouped(keys.iter().map(|key| (&key.what, key.parent))) {
            let page = &what.page;
            let select = page.bounded(bare::<R::Child>().filter(R::keep(&what.filter, reader.viewer())?))?;
            let columns = page.columns::<R::Child>(R::COLUMN);
            let beside = page.beside::<R::Child>();
            let beside = beside.and_then(|beside| Some((beside, beside.filter(reader)?)));
            let join = |query: &mut SelectStatement| {
                if let Some((beside, filter)) = &beside {
                    beside.join(reader.viewer().dialect, query, filter.clone(), page.beside_columns());
                }
            };
            let first = columns.among(<R::Child as EntityTrait>::Column::iter().count());
            let stands = beside.as_ref().map(|(beside, _)| (*beside, page.beside_columns()));
            let read = move |row: &Fetched<'_>| {
                let beside = stands
                    .map(|(beside, columns)| beside.read(row, first, columns))
                    .transpose()?;
                Ok((Arc::new(entity::Row::read_some(row, columns)?), beside.flatten()))
            };
            let rows: Vec<(Arc<Row<R>>, Option<AtHand>)> = match parents.as_slice() {
                [parent] => {
                    let own = ExprTrait::eq(Expr::col((R::Child::default(), R::COLUMN)), *parent);
                    reader.some_of_rows(select.filter(own), columns, join, read).await?
                }
                _ => {
                    let parents = (R::COLUMN, parents.as_slice());
                    reader.slices(select, parents, columns, join, read).await?
                }
            };
            let mut lists: HashMap<Uuid, Found<R>> = HashMap::with_capacity(parents.len());
            let room = rows.len().div_ceil(parents.len().max(1));
            for (row, beside) in rows {
                let list = lists.entry(id_of(&*row, R::COLUMN)).or_insert_with(|| Found {
                    rows: Vec::with_capacity(room),
                    beside: Vec::new(),
                });
                list.rows.push(row);
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

    /// The objects of a plain list, with as much of their rows, and of what stands beside them, as is selected.
    pub async fn all_selected<R: Relation, N: Record<Entity = R::Child>>(
        &self,
        ctx: &Context<'_>,
        parent: Uuid,
    ) -> Result<List<N>, Failure> {
        let rows = self.all_of::<R>(parent, Page::whole().shown::<N>(ctx)).await?;
        Ok(rows.iter().cloned().map(N::from).collect())
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
        let mut found = HashMap::with_capacity(keys.len());
        for (filter, parents) in grouped(keys.iter().map(|key| (&key.filter, key.parent))) {
            let column = (R::Child::default(), R::COLUMN);
            let of_parents = reader.viewer().dialect.among(column, &parents);
            let select = bare::<R::Child>()
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
