//! Practices: what a team does at a time and place.
use super::{
    assignment::{AssignmentsOfPractice, PracticeAssignment, PracticeAssignmentFilter},
    practice_workout::{PracticeSessionWorkout, PracticeWorkouts},
};
use crate::{
    access::*,
    error::{Failure, Nullable},
    load::Relation,
    node,
    organization::season::TeamSeason,
    page::{Connection, DateTimeRange, Ordered, Page, order},
    print::{List, One},
    record, relation,
    scalar::Date,
    scope::Scope,
    sql::bare,
    words,
};
use async_graphql::{Context, Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    athlete_training_session, event_group,
    practice_session::{Column, Entity},
    practice_session_note, practice_session_workout, practice_workout_group, team_season,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A dated meeting of a team: a practice, lift, race or rest day.
    PracticeSession = practice_session
}

/// A dated meeting of a team: a practice, lift, race or rest day. Athletes see it once it is published.
#[Object]
impl PracticeSession {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Counts edits of the practice itself; send it back as `expectedVersion`. Assigning and publishing leave it alone,
    /// so that several coaches can fill one practice at once.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may edit, cancel and reinstate it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may delete it.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// Whether the viewer may assign workouts in it, to some group at least.
    async fn viewer_can_assign(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Assign).await
    }

    /// Season whose team meets.
    async fn team_season(&self, ctx: &Context<'_>) -> Result<One<TeamSeason>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.team_season_id).await
    }

    /// What the day is about: a practice, a lift, a race, a day off.
    async fn kind(&self) -> words::PracticeKind {
        self.0.kind.into()
    }

    /// What the practice is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// When it begins.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// When it is over.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// Calendar day at the venue.
    async fn date(&self) -> Date {
        Date(self.0.day)
    }

    /// IANA time zone of the venue.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// Where the team meets.
    async fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// Where it stands between draft and done.
    async fn status(&self, ctx: &Context<'_>) -> PracticeStatus {
        PracticeStatus::of(&self.0, Scope::of(ctx).now())
    }

    /// When athletes could see it first.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// When it was called off.
    async fn cancelled_at(&self) -> Option<DateTime<Utc>> {
        self.0.cancelled_at
    }

    /// Why it was called off.
    async fn cancellation_reason(&self) -> Option<&str> {
        self.0.cancellation_reason.as_deref()
    }

    /// What everyone who comes should know.
    async fn athlete_notes(&self) -> Option<&str> {
        self.0.athlete_notes.as_deref()
    }

    /// What only staff should know; null for athletes.
    async fn coach_notes(&self, ctx: &Context<'_>) -> Nullable<String> {
        let note = Scope::of(ctx).get::<practice_session_note::Entity>(self.0.id).await;
        note.map(|note| note.map(|note| note.coach_notes.clone())).into()
    }

    /// Workouts assigned in it, in order; athletes see those that were published to them. At most 50.
    async fn workouts(&self, ctx: &Context<'_>) -> Result<List<PracticeSessionWorkout>, Failure> {
        Scope::of(ctx)
            .all_selected::<PracticeWorkouts, PracticeSessionWorkout>(ctx, self.0.id)
            .await
    }

    /// What each athlete is asked to do, by name of the athlete.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which assignments to keep.")] filter: Option<PracticeAssignmentFilter>,
    ) -> Result<Connection<PracticeAssignment>, Failure> {
        let page = Page::new(first, after, last, before)?.selected::<PracticeAssignment>(ctx);
        Scope::of(ctx)
            .children::<AssignmentsOfPractice, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// The cancelled practice that this one makes up for.
    async fn makeup_for(&self, ctx: &Context<'_>) -> Nullable<One<PracticeSession>> {
        Scope::of(ctx).referred_if(ctx, self.0.makeup_for_id).await.into()
    }

    /// Practices that make up for this one, earliest first.
    async fn makeups(&self, ctx: &Context<'_>) -> Result<List<PracticeSession>, Failure> {
        let rows = Scope::of(ctx).all::<Makeups>(self.0.id).await?;
        Ok(rows.iter().cloned().map(PracticeSession).collect())
    }

    /// When the practice was put on the calendar.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the practice itself last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Where a practice stands between draft and done.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PracticeStatus {
    /// Only staff sees it.
    Draft,
    /// Athletes see it and have their sessions.
    Published,
    /// Going on now.
    InProgress,
    /// Over.
    Completed,
    /// Called off.
    Cancelled,
}

impl PracticeStatus {
    fn of(practice: &entity::practice_session::Model, now: DateTime<Utc>) -> Self {
        match (practice.cancelled_at, practice.published_at) {
            (Some(_), _) => Self::Cancelled,
            (None, None) => Self::Draft,
            (None, Some(_)) if now < practice.starts_at => Self::Published,
            (None, Some(_)) if now < practice.ends_at => Self::InProgress,
            (None, Some(_)) => Self::Completed,
        }
    }
}

