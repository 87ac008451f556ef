//! The audit log, as it is read.
use super::program::Program;
use crate::{
    access::*,
    auth::user::User,
    error::{Failure, Nullable},
    load::Relation,
    node,
    page::{DateTimeRange, Ordered},
    print::One,
    record,
    root::Node,
    scope::Scope,
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    audit_event::{Column, Entity},
    user,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

record! {
    /// An entry of the audit log.
    AuditEvent = audit_event
}

/// Which entries of the audit log to keep; conditions left out keep all.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AuditEventFilter {
    /// Any of these words for what was done, such as `member.role_change`.
    actions: Option<Vec<String>>,
    /// By any of these users.
    actor_ids: Option<Vec<ID>>,
    /// About any of these records, whether they still exist or not.
    subject_ids: Option<Vec<ID>>,
    /// When it happened.
    occurred_at: Option<DateTimeRange>,
}

/// An entry of the audit log: who did what. It is written together with what it tells and never changed. Those of a program
/// require VIEW_AUDIT_LOG, those of an account are for the person alone.
#[Object]
impl AuditEvent {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Where it was done; null for what was done to an account.
    async fn program(&self, ctx: &Context<'_>) -> Nullable<One<Program>> {
        Scope::of(ctx).referred_if(ctx, self.0.program_id).await.into()
    }

    /// Id of the user who did it, whether the viewer still sees them or not; null when nobody was signed in, as when a
    /// sign-in fails.
    async fn actor_id(&self) -> Option<ID> {
        self.0.actor_id.map(node::global::<user::Entity>)
    }

    /// Who did it; null when nobody was signed in, and for people whom the viewer does not see, as they left.
    async fn actor(&self, ctx: &Context<'_>) -> Nullable<One<User>> {
        Scope::of(ctx).referred_if(ctx, self.0.actor_id).await.into()
    }

    /// What the API token was called by which it was done; null when it was done by a signed-in device.
    async fn actor_token_name(&self) -> Option<&str> {
        self.0.api_token_name.as_deref()
    }

    /// What was done, in a word such as `member.role_change`, `roster_entry.add` or `team.delete`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// What sort of record it was done to, by the name of its type.
    async fn subject_type(&self) -> &str {
        &self.0.subject_type
    }

    /// Id of the record it was done to, which may no longer exist.
    async fn subject_id(&self) -> ID {
        node::named(&self.0.subject_type, self.0.subject_id)
    }

    /// The record it was done to; null when it no longer exists or the viewer may not see it.
    async fn subject(&self, ctx: &Context<'_>) -> Nullable<Node> {
        let id = node::named(&self.0.subject_type, self.0.subject_id);
        crate::root::fetch(&Scope::of(ctx), &id).await.into()
    }

    /// What else is worth knowing, such as the role before and after: never secrets, addresses or health data.
    async fn detail(&self) -> async_graphql::Json<&serde_json::Value> {
        async_graphql::Json(&self.0.detail.0)
    }

    /// By what the request is named in the server's log; null where it has no name.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Network address that it was done from; null for the command line.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// When it was done.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// What was done in a program.
pub struct AuditLogOfProgram;

impl Relation for AuditLogOfProgram {
    type Child = Entity;
    type Filter = AuditEventFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &AuditEventFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        filter.keep(viewer)
    }
}

/// What was done to an account.
pub struct AuditLogOfUser;

impl Relation for AuditLogOfUser {
    type Child = Entity;
    type Filter = AuditEventFilter;
    const COLUMN: Column = Column::AccountId;

    fn keep(filter: &AuditEventFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        filter.keep(viewer)
    }
}

impl AuditEventFilter {
    fn keep(&self, viewer: &Viewer) -> Result<Condition, Failure> {
        let lengths = [
            self.actions.as_ref().map(Vec::len),
            self.actor_ids.as_ref().map(Vec::len),
            self.subject_ids.as_ref().map(Vec::len),
        ];
        if lengths.into_iter().flatten().any(|length| length > 100) {
            return Err(Failure::BadInput("Ask for at most 100 of a kind.".into()));
        }
        let among = |column: Column, ids: Vec<Uuid>| viewer.dialect.among(own(column), &ids);
        let actors = self.actor_ids.as_ref().map(|ids| {
            let ids = ids.iter().filter_map(node::parse::<user::Entity>);
            among(Column::ActorId, ids.collect())
        });
        let subjects = self.subject_ids.as_ref().map(|ids| {
            let ids = ids.iter().filter_map(|id| Some(node::split(id)?.1));
            among(Column::SubjectId, ids.collect())
        });
        let actions = self.actions.as_ref();
        let range = self.occurred_at.unwrap_or_default();
        Ok(Condition::all()
            .add_option(actions.map(|actions| viewer.dialect.any_of::<String>(Column::Action, actions.iter().cloned())))
            .add_option(actors)
            .add_option(subjects)
            .add_option(range.from.map(|from| Column::OccurredAt.gte(from)))
            .add_option(range.before.map(|before| Column::OccurredAt.lt(before))))
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::OccurredAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => {
                let account = Vec::from_iter(viewer.user_id.filter(|_| viewer.has_account()));
                viewer.any_of([
                    (own(Column::ProgramId), viewer.programs(Permission::ViewAuditLog)),
                    (own(Column::AccountId), account),
                ])
            }
            _ => Rows::none(),
        }
    }
}
