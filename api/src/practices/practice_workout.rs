//! Workouts assigned within a practice: to event groups, to athletes, or to the whole roster.
use super::{
    assignment::{AssignmentsOfWorkout, PracticeAssignment, PracticeAssignmentFilter},
    practice::PracticeSession,
    step_override::StepOverride,
};
use crate::{
    access::*,
    error::Failure,
    load::Beside,
    node,
    page::{Connection, Ordered, Page},
    print::{List, One},
    record, relation,
    roster::{athlete::Athlete, event_group::EventGroup},
    scope::Scope,
    sql::{Dialect, bare},
    workouts::{revision::WorkoutRevision, workout::Workout},
};
use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::{
    athlete, athlete_training_session, event_group, event_group_member, practice_assignment, practice_session,
    practice_session_workout::{Column, Entity},
    practice_workout_athlete, practice_workout_group, workout, workout_revision,
};
use plain::Object;
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{SelectStatement, UnionType},
};
use uuid::Uuid;

record! {
    /// A workout assigned within a practice, pinned to the revision it had then.
    PracticeSessionWorkout = practice_session_workout
}

/// A workout assigned within a practice, pinned to the revision it had then.
#[Object]
impl PracticeSessionWorkout {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Counts changes of this assignment; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change, publish and override it for all of its groups.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may take it out of the practice.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// Practice in which it is done.
    async fn practice_session(&self, ctx: &Context<'_>) -> Result<One<PracticeSession>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.practice_session_id).await
    }

    /// The workout as it is now; its steps may have changed since.
    async fn workout(&self, ctx: &Context<'_>) -> Result<One<Workout>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.workout_id).await
    }

    /// The steps that athletes do: the revision that was assigned.
    async fn assigned_workout(&self, ctx: &Context<'_>) -> Result<One<WorkoutRevision>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.workout_revision_id).await
    }

    /// Number of the revision that was assigned.
    async fn workout_version(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        let revision: WorkoutRevision = Scope::of(ctx).required(self.0.workout_revision_id).await?;
        Ok(revision.0.version)
    }

    /// Whether the steps were changed after they were assigned; `adoptLatestWorkout` takes the change over.
    async fn is_outdated(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        let workout: Workout = Scope::of(ctx).required(self.0.workout_id).await?;
        Ok(workout.0.workout_revision_id != self.0.workout_revision_id)
    }

    /// Whether every athlete of the roster does it.
    async fn whole_roster(&self) -> bool {
        self.0.whole_roster
    }

    /// Event groups that do it. At most 100.
    async fn event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        Scope::of(ctx)
            .linked::<WorkoutGroups, _>(self.0.id, |row| row.event_group_id)
            .await
    }

    /// Athletes named for it one by one, besides the groups; an athlete sees only themselves. At most 500.
    async fn athletes(&self, ctx: &Context<'_>) -> Result<List<Athlete>, Failure> {
        Scope::of(ctx)
            .linked::<WorkoutAthletes, _>(self.0.id, |row| row.athlete_id)
            .await
    }

    /// Changes to its steps for everybody who does it.
    async fn step_overrides(&self) -> List<StepOverride> {
        StepOverride::list(self.0.workout_revision_id, &self.0.step_overrides.0)
    }

    /// Place within the practice, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Minutes after the practice begins; null when it starts with the practice.
    async fn start_offset_minutes(&self) -> Option<i32> {
        self.0.start_offset_minutes
    }

    /// What those who do it should know.
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
    }

    /// When athletes first had it; null while it is a draft.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
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
            .children::<AssignmentsOfWorkout, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// When it was assigned.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

relation!(/// Workouts of a practice.
    pub PracticeWorkouts: Entity, Column::PracticeSessionId);
relation!(/// Event groups that do a practice workout.
    pub WorkoutGroups: practice_workout_group::Entity, practice_workout_group::Column::PracticeSessionWorkoutId);
relation!(/// Athletes named for a practice workout one by one.
    pub WorkoutAthletes: practice_workout_athlete::Entity, practice_workout_athlete::Column::PracticeSessionWorkoutId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Position];
    const BESIDE: &'static [Beside<Self>] = &[
        Beside::of::<workout_revision::Entity>("assignedWorkout", Column::WorkoutRevisionId),
        Beside::of::<workout::Entity>("workout", Column::WorkoutId),
    ];
}

