//! Batched reads, written once. A key says what to load; the rows come back guarded, in one statement a batch whatever
//! the number of keys. Adding a table adds no code here.
mod beside;
mod children;
mod shelf;

pub use beside::Beside;
pub use children::{Children, CountOf, Listed, Relation, Row};
pub(crate) use shelf::AtHand;
pub use shelf::Loaders;

use crate::{access::*, error::Failure, sql::bare};
use entity::{Columns, Fetched};
use foldhash::{HashMap, HashMapExt};
use sea_orm::{EntityTrait, ModelTrait, QueryFilter, Value, sea_query::Expr};
use std::{
    fmt::Debug,
    hash::{Hash, Hasher},
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

use key_by_fields;

/// The row of `E` with an id.
struct ById<E>(Uuid, PhantomData<fn() -> E>);
key_by_fields!(ById<E: Guarded> { 0, 1 });

impl<E: Guarded> Key for ById<E> {
    type Value = Option<Arc<E::Model>>;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Self::Value>, Failure> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let column = id_column::<E>();
        let select = bare::<E>().filter(reader.viewer().dialect.among((E::default(), column), &ids));
        let read = |row: &Fetched<'_>| <E::Model as entity::Row>::read(row).map(Arc::new);
        let rows = reader.whole_rows(select, read).await?;
        Ok(rows
            .into_iter()
            .map(|row| (ById(id_of(&*row, column), PhantomData), Some(row)))
            .collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

/// What was read of the row of `E` with an id; it is never asked for, only found.
struct Part<E>(Uuid, PhantomData<fn() -> E>);
key_by_fields!(Part<E: Guarded> { 0, 1 });

/// Some columns of a row; the others are blank.
type Parts<E> = Vec<(Columns, Arc<<E as EntityTrait>::Model>)>;

impl<E: Guarded> Key for Part<E> {
    type Value = Parts<E>;

    async fn batch(_: &Reader, _: &[Self]) -> Result<HashMap<Self, Parts<E>>, Failure> {
        Ok(HashMap::new())
    }

    fn missing() -> Parts<E> {
        Vec::new()
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
            let select = bare::<E>().filter(reader.viewer().dialect.among((E::default(), column), &ids));
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
