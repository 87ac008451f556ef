//! Signed-in devices.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::auth_session::{Column, Entity};

record! {
    /// A signed-in device.
    AuthSession = auth_session
}

/// A signed-in device.
#[Object]
impl AuthSession {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Devices of a person.
    pub Sessions: Entity, Column::UserId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::CreatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read | Action::Update | Action::Delete if viewer.has_scope(ApiScope::Admin) => {
                viewer.any_of([(own(Column::UserId), Vec::from_iter(viewer.user_id))])
            }
            _ => Rows::none(),
        }
    }
}
