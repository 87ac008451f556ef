//! Seasons of a team: the scope of rosters and practices.
use crate::{access::*, node, page::Ordered, record};
use async_graphql::{ID, Object};
use entity::team_season::{Column, Entity};

record! {
    /// One season of a team; the scope of rosters and practices.
    TeamSeason = team_season
}

/// One season of a team; the scope of rosters and practices.
#[Object]
impl TeamSeason {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::StartDate, Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| {
            viewer.any_of([
                (own(Column::ProgramId), viewer.programs(permission)),
                (own(Column::Id), viewer.seasons(permission)),
            ])
        };
        match action {
            Action::Read => viewer.any_of([
                (own(Column::ProgramId), viewer.staff_programs()),
                (own(Column::Id), viewer.teammate_seasons()),
            ]),
            Action::Update | Action::Delete | Action::ManageRoster => reached(Permission::ManageRoster),
            Action::ManagePractices => reached(Permission::ManagePractices),
            Action::ReadPrivate => reached(Permission::ViewTraining),
            _ => Rows::none(),
        }
    }
}
