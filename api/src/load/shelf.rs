//! What a request loads: the keys of a kind wait on a shelf until their batch is run.
use super::{Allowed, ById, Key, MAX_KEYS, Part, id_of};
use crate::{access::*, error::Failure, gather::Gathering, scope::Scope};
use entity::Columns;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use std::{
    any::{Any, TypeId},
    future::poll_fn,
    marker::PhantomData,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll, Waker},
};
use uuid::Uuid;

/// The value of a key, or why there is none.
pub(super) type Loaded<K> = Result<<K as Key>::Value, Failure>;
type Loader<K> = ::dataloader::cached::Loader<K, Loaded<K>, Batch<K>>;

/// Puts a row at the hand of a scope.
pub(crate) type AtHand = Arc<dyn Fn(&Scope) -> Result<(), Failure> + Send + Sync>;

struct Batch<K>(Reader, PhantomData<fn() -> K>);

impl<K: Key> ::dataloader::BatchFn<K, Loaded<K>> for Batch<K> {
    async fn load(&mut self, keys: &[K]) -> std::collections::HashMap<K, Loaded<K>> {
        each(keys, K::batch(&self.0, keys).await).collect()
    }
}

/// The value of each of the keys that a batch was asked for.
fn each<K: Key>(
    keys: &[K],
    mut found: Result<HashMap<K, K::Value>, Failure>,
) -> impl ExactSizeIterator<Item = (K, Loaded<K>)> {
    keys.iter().map(move |key| {
        let value = match &mut found {
            Ok(found) => Ok(found.remove(key).unwrap_or_else(K::missing)),
            Err(failure) => Err(failure.clone()),
        };
        (key.clone(), value)
    })
}

/// The keys of one kind: what was loaded, what is asked for, and who waits.
struct Shelf<K: Key> {
    reader: Reader,
    /// For those who gather nothing.
    loader: OnceLock<Loader<K>>,
    state: Mutex<Keys<K>>,
}

struct Keys<K: Key> {
    loaded: HashMap<K, Loaded<K>>,
    wanted: HashSet<K>,
    waiting: Vec<Waker>,
}

impl<K: Key> Shelf<K> {
    fn new(reader: &Reader) -> Self {
        Self {
            reader: reader.clone(),
            loader: OnceLock::new(),
            state: Mutex::new(Keys {
                loaded: HashMap::new(),
                wanted: HashSet::new(),
                waiting: Vec::new(),
            }),
        }
    }

    fn loader(&self) -> &Loader<K> {
        self.loader.get_or_init(|| {
            Loader::new(Batch(self.reader.clone(), PhantomData))
                .with_max_batch_size(MAX_KEYS)
                .with_yield_count(0)
        })
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
            keys.wanted.insert(key.clone());
            *is_asked = true;
        }
        keys.waiting.push(context.waker().clone());
        Poll::Pending
    }

    /// Loads what is asked for. Nothing more comes meanwhile: the request gathered it before.
    async fn load(self: Arc<Self>) {
        let wanted: Vec<K> = std::mem::take(&mut self.keys().wanted).into_iter().collect();
        for batch in wanted.chunks(MAX_KEYS) {
            let found = K::batch(&self.reader, batch).await;
            self.keys().loaded.extend(each(batch, found));
        }
        let waiting = std::mem::take(&mut self.keys().waiting);
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// The loaders of one scope, each made on first use: so few that one is found sooner than its key is hashed.
#[derive(Default)]
pub struct Loaders(Mutex<Vec<(TypeId, Arc<dyn Any + Send + Sync>)>>);

impl Loaders {
    fn of<K: Key>(&self, reader: &Reader) -> Result<Arc<Shelf<K>>, Failure> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = TypeId::of::<K>();
        if let Some((_, shelf)) = shelves.iter().find(|(kind, _)| *kind == own) {
            return shelf.clone().downcast().map_err(|_| Failure::Internal);
        }
        let shelf = Arc::new(Shelf::<K>::new(reader));
        shelves.push((own, shelf.clone()));
        Ok(shelf)
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
            None => Box::pin(shelf.loader().try_load(key))
                .await
                .unwrap_or(Err(Failure::Internal)),
        }
    }

    /// The row with this id, if the viewer may read it.
    pub async fn get<E: Guarded>(&self, id: Uuid) -> Result<Option<Arc<E::Model>>, Failure> {
        self.load(ById::<E>(id, PhantomData)).await
    }

    /// The row with this id, which the viewer may read, if it was loaded before.
    pub fn loaded<E: Guarded>(&self, id: Uuid) -> Option<Arc<E::Model>> {
        let shelf = self.loaders().of::<ById<E>>(self.reader()).ok()?;
        let keys = shelf.keys();
        keys.loaded.get(&ById::<E>(id, PhantomData))?.clone().ok().flatten()
    }

    /// Has a row at hand that the viewer may read and that was just read or written, so that it is not read again.
    pub fn prime<E: Guarded>(&self, row: Arc<E::Model>) -> Result<(), Failure> {
        let key = ById::<E>(id_of(&*row, id_column::<E>()), PhantomData);
        let shelf = self.loaders().of::<ById<E>>(self.reader())?;
        shelf.keys().loaded.entry(key).or_insert_with(|| Ok(Some(row)));
        Ok(())
    }

    /// As much as is needed of the row with this id, which the viewer may read, if that was read beside another.
    pub(crate) fn part<E: Guarded>(&self, id: Uuid, needed: impl FnOnce() -> Columns) -> Option<Arc<E::Model>> {
        let shelf = self.loaders().of::<Part<E>>(self.reader()).ok()?;
        let keys = shelf.keys();
        let parts = keys.loaded.get(&Part::<E>(id, PhantomData))?.as_ref().ok()?;
        let needed = needed();
        let part = parts.iter().find(|(columns, _)| columns.and(needed) == *columns);
        part.map(|(_, row)| row.clone())
    }

    /// Has some columns at hand of a row that the viewer may read.
    pub(crate) fn prime_part<E: Guarded>(&self, row: Arc<E::Model>, columns: Columns) -> Result<(), Failure> {
        let key = Part::<E>(id_of(&*row, id_column::<E>()), PhantomData);
        let shelf = self.loaders().of::<Part<E>>(self.reader())?;
        let mut keys = shelf.keys();
        let parts = keys.loaded.entry(key).or_insert_with(|| Ok(Vec::new()));
        if let Ok(parts) = parts
            && parts.iter().all(|(known, _)| known.and(columns) != *known)
        {
            parts.push((columns, row));
        }
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
}
