//! A membership: a person, their role, and where it reaches.
use super::{permission::ProgramPermission, program::Program, team::Team};
use crate::{
    access::*,
    auth::user::User,
    error::{Failure, Nullable},
    load::Relation,
    node,
    page::Ordered,
    payload,
    print::{List, One},
    record, relation,
    roster::{athlete::Athlete, event_group::EventGroup},
    scope::Scope,
    sql::{bare, contains, contains_words},
    words::ProgramRole,
};
use async_graphql::{Context, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    enums, event_group_coach, program,
    program_member::{Column, Entity},
    program_member_team, user,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, Iterable, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

record! {
    /// The membership of a person in a program.
    ProgramMember = program_member
}

payload! {
    /// A membership that began, changed or ended.
    ProgramMemberPayload {
        /// The membership; null when nothing was done.
        member: Option<ProgramMember>,
    }
}

/// Which memberships to keep; conditions left out keep all.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MembershipFilter {
    /// Any of these roles.
    roles: Option<Vec<ProgramRole>>,
    /// True for those in force, false for those that ended.
    is_active: Option<bool>,
    /// Words that the member's name has in it, or, among a person's memberships, the program's name; among the members
    /// of a program that the viewer manages also a part of the e-mail address.
    search: Option<String>,
}

/// The membership of a person in a program. Staff sees all, athletes those of the staff and their own.
#[Object]
impl ProgramMember {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Counts the changes of the membership; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the role, title, teams and groups: requires MANAGE_MEMBERS and, but for owners, a
    /// higher role than the member's.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may end the membership; as `viewerCanUpdate`.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// The program; null when the viewer's own membership has ended.
    async fn program(&self, ctx: &Context<'_>) -> Nullable<One<Program>> {
        Scope::of(ctx).record(self.0.program_id).await.into()
    }

    /// The account, for staff and the person; else null.
    async fn user(&self, ctx: &Context<'_>) -> Nullable<One<User>> {
        Scope::of(ctx).record(self.0.user_id).await.into()
    }

    /// Name shown in the program.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// Role in the program.
    async fn role(&self) -> ProgramRole {
        self.0.role.into()
    }

    /// What the person does there, such as "Throws coach".
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// Teams that the role is limited to, for staff; empty when it reaches all teams.
    async fn teams(&self, ctx: &Context<'_>) -> Result<List<Team>, Failure> {
        Scope::of(ctx)
            .linked::<MemberTeams, _>(self.0.id, |row| row.team_id)
            .await
    }

    /// Event groups that the member coaches, as far as the viewer sees them.
    async fn event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        Scope::of(ctx)
            .linked::<CoachedGroups, _>(self.0.id, |row| row.event_group_id)
            .await
    }

    /// Record of the member as an athlete of the program; null for those who do not train there.
    async fn athlete(&self, ctx: &Context<'_>) -> Nullable<One<Athlete>> {
        Scope::of(ctx).referred_if(ctx, self.0.athlete_id).await.into()
    }

    /// What the role grants, in the whole program or in the member's teams and groups; empty once the membership has
    /// ended.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<ProgramPermission>, Failure> {
        self.granted(&Scope::of(ctx)).await
    }

    /// When the membership began, the last time if it had ended before.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }

    /// When the membership ended; null while it lasts.
    async fn deactivated_at(&self) -> Option<DateTime<Utc>> {
        self.0.deactivated_at
    }

    /// When the person first became a member.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the membership was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Members of a program.
pub struct Members;

impl Relation for Members {
    type Child = Entity;
    type Filter = MembershipFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &MembershipFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        filter.keep(viewer, |text| {
            // Who may not read addresses must not find them out by searching either.
            let managed = viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ManageMembers))]);
            let named = bare::<user::Entity>()
                .column(user::Column::Id)
                .filter(contains(own(user::Column::Email), text))
                .into_query();
            managed.but_only(Column::UserId.in_subquery(named)).condition()
        })
    }
}

/// Memberships of a person.
pub struct Memberships;

impl Relation for Memberships {
    type Child = Entity;
    type Filter = MembershipFilter;
    const COLUMN: Column = Column::UserId;

    fn keep(filter: &MembershipFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        filter.keep(viewer, |text| {
            let visible = program::Entity::allows(viewer, Action::Read);
            let named = bare::<program::Entity>()
                .column(program::Column::Id)
                .filter(
                    visible
                        .but_only(contains(own(program::Column::SortName), text))
                        .condition()?,
                )
                .into_query();
            Some(Condition::all().add(Column::ProgramId.in_subquery(named)))
        })
    }
}

