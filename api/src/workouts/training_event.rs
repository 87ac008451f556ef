//! Building blocks of workouts: exercises, drills, run segments.
use super::revision::revisions_of_athletes;
use crate::{access::*, node, page::Ordered, record};
use async_graphql::{ID, Object};
use entity::{
    training_event::{Column, Entity},
    workout_element,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A building block for workouts, such as an exercise, drill or run segment.
    TrainingEvent = training_event
}

/// A building block for workouts, such as an exercise, drill or run segment.
#[Object]
impl TrainingEvent {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::UpdatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(
                    viewer.subselect(Column::Id, &viewer.own_athletes(), |dialect, athletes| {
                        workout_element::Entity::find()
                            .select_only()
                            .column(workout_element::Column::TrainingEventId)
                            .filter(workout_element::Column::TrainingEventId.is_not_null())
                            .filter(
                                workout_element::Column::WorkoutRevisionId
                                    .in_subquery(revisions_of_athletes(dialect, athletes)),
                            )
                            .into_query()
                    }),
                ),
            Action::Update | Action::Delete | Action::Compose => {
                viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ComposeWorkouts))])
            }
            _ => Rows::none(),
        }
    }
}
