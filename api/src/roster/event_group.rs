//! Event groups: who trains together in a season, and who coaches them.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::{
    event_group::{Column, Entity},
    event_group_coach, event_group_member, program_member_team,
};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// Athletes of a season who train together, such as "Distance" or "Throws".
    EventGroup = event_group
}

/// Athletes of a season who train together, such as "Distance" or "Throws".
#[Object]
impl EventGroup {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Event groups of a season.
    pub EventGroups: Entity, Column::TeamSeasonId);
relation!(/// Coaches of an event group.
    pub GroupCoaches: event_group_coach::Entity, event_group_coach::Column::EventGroupId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Position];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| {
            viewer.any_of([
                (own(Column::ProgramId), viewer.programs(permission)),
                (own(Column::TeamSeasonId), viewer.seasons(permission)),
                (own(Column::Id), viewer.groups(permission)),
            ])
        };
        match action {
            Action::Read => viewer.any_of([
                (own(Column::ProgramId), viewer.staff_programs()),
                (own(Column::TeamSeasonId), viewer.teammate_seasons()),
            ]),
            Action::Update | Action::Delete | Action::ManageRoster => reached(Permission::ManageRoster),
            Action::Assign => reached(Permission::AssignTraining),
            _ => Rows::none(),
        }
    }
}

/// Rows that name an event group: seen by staff, and by the athletes of its season.
fn of_visible_groups<C: sea_orm::ColumnTrait>(viewer: &Viewer, program: C, group: C) -> Rows {
    viewer
        .any_of([(own(program), viewer.staff_programs())])
        .or(viewer.subselect(group, &viewer.teammate_seasons(), |dialect, seasons| {
            Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(dialect.among(own(Column::TeamSeasonId), seasons))
                .into_query()
        }))
}

impl Ordered for event_group_member::Entity {
    const ORDERS: &'static [event_group_member::Column] = &[event_group_member::Column::SortName];
}

impl Guarded for event_group_member::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use event_group_member::Column;
        match action {
            Action::Read => of_visible_groups(viewer, Column::ProgramId, Column::EventGroupId)
                .or(viewer.any_of([(own(Column::AthleteId), viewer.own_athletes())])),
            _ => Rows::none(),
        }
    }
}

impl Ordered for event_group_coach::Entity {
    const ORDERS: &'static [event_group_coach::Column] = &[event_group_coach::Column::Id];
}

impl Guarded for event_group_coach::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use event_group_coach::Column;
        match action {
            Action::Read => of_visible_groups(viewer, Column::ProgramId, Column::EventGroupId),
            _ => Rows::none(),
        }
    }
}

impl Ordered for program_member_team::Entity {
    const ORDERS: &'static [program_member_team::Column] = &[program_member_team::Column::Id];
}

impl Guarded for program_member_team::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use program_member_team::Column;
        match action {
            Action::Read => viewer.any_of([(own(Column::ProgramId), viewer.staff_programs())]),
            _ => Rows::none(),
        }
    }
}
