//! A membership: a person, their role, and where it reaches.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::{
    enums::ProgramRole,
    event_group_coach,
    program_member::{Column, Entity},
    program_member_team,
};
use sea_orm::ColumnTrait;

record! {
    /// The membership of a person in a program.
    ProgramMember = program_member
}

/// The membership of a person in a program.
#[Object]
impl ProgramMember {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Members of a program.
    pub Members: Entity, Column::ProgramId);
relation!(/// Memberships of a person.
    pub Memberships: Entity, Column::UserId);
relation!(/// Teams named for a member.
    pub MemberTeams: program_member_team::Entity, program_member_team::Column::ProgramMemberId);
relation!(/// Members for whom a team is named.
    pub TeamStaff: program_member_team::Entity, program_member_team::Column::TeamId);
relation!(/// Event groups that a member coaches.
    pub CoachedGroups: event_group_coach::Entity, event_group_coach::Column::ProgramMemberId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let own_membership = viewer.any_of([(own(Column::UserId), Vec::from_iter(viewer.user_id))]);
        match action {
            // Athletes know who coaches them, and nothing of each other's accounts.
            Action::Read => own_membership
                .or(viewer.any_of([(own(Column::ProgramId), viewer.staff_programs())]))
                .or(viewer
                    .any_of([(own(Column::ProgramId), viewer.own_programs())])
                    .but_only(Column::Role.ne(ProgramRole::Athlete))),
            Action::ReadPrivate => {
                own_membership.or(viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ManageMembers))]))
            }
            Action::Update | Action::Delete | Action::ManageMembers => {
                viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ManageMembers))])
            }
            _ => Rows::none(),
        }
    }
}
