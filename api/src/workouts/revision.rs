//! Immutable revisions of a workout's steps.
use super::{
    element::{Tree, WorkoutElement},
    workout::Workout,
};
use crate::{
    access::*,
    error::Failure,
    node,
    page::Ordered,
    practices::practice_workout::given_to,
    print::{List, One},
    record, relation,
    scope::Scope,
    sql::{Dialect, bare},
};
use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::{
    athlete_training_session, practice_session_workout, workout_element,
    workout_revision::{Column, Entity},
};
use plain::Object;
use sea_orm::{
    ColumnTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{SelectStatement, UnionType},
};
use uuid::Uuid;

record! {
    /// The steps of a workout as they were at one save; assignments, sessions and results point here.
    WorkoutRevision = workout_revision
}

/// The steps of a workout as they were at one save; assignments, sessions and results point here.
#[Object]
impl WorkoutRevision {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Workout that was saved.
    async fn workout(&self, ctx: &Context<'_>) -> Result<One<Workout>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.workout_id).await
    }

    /// Which revision of the workout, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the workout was called then.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Steps and repeats at the top, in order. At most 200.
    async fn steps(&self, ctx: &Context<'_>) -> Result<List<WorkoutElement>, Failure> {
        Ok(Tree::of_row(&Scope::of(ctx), &self.0).await?.children(None))
    }

    /// Seconds that the steps take, by estimate; open steps count nothing.
    async fn estimated_duration_seconds(&self) -> Option<i32> {
        self.0.estimated_duration_seconds
    }

    /// Metres that the steps cover, by estimate.
    async fn estimated_distance_meters(&self) -> Option<i32> {
        self.0.estimated_distance_meters
    }

    /// Whether the estimates rest on nominal speeds, because a target is relative or missing.
    async fn is_estimate_nominal(&self) -> bool {
        self.0.is_nominal
    }

    /// When the steps were saved.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

relation!(/// Revisions of a workout.
    pub Revisions: Entity, Column::WorkoutId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Version];
}

/// Revisions that these athletes were given: those of their sessions, and those of the practice workouts that they do
/// otherwise.
pub(super) fn revisions_of_athletes(dialect: Dialect, athletes: &[Uuid]) -> SelectStatement {
    use athlete_training_session::Column as Session;
    use practice_session_workout::Column as Part;
    let assigned = bare::<practice_session_workout::Entity>()
        .column(Part::WorkoutRevisionId)
        .filter(Part::PublishedAt.is_not_null())
        .filter(Part::Id.in_subquery(given_to(dialect, athletes)))
        .into_query();
    bare::<athlete_training_session::Entity>()
        .column(Session::WorkoutRevisionId)
        .filter(dialect.among(own(Session::AthleteId), athletes))
        .filter(Session::WorkoutRevisionId.is_not_null())
        .into_query()
        .union(UnionType::All, assigned)
        .take()
}

fn readable<C: ColumnTrait>(viewer: &Viewer, action: Action, program: C, revision: C) -> Rows {
    match action {
        Action::Read => viewer
            .any_of([(own(program), viewer.staff_programs())])
            .or(viewer.subselect(revision, &viewer.own_athletes(), revisions_of_athletes)),
        _ => Rows::none(),
    }
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        readable(viewer, action, Column::ProgramId, Column::Id)
    }
}

impl Ordered for workout_element::Entity {
    const ORDERS: &'static [workout_element::Column] = &[workout_element::Column::Position];
}

impl Guarded for workout_element::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        readable(
            viewer,
            action,
            workout_element::Column::ProgramId,
            workout_element::Column::WorkoutRevisionId,
        )
    }
}
