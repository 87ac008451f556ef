//! Global ids: opaque, stable, of one type. An id that cannot be read, names another type, does not exist or is not
//! visible is one answer everywhere.
use crate::{
    access::Guarded,
    error::Failure,
    page::Note,
    print::{List, One, Plain, ready::Ready},
    scope::{Request, Scope},
};
use async_graphql::{
    Context, ContextSelectionSet, ID, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::EntityTrait;
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

/// An entity that clients know by a type name.
pub trait Named: EntityTrait {
    /// The GraphQL type.
    const NAME: &'static str;
}

/// A GraphQL object that is one row of an entity.
pub trait Record: Plain + From<Arc<<Self::Entity as EntityTrait>::Model>> + 'static {
    /// The table behind it.
    type Entity: Guarded + Named;
}

/// The global id of a row: its type's name, a colon and its sixteen bytes, in the URL-safe base 64.
pub fn global<E: Named>(id: Uuid) -> ID {
    named(E::NAME, id)
}

/// The global id of a row of the type with this name.
pub(crate) fn named(name: &str, id: Uuid) -> ID {
    ID(URL_SAFE_NO_PAD.encode([name.as_bytes(), b":", id.as_bytes()].concat()))
}

/// The global id of a row, written only where it goes: a page has hundreds of them.
#[derive(Clone, Copy, Debug)]
pub struct GlobalId {
    name: &'static str,
    id: Uuid,
}

impl GlobalId {
    /// That of a row of `E`.
    pub fn of<E: Named>(id: Uuid) -> Self {
        Self::named(E::NAME, id)
    }

    /// That of a row of the type with this name.
    pub(crate) fn named(name: &'static str, id: Uuid) -> Self {
        Self { name, id }
    }
}

impl From<GlobalId> for ID {
    fn from(GlobalId { name, id }: GlobalId) -> Self {
        named(name, id)
    }
}

impl Ready for GlobalId {
    fn write(&self, out: &mut Vec<u8>) {
        let (mut bytes, mut text) = ([0; 96], [0; 128]);
        let end = self.name.len() + 17;
        let written = bytes.get_mut(..end).and_then(|bytes| {
            let (name, id) = bytes.split_at_mut(self.name.len());
            name.copy_from_slice(self.name.as_bytes());
            id[0] = b':';
            id[1..].copy_from_slice(self.id.as_bytes());
            URL_SAFE_NO_PAD.encode_slice(bytes, &mut text).ok()
        });
        match written {
            Some(length) => {
                out.push(b'"');
                out.extend_from_slice(&text[..length]);
                out.push(b'"');
            }
            // A name so long that it does not fit.
            None => ID::from(*self).write(out),
        }
    }
}

impl OutputType for GlobalId {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(ID::from(*self).0))
    }
}

/// The id of a row of `E`; none for anything else.
pub fn parse<E: Named>(id: &ID) -> Option<Uuid> {
    let (name, id) = split(id)?;
    (name == E::NAME).then_some(id)
}

/// The type's name and the id in a global id.
pub(crate) fn split(id: &ID) -> Option<(String, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
    let (name, id) = bytes.split_at_checked(bytes.len().checked_sub(17)?)?;
    let id = Uuid::from_slice(id.strip_prefix(b":")?).ok()?;
    Some((String::from_utf8(name.to_vec()).ok()?, id))
}

impl Scope {
    /// The object that a global id names, if the viewer may read it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn node<N: Record>(&self, id: &ID) -> Result<Option<N>, Failure> {
        match parse::<N::Entity>(id) {
            Some(id) => self.record(id).await,
            None => Ok(None),
        }
    }

    /// The object with this id, if the viewer may read it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn record<N: Record>(&self, id: Uuid) -> Result<Option<N>, Failure> {
        Ok(self.get::<N::Entity>(id).await?.map(N::from))
    }

    /// The object behind a column that may be empty.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn record_if<N: Record>(&self, id: Option<Uuid>) -> Result<Option<N>, Failure> {
        match id {
            Some(id) => self.record(id).await,
            None => Ok(None),
        }
    }

    /// The object that must be there, because a row that the viewer reads refers to it.
    ///
    /// # Errors
    /// `Internal` when it is not.
    pub async fn required<N: Record>(&self, id: Uuid) -> Result<N, Failure> {
        self.record(id).await?.ok_or(Failure::Internal)
    }

    /// The object that a field shows, as a row that the viewer reads refers to it.
    ///
    /// # Errors
    /// `Internal` when it is not there.
    pub async fn referred<N: Record>(&self, ctx: &Context<'_>, id: Uuid) -> Result<One<N>, Failure> {
        match self.at_hand(ctx, id) {
            Some(object) => Ok(object),
            None => self.required(id).await.map(One),
        }
    }

    /// The object that a field shows, behind a column that may be empty.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn referred_if<N: Record>(&self, ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<One<N>>, Failure> {
        let Some(id) = id else { return Ok(None) };
        match self.at_hand(ctx, id) {
            Some(object) => Ok(Some(object)),
            None => Ok(self.record(id).await?.map(One)),
        }
    }

    /// The object that a field shows, if the request has read already what is selected of it.
    pub fn at_hand<N: Record>(&self, ctx: &Context<'_>, id: Uuid) -> Option<One<N>> {
        let row = self.loaded::<N::Entity>(id);
        let needed = || Request::of(ctx).noted::<One<N>>(ctx, || Note::of_one::<N>(&ctx.field()));
        let row = row.or_else(|| self.part::<N::Entity>(id, || needed().columns));
        row.map(|row| One(N::from(row)))
    }

    /// The objects with these ids that the viewer may read, in their order.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn records<N: Record>(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<List<N>, Failure> {
        Ok(self.get_all::<N::Entity>(ids).await?.into_iter().map(N::from).collect())
    }
}

/// Declares a GraphQL object over a table: the newtype over the shared row, its name, and its place among the nodes.
#[macro_export]
macro_rules! record {
    ($(#[$doc:meta])* $name:ident = $module:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(pub std::sync::Arc<entity::$module::Model>);

        impl From<std::sync::Arc<entity::$module::Model>> for $name {
            fn from(row: std::sync::Arc<entity::$module::Model>) -> Self {
                Self(row)
            }
        }

        impl $crate::node::Named for entity::$module::Entity {
            const NAME: &'static str = stringify!($name);
        }

        impl $crate::node::Record for $name {
            type Entity = entity::$module::Entity;
        }
    };
}
