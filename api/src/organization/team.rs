//! Teams of a program.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::team::{Column, Entity};

record! {
    /// A team of a program.
    Team = team
}

/// A team of a program.
#[Object]
impl Team {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Teams of a program.
    pub Teams: Entity, Column::ProgramId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer.any_of([(
                own(Column::ProgramId),
                [viewer.staff_programs(), viewer.own_programs()].concat(),
            )]),
            Action::Update | Action::Delete | Action::ManageRoster => viewer.any_of([
                (own(Column::ProgramId), viewer.programs(Permission::ManageRoster)),
                (own(Column::Id), viewer.teams(Permission::ManageRoster)),
            ]),
            _ => Rows::none(),
        }
    }
}
