//! Batched reads, written once. A key says what to load; the rows come back guarded, in one statement a batch whatever
//! the number of keys. Adding a table adds no code here.
use crate::{
    access::*,
    error::Failure,
    gather::Gathering,
    page::{Ordered, Page},
    scope::Scope,
};
use entity::Columns;
use sea_orm::{
    Condition, EntityTrait, FromQueryResult, ModelTrait, QueryFilter, Value,
    sea_query::{Expr, ExprTrait},
};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::Debug,
    future::poll_fn,
    hash::{DefaultHasher, Hash, Hasher},
    marker::PhantomData,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
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

type Loaded<K> = Result<<K as Key>::Value, Failure>;
type Loader<K> = ::dataloader::cached::Loader<K, Loaded<K>, Batch<K>>;

struct Batch<K>(Reader, PhantomData<fn() -> K>);

impl<K: Key> ::dataloader::BatchFn<K, Loaded<K>> for Batch<K> {
    async fn load(&mut self, keys: &[K]) -> HashMap<K, Loaded<K>> {
        match K::batch(&self.0, keys).await {
            Ok(mut found) => keys
                .iter()
                .map(|key| (key.clone(), Ok(found.remove(key).unwrap_or_else(K::missing))))
                .collect(),
            Err(failure) => keys.iter().map(|key| (key.clone(), Err(failure.clone()))).collect(),
        }
    }
}

/// The keys of one kind: what was loaded, what is asked for, and who waits.
struct Shelf<K: Key> {
    loader: Loader<K>,
    state: Mutex<Keys<K>>,
}

struct Keys<K: Key> {
    loaded: HashMap<K, Loaded<K>>,
    wanted: Vec<K>,
    waiting: Vec<Waker>,
}

impl<K: Key> Shelf<K> {
    fn new(reader: &Reader) -> Self {
        Self {
            // Nothing more comes while a batch is loaded: the request gathered it before.
            loader: Loader::new(Batch(reader.clone(), PhantomData))
                .with_max_batch_size(MAX_KEYS)
                .with_yield_count(0),
            state: Mutex::new(Keys {
                loaded: HashMap::new(),
                wanted: Vec::new(),
                waiting: Vec::new(),
            }),
        }
    }

    fn keys(&self) -> MutexGuard<'_, Keys<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of a key when it is there; until then `context` waits. The first key asked for puts off the batch.
    fn poll(
        self: &Arc<Self>,
        key: &K,
        is_asked: &mut bool,
        gathering: &Gathering,
        context: &Context<'_>,
    ) -> Poll<Loaded<K>> {
        let mut keys = self.keys();
        if let Some(value) = keys.loaded.get(key) {
            return Poll::Ready(value.clone());
        }
        if !*is_asked {
            if keys.wanted.is_empty() {
                gathering.put_off(Box::pin(self.clone().load()));
            }
            keys.wanted.push(key.clone());
            *is_asked = true;
        }
        keys.waiting.push(context.waker().clone());
        Poll::Pending
    }

