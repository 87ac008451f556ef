//! Tokens of integrators.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::api_token::{Column, Entity};

record! {
    /// A personal access token for integrators.
    ApiToken = api_token
}

/// A personal access token for integrators.
#[Object]
impl ApiToken {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Tokens of a person.
    pub ApiTokens: Entity, Column::UserId);

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
