//! The place of an athlete on the roster of a season.
use crate::{access::*, node, page::Ordered, record};
use async_graphql::{ID, Object};
use entity::{
    roster_entry::{Column, Entity},
    roster_entry_note,
};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// The place of an athlete on the roster of a season.
    RosterEntry = roster_entry
}

/// The place of an athlete on the roster of a season.
#[Object]
impl RosterEntry {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::CreatedAt];
}

fn reached(viewer: &Viewer, permission: Permission) -> Rows {
    viewer.any_of([
        (own(Column::ProgramId), viewer.programs(permission)),
        (own(Column::TeamSeasonId), viewer.seasons(permission)),
    ])
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let own_entries = viewer.any_of([(own(Column::AthleteId), viewer.own_athletes())]);
        match action {
            Action::Read => own_entries.or(viewer.any_of([
                (own(Column::ProgramId), viewer.staff_programs()),
                (own(Column::TeamSeasonId), viewer.teammate_seasons()),
            ])),
            Action::ReadPrivate => own_entries.or(reached(viewer, Permission::ViewTraining)),
            Action::Update | Action::Delete | Action::ManageRoster => reached(viewer, Permission::ManageRoster),
            _ => Rows::none(),
        }
    }
}

impl Guarded for roster_entry_note::Entity {
    /// Staff notes are for staff, not for the athlete they are about.
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use roster_entry_note::Column as Note;
        match action {
            Action::Read => viewer
                .any_of([(own(Note::ProgramId), viewer.programs(Permission::ViewTraining))])
                .or(viewer.subselect(
                    Note::Id,
                    &viewer.seasons(Permission::ViewTraining),
                    |dialect, seasons| {
                        Entity::find()
                            .select_only()
                            .column(Column::Id)
                            .filter(dialect.among(own(Column::TeamSeasonId), seasons))
                            .into_query()
                    },
                )),
            _ => Rows::none(),
        }
    }
}
