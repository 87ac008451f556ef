//! What one athlete is asked to do for a practice workout, overrides included.
use crate::{access::*, node, page::Ordered, record};
use async_graphql::{ID, Object};
use entity::{
    practice_assignment::{Column, Entity},
    practice_assignment_note, practice_session_workout,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// What one athlete is asked to do for a practice workout, overrides included.
    PracticeAssignment = practice_assignment
}

/// What one athlete is asked to do for a practice workout, overrides included.
#[Object]
impl PracticeAssignment {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::CreatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| viewer.about_athletes(permission, Column::ProgramId, Column::AthleteId);
        match action {
            Action::Read => {
                let published = practice_session_workout::Entity::find()
                    .select_only()
                    .column(practice_session_workout::Column::Id)
                    .filter(practice_session_workout::Column::PublishedAt.is_not_null())
                    .into_query();
                let given = viewer.any_of([(own(Column::AthleteId), viewer.own_athletes())]);
                reached(Permission::ViewTraining)
                    .or(given.but_only(Column::PracticeSessionWorkoutId.in_subquery(published)))
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
                .any_of([(own(Column::AthleteId), viewer.own_athletes())])
                .or(viewer.about_athletes(Permission::ViewHealth, Column::ProgramId, Column::AthleteId)),
            _ => Rows::none(),
        }
    }
}
