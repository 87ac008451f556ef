//! A coaching organization: the tenant.
use crate::{access::*, node, page::Ordered, record};
use async_graphql::{ID, Object};
use entity::program::{Column, Entity};

record! {
    /// A coaching organization: the tenant that owns teams, staff, athletes and workouts.
    Program = program
}

/// A coaching organization: the tenant that owns teams, staff, athletes and workouts.
#[Object]
impl Program {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use Permission as P;
        let programs = match action {
            Action::Read => [viewer.programs(P::Belong), viewer.own_programs()].concat(),
            Action::Update | Action::Delete | Action::ManageProgram => viewer.programs(P::ManageProgram),
            Action::ReadPrivate | Action::ManageMembers => viewer.programs(P::ManageMembers),
            Action::ManageRoster => viewer.programs(P::ManageRoster),
            Action::ManagePractices => viewer.programs(P::ManagePractices),
            Action::Compose => viewer.programs(P::ComposeWorkouts),
            Action::Assign => viewer.programs(P::AssignTraining),
            Action::ViewHealth => viewer.programs(P::ViewHealth),
            Action::Log => return Rows::none(),
        };
        viewer.any_of([(own(Column::Id), programs)])
    }
}
