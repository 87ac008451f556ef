//! A coaching organization: the tenant.
use super::{
    audit_event::{AuditEvent, AuditEventFilter, AuditLogOfProgram},
    invitation::{Invitations, ProgramInvitation},
    member::{Members, MembershipFilter, ProgramMember},
    permission::ProgramPermission,
    season::{SeasonFilter, TeamSeason, TeamSeasonOrder},
    team::{Team, Teams},
};
use crate::{
    access::*,
    error::{Failure, Nullable},
    history::{
        compliance::{self, ComplianceFilter, ComplianceReport},
        day,
    },
    node,
    page::{Connection, DateRange, OrderDirection, Ordered, Page, order},
    practices::practice::{PracticeSession, PracticeSessionFilter, PracticeSessionOrder, PracticesOfProgram},
    record,
    roster::athlete::{Athlete, AthleteFilter, AthleteOrder, ProgramAthletes},
    scope::Scope,
    words::{HealthAccess, ProgramKind},
    workouts::{
        training_event::{TrainingEvent, TrainingEventFilter, TrainingEventOrder, TrainingEventsOfProgram},
        workout::{Workout, WorkoutFilter, WorkoutOrder, WorkoutsOfProgram},
    },
};
use async_graphql::Context;
use chrono::{DateTime, NaiveDate, Utc};
use entity::program::{Column, Entity};
use plain::Object;
use uuid::Uuid;

record! {
    /// A coaching organization: the tenant that owns teams, staff, athletes and workouts.
    Program = program
}

/// A coaching organization: the tenant that owns teams, staff, athletes and workouts.
#[Object]
impl Program {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Goes up with every change; send it back as `expectedVersion` to be told when somebody else was faster.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the organization itself.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may archive the organization.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// What people call the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Short name for addresses: lower-case letters, digits and hyphens, used by no other program.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What sort of organization it is.
    async fn kind(&self) -> ProgramKind {
        self.0.kind.into()
    }

    /// Address of the organization's logo.
    async fn logo_url(&self) -> Option<&str> {
        self.0.logo_url.as_deref()
    }

    /// IANA time zone by which the organization's days begin and end, such as America/Denver.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// When it was archived; null while it is in use.
    async fn archived_at(&self) -> Option<DateTime<Utc>> {
        self.0.archived_at
    }

    /// The viewer's own membership; null for athletes who are not members, and for who is here no longer.
    async fn viewer_membership(&self, ctx: &Context<'_>) -> Nullable<ProgramMember> {
        ProgramMember::of_viewer(&Scope::of(ctx), self.0.id).await.into()
    }

    /// What the viewer may do here at all, be it in some teams or groups only; `viewerCan...` on a record tells for
    /// that record.
    async fn viewer_permissions(&self, ctx: &Context<'_>) -> Vec<ProgramPermission> {
        ProgramPermission::of_viewer(&Scope::of(ctx), self.0.id)
    }

