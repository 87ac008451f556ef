//! What one athlete is asked to do for a practice workout, overrides included.
use super::{
    practice_workout::{PracticeSessionWorkout, given_to},
    prescription::{self, PrescribedStep},
    step_override::StepOverride,
};
use crate::{
    access::*,
    error::{Failure, Nullable},
    history::session::{AssignmentSession, AthleteTrainingSession},
    load::{Beside, Relation},
    node,
    organization::member::ProgramMember,
    page::Ordered,
    print::{List, One},
    record,
    roster::{athlete::Athlete, event_group::EventGroup},
    scope::Scope,
    sql::bare,
    words,
    workouts::workout::Workout,
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    enums::AssignmentKind,
    practice_assignment::{Column, Entity},
    practice_assignment_note, practice_session_workout,
};
use plain::Object;
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

record! {
    /// What one athlete is asked to do for a practice workout, overrides included.
    PracticeAssignment = practice_assignment
}

/// What one athlete is asked to do for a practice workout, overrides included.
#[Object]
impl PracticeAssignment {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Counts overrides and excusals; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may override or excuse it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// The practice workout that it is the athlete's part of.
    async fn practice_session_workout(&self, ctx: &Context<'_>) -> Result<One<PracticeSessionWorkout>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.practice_session_workout_id).await
    }

    /// Who is asked.
    async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.athlete_id).await
    }

    /// How it differs from what the group does.
    async fn kind(&self) -> words::AssignmentKind {
        self.0.kind.into()
    }

    /// Groups through which the workout reaches the athlete.
    async fn via_event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        Scope::of(ctx).records(self.0.event_group_ids.0.iter().copied()).await
    }

    /// Workout that the athlete does instead.
    async fn replacement_workout(&self, ctx: &Context<'_>) -> Nullable<One<Workout>> {
        Scope::of(ctx)
            .referred_if(ctx, self.0.replacement_workout_id)
            .await
            .into()
    }

    /// Changes to steps for this athlete alone.
    async fn step_overrides(&self, ctx: &Context<'_>) -> Result<List<StepOverride>, Failure> {
        Ok(StepOverride::list(
            self.revision_id(&Scope::of(ctx)).await?,
            &self.0.step_overrides.0,
        ))
    }

    /// Why it was changed or excused, as everybody may know it who sees it.
    async fn reason_category(&self) -> Option<words::AssignmentReason> {
        self.0.reason_category.map(Into::into)
    }

    /// Why in private; null without VIEW_HEALTH unless it is the viewer's own.
    async fn private_reason(&self, ctx: &Context<'_>) -> Nullable<String> {
        let note = Scope::of(ctx).get::<practice_assignment_note::Entity>(self.0.id).await;
        note.map(|note| note.map(|note| note.private_reason.clone())).into()
    }

    /// Coach who changed or excused it.
    async fn overridden_by(&self, ctx: &Context<'_>) -> Nullable<One<ProgramMember>> {
        Scope::of(ctx).referred_if(ctx, self.0.overridden_by_id).await.into()
    }

    /// Workout that the athlete does in fact; null when excused.
    async fn effective_workout(&self, ctx: &Context<'_>) -> Nullable<Workout> {
        self.effective(&Scope::of(ctx)).await.into()
    }

    /// Session that publication made of it; null before.
    async fn training_session(&self, ctx: &Context<'_>) -> Nullable<AthleteTrainingSession> {
        let rows = Scope::of(ctx).all::<AssignmentSession>(self.0.id).await;
        rows.map(|rows| rows.first().cloned().map(AthleteTrainingSession))
            .into()
    }

    /// The steps in the order done, repeats written out, targets in the athlete's own numbers on the day; empty when
    /// excused.
    async fn prescription(&self, ctx: &Context<'_>) -> Result<List<PrescribedStep>, Failure> {
        prescription::of_assignment(&Scope::of(ctx), &self.0).await
    }

    /// When the athlete was first asked.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

