//! Subscriptions: each hears what changes, keeps what its target holds, and reads it anew for every event, as the viewer
//! is then. It ends when the target can no longer be seen.
use super::{Change, Heard};
use crate::{
    access::{Permission, Viewer},
    error::Failure,
    node::{self, Named, Record},
    organization::program::Program,
    root::{ChangeNodeType, Node},
    scope::{Request, Scope},
};
use async_graphql::{Context, Enum, ID, Subscription};
use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};
use plain::Object;
use sea_orm::EntityTrait;
use std::{collections::HashSet, sync::Arc};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

/// What is followed: a record that must be visible all the time.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    id: ID,
    /// The record's own id.
    pub(crate) key: Uuid,
}

impl Target {
    /// A record that the viewer may see.
    ///
    /// # Errors
    /// `BadInput` when there is none, or the viewer may not see it.
    pub(crate) async fn of<N: Record>(ctx: &Context<'_>, id: &ID) -> Result<Self, Failure> {
        let unknown = || Failure::BadInput("There is no such record to follow.".into());
        let key = node::parse::<N::Entity>(id).ok_or_else(unknown)?;
        Scope::of(ctx).record::<N>(key).await?.ok_or_else(unknown)?;
        Ok(Self { id: id.clone(), key })
    }

    /// The viewer's own account.
    ///
    /// # Errors
    /// `Unauthenticated` for the anonymous.
    pub(crate) fn viewer<N: Record>(ctx: &Context<'_>) -> Result<Self, Failure> {
        let key = Scope::of(ctx).viewer().user()?;
        Ok(Self {
            id: node::global::<N::Entity>(key),
            key,
        })
    }

    async fn is_visible(&self, scope: &Scope) -> Result<bool, Failure> {
        Ok(crate::root::fetch(scope, &self.id).await?.is_some())
    }
}

fn programs(viewer: &Viewer) -> HashSet<Uuid> {
    let staffed = viewer.memberships.iter().map(|membership| membership.program_id);
    staffed.chain(viewer.athlete_programs.iter().copied()).collect()
}

/// Changes as they are heard, each with the scope to read it in.
pub(crate) struct Follow {
    request: Arc<Request>,
    heard: Receiver<Heard>,
    target: Target,
    /// Programs that the viewer belongs to.
    programs: HashSet<Uuid>,
}

impl Follow {
    /// Follows a target from now on.
    pub(crate) fn new(ctx: &Context<'_>, target: Target) -> Self {
        let request = Request::shared(ctx);
        let scope = request.scope();
        Self {
            heard: scope.db().changes().listen(),
            programs: programs(scope.viewer()),
            request,
            target,
        }
    }

    /// The next change that `keeps` says yes to, in a new scope; none when the target is out of sight.
    async fn next(&mut self, keeps: impl Fn(&Change) -> bool) -> Result<Option<(Arc<Change>, Arc<Scope>)>, Failure> {
        loop {
            let change = match self.heard.recv().await {
                Ok(Heard::Change(change)) => change,
                Ok(Heard::Gap) | Err(RecvError::Lagged(_)) => return Err(Failure::Gap),
                Err(RecvError::Closed) => return Ok(None),
            };
            let is_kept = keeps(&change);
            let user = self.request.scope().viewer().user()?;
            let may_end = change.makes_viewers && change.concerns(user, &self.programs);
            if !(is_kept || may_end) {
                continue;
            }
            let scope = self.request.renew().await?;
            scope.viewer().user()?;
            self.programs = programs(scope.viewer());
            if !self.target.is_visible(&scope).await? {
                return Ok(None);
            }
            if is_kept {
                return Ok(Some((change, scope)));
            }
        }
    }

