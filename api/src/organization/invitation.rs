//! Invitations to join a program: single use, by a link.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::program_invitation::{Column, Entity};

record! {
    /// An invitation to join a program.
    ProgramInvitation = program_invitation
}

/// An invitation to join a program.
#[Object]
impl ProgramInvitation {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Invitations into a program.
    pub Invitations: Entity, Column::ProgramId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::CreatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read | Action::Update | Action::Delete | Action::ManageMembers => {
                viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ManageMembers))])
            }
            _ => Rows::none(),
        }
    }
}