impl MembershipFilter {
    /// The condition, with what else than the member's name `search` looks at.
    fn keep(&self, viewer: &Viewer, elsewhere: impl FnOnce(&str) -> Option<Condition>) -> Result<Condition, Failure> {
        let Self {
            roles,
            is_active,
            search,
        } = self;
        let roles = roles.as_ref().map(|roles| {
            let mut roles: Vec<enums::ProgramRole> = roles.iter().copied().map(Into::into).collect();
            roles.sort_unstable();
            roles.dedup();
            viewer.dialect.any_of::<enums::ProgramRole>(Column::Role, roles)
        });
        let is_active = is_active.map(|is_active| {
            if is_active {
                Column::DeactivatedAt.is_null()
            } else {
                Column::DeactivatedAt.is_not_null()
            }
        });
        let search = search.as_deref().filter(|text| !text.trim().is_empty()).map(|text| {
            let by_name = contains_words(own(Column::SortName), text)?;
            Ok::<_, Failure>(Condition::any().add(by_name).add_option(elsewhere(text)))
        });
        let search = search.transpose()?;
        Ok(Condition::all()
            .add_option(roles)
            .add_option(is_active)
            .add_option(search))
    }
}

relation!(/// Teams named for a member.
    pub MemberTeams: program_member_team::Entity, program_member_team::Column::ProgramMemberId);
relation!(/// Members for whom a team is named.
    pub TeamStaff: program_member_team::Entity, program_member_team::Column::TeamId);
relation!(/// Event groups that a member coaches.
    pub CoachedGroups: event_group_coach::Entity, event_group_coach::Column::ProgramMemberId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::JoinedAt];
}

/// Rows with a role that the viewer may grant, change and take: an owner all, others those below their own.
pub(super) fn managed<C: ColumnTrait>(viewer: &Viewer, program: C, role: C) -> Rows {
    let mut rows = Rows::none();
    for membership in &viewer.memberships {
        if viewer.reach(Permission::ManageMembers, membership) != Reach::Program {
            continue;
        }
        let in_program = viewer.any_of([(own(program), vec![membership.program_id])]);
        rows = rows.or(match membership.role {
            enums::ProgramRole::Owner => in_program,
            rank => {
                let health = membership.health_access;
                let below = enums::ProgramRole::iter().filter(|each| may_manage(rank, *each, health));
                in_program.but_only(viewer.dialect.any_of::<enums::ProgramRole>(role, below))
            }
        });
    }
    rows
}

/// Whether a member of `rank` may grant, change and take `role`: nobody those at or above their own or that permit what
/// their own does not, but for owners. So a head coach makes no athletic trainer where head coaches read no health data.
pub(super) fn may_manage(rank: enums::ProgramRole, role: enums::ProgramRole, health: enums::HealthAccess) -> bool {
    let own: Vec<Permission> = Permission::granted(rank, health).collect();
    let is_within = || Permission::granted(role, health).all(|permission| own.contains(&permission));
    rank == enums::ProgramRole::Owner || (rank < role && is_within())
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let own_membership = viewer.any_of([(own(Column::UserId), Vec::from_iter(viewer.user_id))]);
        // An API token of one program shows no membership in another, not even the owner's own.
        let own_membership = match viewer.confined_to {
            Some(program) => own_membership.but_only(Column::ProgramId.eq(program)),
            None => own_membership,
        };
        match action {
            // Athletes know who coaches them, and nothing of each other's accounts.
            Action::Read => own_membership
                .or(viewer.any_of([(own(Column::ProgramId), viewer.programs_staffed())]))
                .or(viewer
                    .any_of([(own(Column::ProgramId), viewer.own_programs())])
                    .but_only(Column::Role.ne(enums::ProgramRole::Athlete))),
            Action::ReadPrivate => {
                own_membership.or(viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ManageMembers))]))
            }
            Action::Update | Action::Delete | Action::ManageMembers => managed(viewer, Column::ProgramId, Column::Role),
            _ => Rows::none(),
        }
    }
}

impl ProgramMember {
    /// The viewer's own membership in a program; none when there is none.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn of_viewer(scope: &Scope, program_id: Uuid) -> Result<Option<Self>, Failure> {
        let membership = scope.viewer().membership(program_id);
        scope.record_if(membership.map(|membership| membership.id)).await
    }

    async fn granted(&self, scope: &Scope) -> Result<Vec<ProgramPermission>, Failure> {
        if self.0.deactivated_at.is_some() {
            return Ok(Vec::new());
        }
        let program = scope.get::<program::Entity>(self.0.program_id).await?;
        let health = program.map_or(enums::HealthAccess::MedicalStaffOnly, |program| program.health_access);
        let granted = Permission::granted(self.0.role, health);
        Ok(granted.filter_map(ProgramPermission::of).collect())
    }
}
