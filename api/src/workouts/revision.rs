//! Immutable revisions of a workout's steps.
use crate::{access::*, node, page::Ordered, record, relation, sql::Dialect};
use async_graphql::{ID, Object};
use entity::{
    athlete_training_session, workout_element,
    workout_revision::{Column, Entity},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};
use uuid::Uuid;

record! {
    /// The steps of a workout as they were at one save; assignments, sessions and results point here.
    WorkoutRevision = workout_revision
}

/// The steps of a workout as they were at one save; assignments, sessions and results point here.
#[Object]
impl WorkoutRevision {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Steps and repeats of a revision.
    pub Elements: workout_element::Entity, workout_element::Column::WorkoutRevisionId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Version];
}

/// Revisions that these athletes were given.
pub(super) fn revisions_of_athletes(dialect: Dialect, athletes: &[Uuid]) -> SelectStatement {
    use athlete_training_session::Column as Session;
    athlete_training_session::Entity::find()
        .select_only()
        .column(Session::WorkoutRevisionId)
        .filter(dialect.among(own(Session::AthleteId), athletes))
        .filter(Session::WorkoutRevisionId.is_not_null())
        .into_query()
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
