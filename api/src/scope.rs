//! One request's view of the world: who asks, at what moment, and what was already read. Every commit starts a new one,
//! or a creator could not see what was just created.
use crate::{
    access::{Db, Reader, Viewer},
    auth::Credential,
    error::Failure,
    gather::Gathering,
    load::Loaders,
    page::Note,
};
use async_graphql::{Context, Pos};
use chrono::{DateTime, Utc};
use foldhash::HashMap;
use std::{
    any::TypeId,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Where time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// One that stands still until it is set.
    Set(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The moment, to the microsecond.
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
        crate::sql::instant(match self {
            Self::System => Utc::now(),
            Self::Set(moment) => *moment.lock().unwrap_or_else(PoisonError::into_inner),
        })
    }
}

/// A new id: unique, and later than every earlier one of this process.
pub fn new_id() -> Uuid {
    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    Uuid::now_v7()
}

/// Who asks, when, and what was already read for them.
pub struct Scope {
    reader: Reader,
    loaders: Loaders,
    gathering: Option<Arc<Gathering>>,
    client: Arc<Client>,
    db: Db,
}

impl Scope {
    /// A scope in which nothing was read yet, outside of a request: what it loads, it loads at once.
    pub fn new(db: Db, viewer: Viewer) -> Self {
        let reader = Reader::new(db.clone(), Arc::new(viewer));
        Self {
            reader,
            loaders: Loaders::default(),
            gathering: None,
            client: Arc::default(),
            db,
        }
    }

    fn of_request(db: Db, viewer: Viewer, gathering: Arc<Gathering>, client: Arc<Client>) -> Self {
        Self {
            gathering: Some(gathering),
            client,
            ..Self::new(db, viewer)
        }
    }

    /// A scope of nobody, at the same moment and for the same request: what is changed in it is proved by a secret.
    pub(crate) fn of_nobody(&self) -> Self {
        let nobody = Viewer::anonymous(self.db.dialect, self.now());
        Self {
            client: self.client.clone(),
            ..Self::new(self.db.clone(), nobody)
        }
    }

    /// The scope in force for a field.
    pub fn of(ctx: &Context<'_>) -> Arc<Self> {
        Request::of(ctx).scope()
    }

    /// Who asks.
    pub fn viewer(&self) -> &Viewer {
        self.reader.viewer()
    }

    /// The moment of the request.
    pub fn now(&self) -> DateTime<Utc> {
        self.viewer().now
    }

    /// Guarded reads.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    pub(crate) fn loaders(&self) -> &Loaders {
        &self.loaders
    }

    pub(crate) fn gathering(&self) -> Option<&Gathering> {
        self.gathering.as_deref()
    }

    /// Who sent the request.
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }
}

/// What a request brought with it besides its document.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The token of the Authorization header.
    pub credential: Option<Credential>,
    /// The User-Agent header.
    pub user_agent: Option<String>,
    /// The address of the peer.
    pub address: Option<IpAddr>,
    /// The number of the request in the log.
    pub request_id: Option<String>,
}

/// A request: its client, and the scope that is in force now.
pub struct Request {
    /// What the client sent along.
    pub client: Arc<Client>,
    clock: Clock,
    db: Db,
    gathering: Arc<Gathering>,
    is_printed: bool,
    signed_in: Mutex<Option<Credential>>,
    scope: Mutex<Arc<Scope>>,
    /// What is selected of fields, by where they lie and what they were looked through for.
    notes: Mutex<HashMap<(usize, Pos, TypeId), Note>>,
}

impl Request {
    /// Reads who asks.
    ///
    /// # Errors
    /// `Internal` when the database fails; a token that is not valid makes an anonymous viewer.
    pub async fn begin(db: Db, clock: Clock, client: impl Into<Arc<Client>>) -> Result<Self, Failure> {
        let client = client.into();
        let viewer = Viewer::identify(&db, client.credential.as_ref(), clock.now()).await?;
        let gathering = Arc::new(Gathering::default());
        let scope = Scope::of_request(db.clone(), viewer, gathering.clone(), client.clone());
        let scope = Mutex::new(Arc::new(scope));
        Ok(Self {
            client,
            clock,
            db,
            gathering,
            is_printed: false,
            signed_in: Mutex::default(),
            scope,
            notes: Mutex::default(),
        })
    }

    /// The request that a field belongs to.
    pub fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked::<Arc<Self>>()
    }

    /// The same, for what outlives the field.
    pub(crate) fn shared(ctx: &Context<'_>) -> Arc<Self> {
        ctx.data_unchecked::<Arc<Self>>().clone()
    }

    /// The same request, its lists printed while they are resolved or not.
    pub(crate) fn printed(self, is_printed: bool) -> Self {
        Self { is_printed, ..self }
    }

    /// Whether its lists are printed while they are resolved.
    pub(crate) fn is_printed(&self) -> bool {
        self.is_printed
    }

    /// What `find` finds selected of a field, to show a `K`: found once for all objects that have the field, and for all
    /// events of a subscription. A field is known by its place in memory, for a request has one document, which stays where
    /// it is while fields are resolved, and by its place in the document besides.
    pub(crate) fn noted<K: 'static>(&self, ctx: &Context<'_>, find: impl FnOnce() -> Note) -> Note {
        let notes = || self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (std::ptr::from_ref(ctx.item).addr(), ctx.item.pos, TypeId::of::<K>());
        let known = notes().get(&key).copied();
        known.unwrap_or_else(|| {
            let note = find();
            notes().insert(key, note);
            note
        })
    }

    /// The batches that its fields wait for.
    pub fn gathering(&self) -> Arc<Gathering> {
        self.gathering.clone()
    }

    /// The scope in force.
    pub fn scope(&self) -> Arc<Scope> {
        self.scope.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a new scope: what was read before a commit is forgotten, who asks is read again.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn renew(&self) -> Result<Arc<Scope>, Failure> {
        let signed_in = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let credential = signed_in.as_ref().or(self.client.credential.as_ref());
        let viewer = Viewer::identify(&self.db, credential, self.clock.now()).await?;
        let scope = Scope::of_request(self.db.clone(), viewer, self.gathering.clone(), self.client.clone());
        let scope = Arc::new(scope);
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = scope.clone();
        Ok(scope)
    }

    /// Starts a new scope, and all later ones, as the person whom a token that was just made lets in.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn sign_in(&self, credential: Credential) -> Result<Arc<Scope>, Failure> {
        *self.signed_in.lock().unwrap_or_else(PoisonError::into_inner) = Some(credential);
        self.renew().await
    }
}
