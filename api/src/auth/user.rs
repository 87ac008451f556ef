//! People who can sign in.
use crate::{access::*, node, record};
use async_graphql::{ID, Object};
use entity::{
    program_member,
    user::{Column, Entity},
};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A person who can sign in.
    User = user
}

/// A person who can sign in.
#[Object]
impl User {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let oneself = viewer.any_of([(own(Column::Id), Vec::from_iter(viewer.user_id))]);
        let members = |programs: Vec<uuid::Uuid>| {
            viewer.subselect(Column::Id, &programs, |dialect, programs| {
                program_member::Entity::find()
                    .select_only()
                    .column(program_member::Column::UserId)
                    .filter(dialect.among(own(program_member::Column::ProgramId), programs))
                    .into_query()
            })
        };
        match action {
            Action::Read => oneself.or(members(viewer.staff_programs())),
            Action::ReadPrivate => oneself.or(members(viewer.programs(Permission::ManageMembers))),
            Action::Update if viewer.has_scope(ApiScope::Admin) => oneself,
            _ => Rows::none(),
        }
    }
}
