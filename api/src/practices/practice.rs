//! Practices: what a team does at a time and place.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::{
    event_group,
    practice_session::{Column, Entity},
    practice_session_note,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A dated meeting of a team: a practice, lift, race or rest day.
    PracticeSession = practice_session
}

/// A dated meeting of a team: a practice, lift, race or rest day.
#[Object]
impl PracticeSession {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
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
                    .any_of([(own(Column::TeamSeasonId), viewer.teammate_seasons())])
                    .but_only(Column::PublishedAt.is_not_null())),
            Action::Update | Action::Delete | Action::ManagePractices => reached(Permission::ManagePractices),
            Action::Assign => reached(Permission::AssignTraining).or(viewer.subselect(
                Column::TeamSeasonId,
                &viewer.groups(Permission::AssignTraining),
                |dialect, groups| {
                    event_group::Entity::find()
                        .select_only()
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