    async fn load(self: Arc<Self>) {
        let wanted = std::mem::take(&mut self.keys().wanted);
        let loaded = match self.loader.try_load_many(wanted.clone()).await {
            Ok(loaded) => loaded,
            Err(_) => wanted.into_iter().map(|key| (key, Err(Failure::Internal))).collect(),
        };
        let waiting = {
            let mut keys = self.keys();
            keys.loaded.extend(loaded);
            std::mem::take(&mut keys.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// The loaders of one scope, each made on first use.
#[derive(Default)]
pub struct Loaders(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Loaders {
    fn of<K: Key>(&self, reader: &Reader) -> Result<Arc<Shelf<K>>, Failure> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves
            .entry(TypeId::of::<K>())
            .or_insert_with(|| Arc::new(Shelf::<K>::new(reader)));
        shelf.clone().downcast().map_err(|_| Failure::Internal)
    }
}

impl Scope {
    /// Loads one key together with all that the request asks for at the same time.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn load<K: Key>(&self, key: K) -> Loaded<K> {
        let shelf = self.loaders().of::<K>(self.reader())?;
        match self.gathering() {
            Some(gathering) => {
                let mut is_asked = false;
                poll_fn(|context| shelf.poll(&key, &mut is_asked, gathering, context)).await
            }
            // Kept apart: the future of every field that loads would be as large as the whole batch.
            None => Box::pin(shelf.loader.try_load(key))
                .await
                .unwrap_or(Err(Failure::Internal)),
        }
    }

    /// The row with this id, if the viewer may read it.
    pub async fn get<E: Guarded>(&self, id: Uuid) -> Result<Option<Arc<E::Model>>, Failure> {
        self.load(ById::<E>(id, PhantomData)).await
    }

    /// Has a row at hand that the viewer may read and that was just written, so that it is not read again.
    pub fn prime<E: Guarded>(&self, row: E::Model) -> Result<(), Failure> {
        let key = ById::<E>(id_of(&row, id_column::<E>()), PhantomData);
        let shelf = self.loaders().of::<ById<E>>(self.reader())?;
        shelf.keys().loaded.insert(key, Ok(Some(Arc::new(row))));
        Ok(())
    }

    /// The rows with these ids that the viewer may read, in the order of the ids.
    pub async fn get_all<E: Guarded>(
        &self,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<Arc<E::Model>>, Failure> {
        let loads = ids.into_iter().map(|id| self.get::<E>(id));
        Ok(futures_util::future::try_join_all(loads)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// Whether the viewer may do `action` to the row with this id.
    pub async fn may<E: Guarded>(&self, id: Uuid, action: Action) -> Result<bool, Failure> {
        self.load(Allowed::<E>(id, action, PhantomData)).await
    }

    /// All rows of a plain list, in its first order.
    pub async fn all<R: Relation>(&self, parent: Uuid) -> Result<Arc<[Arc<Row<R>>]>, Failure> {
        self.load(Children::<R>::new(parent, Page::whole(), R::Filter::default()))
            .await
    }
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
        let rows = reader.some_of_rows::<E>(select, Columns::ALL).await?;
        Ok(rows
            .into_iter()
            .map(|row| (ById(id_of(&row, column), PhantomData), Some(Arc::new(row))))
            .collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

/// Whether the viewer may do something to the row of `E` with an id.
struct Allowed<E>(Uuid, Action, PhantomData<fn() -> E>);
key_by_fields!(Allowed<E: Guarded> { 0, 1, 2 });

#[derive(FromQueryResult)]
struct Identified {
    id: Uuid,
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

impl<R: Relation> Key for Children<R> {
    type Value = Arc<[Arc<Row<R>>]>;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Self::Value>, Failure> {
        let mut found = HashMap::new();
        for (what, parents) in grouped(keys.iter().map(|key| (&key.what, key.parent))) {
            let page = &what.page;
            let select = page.bounded(R::Child::find().filter(R::keep(&what.filter, reader.viewer())?))?;
            let columns = page.columns::<R::Child>(R::COLUMN);
            let rows = match parents.as_slice() {
                [parent] => {
                    let own = ExprTrait::eq(Expr::col((R::Child::default(), R::COLUMN)), *parent);
                    reader.some_of_rows(select.filter(own), columns).await?
                }
                _ => reader.slices(select, R::COLUMN, &parents, columns).await?,
            };
            let mut lists: HashMap<Uuid, Vec<Arc<Row<R>>>> = HashMap::new();
            for row in rows {
                lists.entry(id_of(&row, R::COLUMN)).or_default().push(Arc::new(row));
            }
            for (parent, mut list) in lists {
                if parents.len() > 1 {
                    page.sort::<R::Child>(&mut list);
                }
                let what = what.clone();
                found.insert(Self { parent, what }, list.into());
            }
        }
        Ok(found)
    }

    fn missing() -> Self::Value {
        Arc::new([])
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

#[derive(FromQueryResult)]
struct Counted {
    parent: Uuid,
    total: i64,
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