    /// Staff, and athletes with an account, by name. Athletes see staff only.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the API's")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which members; all when omitted.")] filter: Option<MembershipFilter>,
        #[graphql(desc = "In which order.", default)] order_by: ProgramMemberOrder,
    ) -> Result<Connection<ProgramMember>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<Members, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Invitations that wait for an answer, newest first. Empty for who may not manage members.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<ProgramInvitation>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(0, OrderDirection::Desc);
        Scope::of(ctx).children::<Invitations, _>(self.0.id, page, ()).await
    }

    /// Teams, by name.
    async fn teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Team>, Failure> {
        let page = Page::new(first, after, last, before)?;
        Scope::of(ctx).children::<Teams, _>(self.0.id, page, ()).await
    }

    /// Seasons of all teams, latest first. Athletes see their own.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the API's")]
    async fn team_seasons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which seasons; all when omitted.")] filter: Option<SeasonFilter>,
        #[graphql(desc = "In which order.", default)] order_by: TeamSeasonOrder,
    ) -> Result<Connection<TeamSeason>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<super::season::ProgramSeasons, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Athletes of the program, those who left included unless the filter says otherwise. Athletes see themselves and
    /// their teammates.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the API's")]
    async fn athletes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which athletes; all when omitted.")] filter: Option<AthleteFilter>,
        #[graphql(desc = "In which order.", default)] order_by: AthleteOrder,
    ) -> Result<Connection<Athlete>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<ProgramAthletes, _>(self.0.id, page, filter.unwrap_or_default().sorted(order_by))
            .await
    }

    /// Building blocks of workouts, by name unless ordered otherwise; those put away are left out unless asked for.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn training_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which building blocks to keep.")] filter: Option<TrainingEventFilter>,
        #[graphql(desc = "In which order.", default)] order_by: TrainingEventOrder,
    ) -> Result<Connection<TrainingEvent>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<TrainingEventsOfProgram, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Workouts composed here, what changed last first unless ordered otherwise; athletes see those they were given.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn workouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which workouts to keep.")] filter: Option<WorkoutFilter>,
        #[graphql(desc = "In which order.", default)] order_by: WorkoutOrder,
    ) -> Result<Connection<Workout>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<WorkoutsOfProgram, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Practices of all teams, earliest first unless ordered otherwise; athletes see those published to their teams.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn practice_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which practices to keep.")] filter: Option<PracticeSessionFilter>,
        #[graphql(desc = "In which order.", default)] order_by: PracticeSessionOrder,
    ) -> Result<Connection<PracticeSession>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<PracticesOfProgram, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Who did what, latest first: roles, rosters, deletions and the like. Requires VIEW_AUDIT_LOG, else empty; what a
    /// person did to the own account stands in `User.auditLog`.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which entries; all when omitted.")] filter: Option<AuditEventFilter>,
    ) -> Result<Connection<AuditEvent>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(0, OrderDirection::Desc);
        Scope::of(ctx)
            .children::<AuditLogOfProgram, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// How well assigned training was executed, by the sessions that the viewer may see.
    async fn compliance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Days to cover, both ends given, at most two years.")] range: DateRange,
        #[graphql(desc = "Which training to report on.")] filter: Option<ComplianceFilter>,
    ) -> Result<ComplianceReport, Failure> {
        compliance::compliance(ctx, self.0.id, range, filter).await
    }

    /// Who besides athletic trainers and the athletes themselves reads health data.
    async fn health_access(&self) -> HealthAccess {
        self.0.health_access.into()
    }

    /// Hours after the end of its day when a session that nobody logged counts as missed.
    async fn missed_after_hours(&self) -> i32 {
        self.0.missed_after_hours
    }

    /// Key of the organization in another system; null for who may not manage members.
    async fn external_id(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.own_external_id(ctx).await.into()
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

order! {
    /// By what members are sorted.
    ProgramMemberOrderField {
        /// Alphabetically.
        Name,
    }
    /// How members are sorted.
    ProgramMemberOrder = Name Asc
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use Permission as P;
        let programs = match action {
            Action::Read => [viewer.programs(P::Belong), viewer.own_programs()].concat(),
            Action::Update | Action::Delete | Action::ManageProgram => viewer.programs(P::ManageProgram),
            Action::ReadPrivate | Action::ManageMembers => viewer.programs(P::ManageMembers),
            Action::ManageRoster => viewer.programs(P::ManageRoster),
            Action::ManagePractices => viewer.programs(P::ManagePractices),
            Action::Compose => viewer.programs(P::ComposeWorkouts),
            Action::Assign => viewer.programs(P::AssignTraining),
            Action::ViewHealth => viewer.programs(P::ViewHealth),
            Action::Log => return Rows::none(),
        };
        viewer.any_of([(own(Column::Id), programs)])
    }
}

impl Program {
    async fn own_external_id(&self, ctx: &Context<'_>) -> Result<Option<String>, Failure> {
        let may_read = Scope::of(ctx).may::<Entity>(self.0.id, Action::ReadPrivate).await?;
        Ok(self.0.external_id.clone().filter(|_| may_read))
    }
}

impl Scope {
    /// Today, where a program is.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn today_of(&self, program_id: Uuid) -> Result<NaiveDate, Failure> {
        let program = self.get::<Entity>(program_id).await?.ok_or(Failure::Internal)?;
        Ok(day::local_day(self.now(), day::zone(&program.timezone)))
    }
}