impl PracticeAssignment {
    /// The revision whose steps the athlete does.
    pub(super) async fn revision_id(&self, scope: &Scope) -> Result<Uuid, Failure> {
        match self.0.replacement_revision_id {
            Some(revision) => Ok(revision),
            None => {
                let workout: PracticeSessionWorkout = scope.required(self.0.practice_session_workout_id).await?;
                Ok(workout.0.workout_revision_id)
            }
        }
    }

    async fn effective(&self, scope: &Scope) -> Result<Option<Workout>, Failure> {
        match (self.0.kind, self.0.replacement_workout_id) {
            (AssignmentKind::Excused, _) => Ok(None),
            (_, Some(workout)) => scope.record(workout).await,
            (_, None) => {
                let workout: PracticeSessionWorkout = scope.required(self.0.practice_session_workout_id).await?;
                scope.record(workout.0.workout_id).await
            }
        }
    }
}

/// Which assignments to keep.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PracticeAssignmentFilter {
    /// Of any of these kinds.
    pub kinds: Option<Vec<words::AssignmentKind>>,
    /// Of any of these athletes.
    pub athlete_ids: Option<Vec<ID>>,
}

fn keep(filter: &PracticeAssignmentFilter, viewer: &Viewer) -> Condition {
    let athletes = |ids: &Vec<ID>| {
        let ids: Vec<Uuid> = ids.iter().filter_map(node::parse::<entity::athlete::Entity>).collect();
        viewer.dialect.among(own(Column::AthleteId), &ids)
    };
    let is_override = |kinds: &Vec<words::AssignmentKind>| !kinds.contains(&words::AssignmentKind::Group);
    // In the words of the index on overrides, which are few among many; with a value for the word it would not be taken.
    let overrides = filter.kinds.as_ref().is_some_and(is_override);
    let overrides = overrides.then(|| Expr::col(own(Column::Kind)).ne(Expr::cust("'GROUP'")));
    Condition::all()
        .add(Column::WithdrawnAt.is_null())
        .add_option(overrides)
        .add_option(viewer.any_named::<_, AssignmentKind>(Column::Kind, &filter.kinds))
        .add_option(filter.athlete_ids.as_ref().map(athletes))
}

/// Assignments of a practice, without those of athletes who left its groups.
pub struct AssignmentsOfPractice;

impl Relation for AssignmentsOfPractice {
    type Child = Entity;
    type Filter = PracticeAssignmentFilter;
    const COLUMN: Column = Column::PracticeSessionId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(keep(filter, viewer))
    }
}

/// Assignments of a practice workout, without those of athletes who left its groups.
pub struct AssignmentsOfWorkout;

impl Relation for AssignmentsOfWorkout {
    type Child = Entity;
    type Filter = PracticeAssignmentFilter;
    const COLUMN: Column = Column::PracticeSessionWorkoutId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(keep(filter, viewer))
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::CreatedAt];
    const BESIDE: &'static [Beside<Self>] = &[Beside::part_of::<Athlete>("athlete", Column::AthleteId)];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| viewer.about_athletes(permission, Column::ProgramId, Column::AthleteId);
        match action {
            Action::Read => {
                let (training, athletes) = (reached(Permission::ViewTraining), viewer.own_athletes());
                if athletes.is_empty() {
                    return training;
                }
                let published = bare::<practice_session_workout::Entity>()
                    .column(practice_session_workout::Column::Id)
                    .filter(practice_session_workout::Column::PublishedAt.is_not_null())
                    .into_query();
                let given = given_to(viewer.dialect, &athletes);
                let own = viewer.any_of([(own(Column::AthleteId), athletes)]);
                training.or(own
                    .but_only(Column::PracticeSessionWorkoutId.in_subquery(published))
                    .but_only(Column::PracticeSessionWorkoutId.in_subquery(given)))
            }
            Action::Update | Action::Assign => reached(Permission::AssignTraining),
            _ => Rows::none(),
        }
    }
}

impl Guarded for practice_assignment_note::Entity {
    /// A private reason is health data.
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use practice_assignment_note::Column;
        match action {
            Action::Read => viewer
                .any_of([(own(Column::AthleteId), viewer.own_athletes_in_health())])
                .or(viewer.about_athletes(Permission::ViewHealth, Column::ProgramId, Column::AthleteId)),
            _ => Rows::none(),
        }
    }
}