/// Which practices to keep.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PracticeSessionFilter {
    /// Of any of these seasons.
    pub team_season_ids: Option<Vec<ID>>,
    /// With a workout for any of these event groups that the viewer may see.
    pub event_group_ids: Option<Vec<ID>>,
    /// Of any of these kinds.
    pub kinds: Option<Vec<words::PracticeKind>>,
    /// Only those called off, or only those not called off.
    pub is_cancelled: Option<bool>,
    /// Only those published, or only drafts.
    pub is_published: Option<bool>,
    /// Beginning between these instants.
    pub starts_at: Option<DateTimeRange>,
    /// Last changed between these instants.
    pub updated_at: Option<DateTimeRange>,
}

impl PracticeSessionFilter {
    fn condition(&self, viewer: &Viewer) -> Condition {
        let ids = |ids: &Vec<ID>| {
            ids.iter()
                .filter_map(node::parse::<team_season::Entity>)
                .collect::<Vec<_>>()
        };
        let groups = |ids: &Vec<ID>| {
            let groups: Vec<_> = ids.iter().filter_map(node::parse::<event_group::Entity>).collect();
            let workouts = bare::<practice_workout_group::Entity>()
                .column(practice_workout_group::Column::PracticeSessionWorkoutId)
                .filter(
                    viewer
                        .dialect
                        .among(own(practice_workout_group::Column::EventGroupId), &groups),
                )
                .into_query();
            let practices = bare::<practice_session_workout::Entity>()
                .column(practice_session_workout::Column::PracticeSessionId)
                .filter(practice_session_workout::Column::Id.in_subquery(workouts))
                .filter(allowed::<practice_session_workout::Entity>(viewer, Action::Read))
                .into_query();
            Column::Id.in_subquery(practices)
        };
        let range = |column: Column, range: &DateTimeRange| {
            Condition::all()
                .add_option(range.from.map(|from| column.gte(from)))
                .add_option(range.before.map(|to| column.lt(to)))
        };
        let given = |column: Column, is_given: bool| {
            if is_given {
                column.is_not_null()
            } else {
                column.is_null()
            }
        };
        Condition::all()
            .add_option(
                self.team_season_ids
                    .as_ref()
                    .map(|list| viewer.dialect.among(own(Column::TeamSeasonId), &ids(list))),
            )
            .add_option(self.event_group_ids.as_ref().map(groups))
            .add_option(viewer.any_named::<_, entity::enums::PracticeKind>(Column::Kind, &self.kinds))
            .add_option(self.is_cancelled.map(|is| given(Column::CancelledAt, is)))
            .add_option(self.is_published.map(|is| given(Column::PublishedAt, is)))
            .add_option(self.starts_at.as_ref().map(|given| range(Column::StartsAt, given)))
            .add_option(self.updated_at.as_ref().map(|given| range(Column::UpdatedAt, given)))
    }
}

order! {
    /// What practices are listed by.
    PracticeSessionOrderField {
        /// When they begin.
        StartsAt,
        /// When they last changed.
        UpdatedAt,
    }
    /// Order of a list of practices; ties by id.
    PracticeSessionOrder = StartsAt Asc
}

/// Practices of a season.
pub struct PracticesOfSeason;

impl Relation for PracticesOfSeason {
    type Child = Entity;
    type Filter = PracticeSessionFilter;
    const COLUMN: Column = Column::TeamSeasonId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

/// Practices of a program.
pub struct PracticesOfProgram;

impl Relation for PracticesOfProgram {
    type Child = Entity;
    type Filter = PracticeSessionFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

relation!(/// Make-ups of a cancelled practice.
    pub Makeups: Entity, Column::MakeupForId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::StartsAt, Column::UpdatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| {
            viewer.any_of([
                (own(Column::ProgramId), viewer.programs(permission)),
                (own(Column::TeamSeasonId), viewer.seasons(permission)),
            ])
        };
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(viewer
                    .any_of([(own(Column::TeamSeasonId), viewer.training_seasons())])
                    .but_only(Column::PublishedAt.is_not_null()))
                // Who left the season keeps the practices that were trained in.
                .or(
                    viewer.subselect(Column::Id, &viewer.own_athletes(), |dialect, athletes| {
                        use athlete_training_session::Column as Session;
                        bare::<athlete_training_session::Entity>()
                            .column(Session::PracticeSessionId)
                            .filter(dialect.among(own(Session::AthleteId), athletes))
                            .filter(Session::PracticeSessionId.is_not_null())
                            .into_query()
                    }),
                ),
            Action::Update | Action::Delete | Action::ManagePractices => reached(Permission::ManagePractices),
            Action::Assign => reached(Permission::AssignTraining).or(viewer.subselect(
                Column::TeamSeasonId,
                &viewer.groups(Permission::AssignTraining),
                |dialect, groups| {
                    bare::<event_group::Entity>()
                        .column(event_group::Column::TeamSeasonId)
                        .filter(dialect.among(own(event_group::Column::Id), groups))
                        .into_query()
                },
            )),
            _ => Rows::none(),
        }
    }
}

impl Guarded for practice_session_note::Entity {
    /// Coach notes are for staff.
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer.any_of([(own(practice_session_note::Column::ProgramId), viewer.staff_programs())]),
            _ => Rows::none(),
        }
    }
}
