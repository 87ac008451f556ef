//! Athletes: people who train, with an account or without.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::{
    athlete::{Column, Entity},
    roster_entry,
};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A person who trains in one program; linked to an account when they sign in.
    Athlete = athlete
}

/// A person who trains in one program; linked to an account when they sign in.
#[Object]
impl Athlete {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Athlete records of a person.
    pub OwnAthletes: Entity, Column::UserId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::UpdatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| viewer.about_athletes(permission, Column::ProgramId, Column::Id);
        let self_or_in_care = viewer.any_of([(own(Column::Id), viewer.own_athletes())]);
        match action {
            Action::Read => self_or_in_care
                .or(viewer.any_of([(own(Column::ProgramId), viewer.staff_programs())]))
                .or(
                    viewer.subselect(Column::Id, &viewer.teammate_seasons(), |dialect, seasons| {
                        roster_entry::Entity::find()
                            .select_only()
                            .column(roster_entry::Column::AthleteId)
                            .filter(dialect.among(own(roster_entry::Column::TeamSeasonId), seasons))
                            .into_query()
                    }),
                ),
            Action::ReadPrivate => self_or_in_care.or(reached(Permission::ViewTraining)),
            Action::ViewHealth => self_or_in_care.or(reached(Permission::ViewHealth)),
            Action::Update | Action::Delete | Action::ManageRoster => reached(Permission::ManageRoster),
            Action::Assign => reached(Permission::AssignTraining),
            Action::Log => viewer
                .any_of([(own(Column::Id), viewer.logging_athletes())])
                .or(reached(Permission::AssignTraining)),
            _ => Rows::none(),
        }
    }
}