    /// What `read` makes of each change that `keeps` says yes to. What it finds nothing for is passed over; the stream
    /// ends with the first failure.
    pub(crate) fn stream<T, R>(
        self,
        keeps: impl Fn(&Change) -> bool + Send + Sync + 'static,
        read: impl Fn(Arc<Change>, Arc<Scope>) -> R + Send + Sync + 'static,
    ) -> impl Stream<Item = Result<T, Failure>> + Send + 'static
    where
        T: Send + 'static,
        R: Future<Output = Result<Option<T>, Failure>> + Send + 'static,
    {
        stream::unfold(Some((self, keeps, read)), async |state| {
            let (mut follow, keeps, read) = state?;
            loop {
                let heard = match follow.next(&keeps).await {
                    Ok(Some((change, scope))) => read(change, scope).await,
                    Ok(None) => return None,
                    Err(failure) => Err(failure),
                };
                match heard {
                    Ok(None) => {}
                    Ok(Some(item)) => return Some((Ok(item), Some((follow, keeps, read)))),
                    Err(failure) => return Some((Err(failure), None)),
                }
            }
        })
    }

    /// The records of a type that changed and that `is_meant`, as the viewer may see them then.
    pub(crate) fn records<N: Record + Send + Sync>(
        self,
        is_meant: impl Fn(&<N::Entity as EntityTrait>::Model) -> bool + Send + Sync + 'static,
        keeps: impl Fn(&Change) -> bool + Send + Sync + 'static,
    ) -> impl Stream<Item = Result<N, Failure>> + Send + 'static
    where
        <N::Entity as EntityTrait>::Model: Send + Sync,
    {
        let is_meant = Arc::new(is_meant);
        self.stream(
            move |change| change.node_type == <N::Entity as Named>::NAME && keeps(change),
            move |change, scope| {
                let is_meant = is_meant.clone();
                async move {
                    let row = scope.get::<N::Entity>(change.node_id).await?;
                    Ok(row.filter(|row| is_meant(row)).map(N::from))
                }
            },
        )
    }
}

/// What happened to a record.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::ChangeOperation")]
pub enum ChangeOperation {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Deleted,
}

/// A change of a record that the viewer may read.
pub struct ChangeEvent {
    change: Arc<Change>,
    kind: ChangeNodeType,
    heard_at: DateTime<Utc>,
}

/// A change of a record.
#[Object]
impl ChangeEvent {
    /// What happened.
    async fn operation(&self) -> ChangeOperation {
        self.change.operation.into()
    }

    /// Type of the record.
    async fn node_type(&self) -> ChangeNodeType {
        self.kind
    }

    /// Id of the record.
    async fn node_id(&self) -> ID {
        node::named(&self.change.node_type, self.change.node_id)
    }

    /// The record as it is now; null when it is gone.
    async fn node(&self, ctx: &Context<'_>) -> crate::error::Nullable<Node> {
        let id = node::named(&self.change.node_type, self.change.node_id);
        crate::root::fetch(&Scope::of(ctx), &id).await.into()
    }

    /// When the server told of it.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.heard_at
    }
}

/// This area's part of the subscriptions.
#[derive(Default)]
pub struct FeedSubscription;

#[Subscription]
impl FeedSubscription {
    /// Changes of the records of a program that the viewer may read. That one was removed is told to those who read all
    /// of the program. Requires a membership in the program.
    async fn change_occurred(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which program, by its id.")] program_id: ID,
        #[graphql(desc = "Only records of these types; left out, all.")] types: Option<Vec<ChangeNodeType>>,
    ) -> Result<impl Stream<Item = Result<ChangeEvent, Failure>>, Failure> {
        let target = Target::of::<Program>(ctx, &program_id).await?;
        let program = target.key;
        let is_asked_for = move |change: &Change| {
            change.program_id == Some(program)
                && ChangeNodeType::of(&change.node_type)
                    .is_some_and(|kind| types.as_ref().is_none_or(|types| types.contains(&kind)))
        };
        Ok(Follow::new(ctx, target).stream(is_asked_for, async |change, scope| {
            let Some(kind) = ChangeNodeType::of(&change.node_type) else {
                return Ok(None);
            };
            let is_visible = if change.operation == entity::enums::ChangeOperation::Deleted {
                let staffed = scope.viewer().programs(Permission::ViewTraining);
                change.program_id.is_some_and(|program| staffed.contains(&program))
            } else {
                let id = node::named(&change.node_type, change.node_id);
                crate::root::fetch(&scope, &id).await?.is_some()
            };
            let heard_at = scope.now();
            Ok(is_visible.then_some(ChangeEvent { change, kind, heard_at }))
        }))
    }
}
