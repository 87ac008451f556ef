//! Workouts: reusable compositions of steps that a program owns.
use super::revision::revisions_of_athletes;
use crate::{access::*, node, page::Ordered, record};
use async_graphql::{ID, Object};
use entity::{
    workout::{Column, Entity},
    workout_description, workout_note, workout_revision,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A reusable composition of steps that the program owns; assigned to practices, where a revision is pinned.
    Workout = workout
}

/// A reusable composition of steps that the program owns; assigned to practices, where a revision is pinned.
#[Object]
impl Workout {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::UpdatedAt, Column::SortName];
}

/// Rows about workouts: read by staff, and by athletes who were given the workout; changed by composers.
fn about_workouts<C: ColumnTrait>(viewer: &Viewer, action: Action, program: C, workout: C) -> Rows {
    match action {
        Action::Read => viewer
            .any_of([(own(program), viewer.staff_programs())])
            .or(viewer.subselect(workout, &viewer.own_athletes(), |dialect, athletes| {
                workout_revision::Entity::find()
                    .select_only()
                    .column(workout_revision::Column::WorkoutId)
                    .filter(workout_revision::Column::Id.in_subquery(revisions_of_athletes(dialect, athletes)))
                    .into_query()
            })),
        Action::Update | Action::Delete | Action::Compose => {
            viewer.any_of([(own(program), viewer.programs(Permission::ComposeWorkouts))])
        }
        Action::Assign => viewer.any_of([(own(program), viewer.programs_with_any(Permission::AssignTraining))]),
        _ => Rows::none(),
    }
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        about_workouts(viewer, action, Column::ProgramId, Column::Id)
    }
}

impl Guarded for workout_description::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        about_workouts(
            viewer,
            action,
            workout_description::Column::ProgramId,
            workout_description::Column::Id,
        )
    }
}

impl Guarded for workout_note::Entity {
    /// Coach notes are for staff.
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer.any_of([(own(workout_note::Column::ProgramId), viewer.staff_programs())]),
            _ => Rows::none(),
        }
    }
}
