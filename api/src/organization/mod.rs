//! Organizations: programs, their people, teams and seasons.
pub mod acceptance;
pub mod invitation;
pub mod member;
pub mod membership;
pub mod permission;
pub mod program;
pub mod season;
pub mod team;

use crate::{error::Nullable, scope::Scope};
use acceptance::ProgramInvitationAcceptInput;
use async_graphql::{Context, ID, Object};
use invitation::{ProgramInvitation, ProgramInvitationPayload, ProgramInvitationRevokeInput, ProgramMemberInviteInput};
use member::{ProgramMember, ProgramMemberPayload};
use membership::{ProgramMemberRemoveInput, ProgramMemberUpdateInput};
use season::TeamSeason;

/// This area's part of the queries.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// One season of a team; null when there is none or the viewer may not see it.
    async fn team_season(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Nullable<TeamSeason> {
        Scope::of(ctx).node(&id).await.into()
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