/// Practice workouts that athletes are asked to do, or have a session of: who left a group keeps what was logged.
pub(crate) fn given_to(dialect: Dialect, athletes: &[Uuid]) -> SelectStatement {
    use athlete_training_session::Column as Session;
    let of_sessions = bare::<athlete_training_session::Entity>()
        .column(Session::PracticeSessionWorkoutId)
        .filter(dialect.among(own(Session::AthleteId), athletes))
        .filter(Session::PracticeSessionWorkoutId.is_not_null())
        .into_query();
    bare::<practice_assignment::Entity>()
        .column(practice_assignment::Column::PracticeSessionWorkoutId)
        .filter(dialect.among(own(practice_assignment::Column::AthleteId), athletes))
        .filter(practice_assignment::Column::WithdrawnAt.is_null())
        .into_query()
        .union(UnionType::All, of_sessions)
        .take()
}

/// Practice workouts whose whole audience lies in the event groups that the viewer coaches.
fn of_own_groups(viewer: &Viewer) -> Rows {
    let groups = viewer.groups(Permission::AssignTraining);
    if groups.is_empty() {
        return Rows::none();
    }
    let groups_of = |condition| {
        bare::<practice_workout_group::Entity>()
            .column(practice_workout_group::Column::PracticeSessionWorkoutId)
            .filter::<Condition>(condition)
            .into_query()
    };
    let mine = || {
        Condition::all().add(
            viewer
                .dialect
                .among(own(practice_workout_group::Column::EventGroupId), &groups),
        )
    };
    let my_athletes = bare::<event_group_member::Entity>()
        .column(event_group_member::Column::AthleteId)
        .filter(
            viewer
                .dialect
                .among(own(event_group_member::Column::EventGroupId), &groups),
        )
        .into_query();
    let athletes_of = |condition| {
        bare::<practice_workout_athlete::Entity>()
            .column(practice_workout_athlete::Column::PracticeSessionWorkoutId)
            .filter::<Condition>(condition)
            .into_query()
    };
    let named = practice_workout_athlete::Column::AthleteId;
    Rows::all(
        Condition::all()
            .add(Column::WholeRoster.eq(false))
            .add(
                Condition::any()
                    .add(Column::Id.in_subquery(groups_of(mine())))
                    .add(Column::Id.in_subquery(athletes_of(
                        Condition::all().add(named.in_subquery(my_athletes.clone())),
                    ))),
            )
            .add(Column::Id.not_in_subquery(groups_of(mine().not())))
            .add(Column::Id.not_in_subquery(athletes_of(Condition::all().add(named.not_in_subquery(my_athletes))))),
    )
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(viewer
                    .subselect(Column::Id, &viewer.own_athletes(), given_to)
                    .but_only(Column::PublishedAt.is_not_null())),
            Action::Update | Action::Delete | Action::Assign => viewer
                .any_of([(own(Column::ProgramId), viewer.programs(Permission::AssignTraining))])
                .or(viewer.subselect(
                    Column::PracticeSessionId,
                    &viewer.seasons(Permission::AssignTraining),
                    |dialect, seasons| {
                        bare::<practice_session::Entity>()
                            .column(practice_session::Column::Id)
                            .filter(dialect.among(own(practice_session::Column::TeamSeasonId), seasons))
                            .into_query()
                    },
                ))
                .or(of_own_groups(viewer)),
            _ => Rows::none(),
        }
    }
}

impl Ordered for practice_workout_group::Entity {
    const ORDERS: &'static [practice_workout_group::Column] = &[practice_workout_group::Column::Id];
    const BESIDE: &'static [Beside<Self>] = &[Beside::linked::<event_group::Entity>(
        practice_workout_group::Column::EventGroupId,
    )];
}

impl Guarded for practice_workout_group::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use practice_workout_group::Column;
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(viewer.subselect(Column::PracticeSessionWorkoutId, &viewer.own_athletes(), given_to)),
            _ => Rows::none(),
        }
    }
}

impl Ordered for practice_workout_athlete::Entity {
    const ORDERS: &'static [practice_workout_athlete::Column] = &[practice_workout_athlete::Column::Id];
    const BESIDE: &'static [Beside<Self>] = &[Beside::linked::<athlete::Entity>(
        practice_workout_athlete::Column::AthleteId,
    )];
}

impl Guarded for practice_workout_athlete::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use practice_workout_athlete::Column;
        match action {
            Action::Read => viewer.any_of([
                (own(Column::ProgramId), viewer.staff_programs()),
                (own(Column::AthleteId), viewer.own_athletes()),
            ]),
            _ => Rows::none(),
        }
    }
}
