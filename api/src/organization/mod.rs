//! Organizations: programs, their people, teams and seasons.
pub mod acceptance;
pub mod audit_event;
pub mod found;
pub mod invitation;
pub mod member;
pub mod membership;
pub mod permission;
pub mod program;
pub mod season;
pub mod team;

use crate::{
    access::own,
    error::{Failure, Nullable},
    page::{Connection, Page},
    print::One,
    scope::Scope,
};
use acceptance::ProgramInvitationAcceptInput;
use async_graphql::{Context, ID};
use found::{ProgramArchiveInput, ProgramCreateInput, ProgramPayload, ProgramUpdateInput};
use invitation::{ProgramInvitation, ProgramInvitationPayload, ProgramInvitationRevokeInput, ProgramMemberInviteInput};
use member::{ProgramMember, ProgramMemberPayload};
use membership::{ProgramMemberRemoveInput, ProgramMemberUpdateInput};
use plain::Object;
use program::Program;
use sea_orm::{
    EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use season::{TeamSeason, TeamSeasonCreateInput, TeamSeasonPayload, TeamSeasonUpdateInput};
use team::{Team, TeamCreateInput, TeamDeleteInput, TeamDeletePayload, TeamPayload, TeamUpdateInput};

/// This area's part of the queries.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// One program by its id or its slug; null when there is none or the viewer may not see it.
    async fn program(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id; give this or the slug.")] id: Option<ID>,
        #[graphql(desc = "Its slug; give this or the id.")] slug: Option<String>,
    ) -> Nullable<Program> {
        one_program(ctx, id, slug).await.into()
    }

    /// Programs that the viewer belongs to, as a member or as an athlete, by name.
    async fn programs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Program>, Failure> {
        let page = Page::new(first, after, last, before)?;
        Scope::of(ctx).list(entity::program::Entity::find(), &page).await
    }

    /// One season of a team; null when there is none or the viewer may not see it.
    async fn team_season(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Nullable<One<TeamSeason>> {
        Scope::of(ctx).node(&id).await.into()
    }
}

async fn one_program(ctx: &Context<'_>, id: Option<ID>, slug: Option<String>) -> Result<Option<Program>, Failure> {
    let scope = Scope::of(ctx);
    match (id, slug) {
        (Some(id), None) => scope.node(&id).await,
        (None, Some(slug)) => {
            let named = Expr::col(own(entity::program::Column::Slug)).eq(slug.to_lowercase());
            let page = Page::whole();
            let named = scope.list(entity::program::Entity::find().filter(named), &page);
            Ok(named.await?.into_nodes().next())
        }
        _ => Err(Failure::BadInput("Give `id` or `slug`, and not both.".into())),
    }
}

/// This area's part of the mutations.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Founds a program that the viewer owns.
    async fn program_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The program.")] input: ProgramCreateInput,
    ) -> Nullable<ProgramPayload> {
        Program::create(ctx, input).await.into()
    }

    /// Changes a program. For its owners.
    async fn program_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: ProgramUpdateInput,
    ) -> Nullable<ProgramPayload> {
        Program::update(ctx, input).await.into()
    }

    /// Puts a program away, or takes it up again; nothing in it is lost. For its owners.
    async fn program_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The program.")] input: ProgramArchiveInput,
    ) -> Nullable<ProgramPayload> {
        Program::archive(ctx, input).await.into()
    }

    /// Makes a team. Requires MANAGE_ROSTER in the whole program.
    async fn team_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The team.")] input: TeamCreateInput,
    ) -> Nullable<TeamPayload> {
        Team::create(ctx, input).await.into()
    }

    /// Changes a team. Requires MANAGE_ROSTER.
    async fn team_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: TeamUpdateInput,
    ) -> Nullable<TeamPayload> {
        Team::update(ctx, input).await.into()
    }

    /// Removes a team that has no seasons and to which no member is limited. Requires MANAGE_ROSTER.
    async fn team_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The team.")] input: TeamDeleteInput,
    ) -> Nullable<TeamDeletePayload> {
        Team::delete(ctx, input).await.into()
    }

    /// Makes a season of a team, with a copy of another season's groups and active athletes when asked. Requires
    /// MANAGE_ROSTER.
    async fn team_season_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The season.")] input: TeamSeasonCreateInput,
    ) -> Nullable<TeamSeasonPayload> {
        TeamSeason::create(ctx, input).await.into()
    }

    /// Changes a season. Requires MANAGE_ROSTER.
    async fn team_season_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: TeamSeasonUpdateInput,
    ) -> Nullable<TeamSeasonPayload> {
        TeamSeason::update(ctx, input).await.into()
    }
}

/// This area's part of the mutations that is about members.
#[derive(Default)]
pub struct MembersMutation;

#[Object]
impl MembersMutation {
    /// Invites a person into a program by a link that is good once, for 14 days. Requires MANAGE_MEMBERS; owners offer
    /// every role, head coaches those below their own and, if limited to teams, some of these.
    async fn program_member_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to invite, as what.")] input: ProgramMemberInviteInput,
    ) -> Nullable<ProgramInvitationPayload> {
        ProgramInvitation::create(ctx, input).await.into()
    }

    /// Withdraws an invitation: its link no longer works. Requires MANAGE_MEMBERS and, but for owners, a higher role
    /// than the one offered.
    async fn program_invitation_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation to withdraw.")] input: ProgramInvitationRevokeInput,
    ) -> Nullable<ProgramInvitationPayload> {
        ProgramInvitation::revoke(ctx, input).await.into()
    }

    /// Accepts an invitation with the account that asks. People without an account join by `authRegister`.
    async fn program_invitation_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation to accept.")] input: ProgramInvitationAcceptInput,
    ) -> Nullable<ProgramMemberPayload> {
        ProgramMember::accept(ctx, input).await.into()
    }

    /// Changes a member's role, title, teams or groups, at once. Requires MANAGE_MEMBERS and, but for owners, a role
    /// above the member's old and new one. The last owner stays an owner.
    async fn program_member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ProgramMemberUpdateInput,
    ) -> Nullable<ProgramMemberPayload> {
        ProgramMember::update(ctx, input).await.into()
    }

    /// Ends a membership, and every access to the program with it, at once. An athlete's record and history stay with
    /// the program and can be claimed again by another invitation. Requires MANAGE_MEMBERS and, but for owners, a
    /// higher role than the member's. The last owner stays.
    async fn program_member_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which membership to end.")] input: ProgramMemberRemoveInput,
    ) -> Nullable<ProgramMemberPayload> {
        ProgramMember::remove(ctx, input).await.into()
    }
}
