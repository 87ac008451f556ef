//! Accepting an invitation: by a person who has an account, or together with making one.
use super::{
    invitation::open,
    member::{ProgramMember, ProgramMemberPayload, may_manage},
    membership::{self, Places},
};
use crate::{
    auth::Credential,
    error::{Failure, Refusal},
    node,
    payload::{UserError, UserErrorCode},
    scope::{Request, new_id},
    sql::folded,
    write::{Audit, Tx, write},
};
use async_graphql::{Context, InputObject};
use entity::{
    athlete,
    enums::ProgramRole,
    event_group, program, program_invitation,
    program_member::{ActiveModel, Column, Entity, Model},
    team, user,
};
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Which invitation to accept.
#[derive(InputObject)]
pub struct ProgramInvitationAcceptInput {
    /// Token of the invitation, from the link.
    token: String,
}

/// An invitation that is locked and good: not used, withdrawn or run out, and its inviter may still invite so.
pub(crate) struct Invited {
    row: program_invitation::Model,
    places: Places,
    athlete: Option<athlete::Model>,
    path: &'static str,
}

impl Invited {
    /// The invitation of a token; `path` is the input's field that holds it.
    pub(crate) async fn find(tx: &Tx, token: &Credential, path: &'static str) -> Result<Self, Refusal> {
        let query = program_invitation::Entity::find()
            .filter(program_invitation::Column::TokenHash.eq(token.hash()))
            .filter(open(tx.now()));
        let Some(row) = tx.find_locked(query).await?.pop() else {
            return Err(no_longer(path));
        };
        // Whoever was removed or lost the role meanwhile leaves no back door open.
        if let Some(inviter_id) = row.invited_by_id {
            let inviter = Entity::find_by_id(inviter_id).filter(Column::DeactivatedAt.is_null());
            let inviter = tx.find_one(inviter).await?.map(|inviter| inviter.role);
            let program = tx.find_one(program::Entity::find_by_id(row.program_id)).await?;
            let health = program.ok_or(Failure::Internal)?.health_access;
            let may_invite = matches!(inviter, Some(ProgramRole::Owner | ProgramRole::HeadCoach));
            if !may_invite || !inviter.is_some_and(|rank| may_manage(rank, row.role, health)) {
                return Err(no_longer(path));
            }
        }
        let places = remaining(tx, &row).await?;
        if places.teams.is_empty() && !row.team_ids.0.is_empty() {
            // Without its teams the role would reach all of them.
            return Err(no_longer(path));
        }
        let mut athlete = None;
        if let Some(id) = row.athlete_id {
            let record = athlete::Entity::find_by_id(id).filter(athlete::Column::ProgramId.eq(row.program_id));
            athlete = tx.find_locked(record).await?.pop();
        }
        Ok(Self {
            row,
            places,
            athlete,
            path,
        })
    }

    /// What the staff calls the athlete whose record is to be claimed.
    pub(crate) fn athlete_name(&self) -> Option<String> {
        let athlete = self.athlete.as_ref()?;
        Some(
            format!("{} {}", athlete.first_name, athlete.last_name)
                .trim()
                .to_owned(),
        )
    }

    /// The program invited into.
    pub(crate) fn program_id(&self) -> Uuid {
        self.row.program_id
    }

    /// Makes a person a member, or again, and uses the invitation up.
    pub(crate) async fn accept(self, tx: &Tx, person: &user::Model) -> Result<Model, Refusal> {
        let former = Entity::find()
            .filter(Column::ProgramId.eq(self.row.program_id))
            .filter(Column::UserId.eq(person.id));
        let former = tx.find_locked(former).await?.pop();
        let is_member = former.as_ref().is_some_and(|member| member.deactivated_at.is_none());
        if is_member && self.athlete.is_none() {
            let message = "You are already a member of this program.";
            return Err(UserError::new(UserErrorCode::Taken, message).at(self.path).into());
        }
        self.claim(tx, person.id).await?;
        let used = program_invitation::ActiveModel {
            id: Set(self.row.id),
            accepted_at: Set(Some(tx.now())),
            ..Default::default()
        };
        tx.follow(used).await?;
        let athlete_id = self.athlete.as_ref().map(|athlete| athlete.id);
        if let Some(former) = former.as_ref().filter(|_| is_member) {
            // Staff who train too: the role stays.
            let changes = ActiveModel {
                id: Set(former.id),
                athlete_id: Set(athlete_id),
                ..Default::default()
            };
            let member = tx.follow(changes).await?;
            self.told_joined(tx, &member, person);
            return Ok(member);
        }
        let name = self.athlete_name().unwrap_or_else(|| person.name.clone());
        let row = ActiveModel {
            id: Set(former.as_ref().map_or_else(new_id, |former| former.id)),
            athlete_id: Set(athlete_id),
            role: Set(self.row.role),
            sort_name: Set(folded(&name)),
            display_name: Set(name),
            title: Set(None),
            joined_at: Set(tx.now()),
            deactivated_at: Set(None),
            ..Default::default()
        };
        let member = match former {
            Some(_) => tx.follow(row).await?,
            None => {
                tx.insert(ActiveModel {
                    program_id: Set(self.row.program_id),
                    user_id: Set(person.id),
                    created_at: Set(tx.now()),
                    updated_at: Set(tx.now()),
                    ..row
                })
                .await?
            }
        };
        membership::place(tx, &member, &self.places).await?;
        self.told_joined(tx, &member, person);
        Ok(member)
    }

    fn told_joined(&self, tx: &Tx, member: &Model, person: &user::Model) {
        let audit = Audit::in_program::<Entity>(member.program_id, "member.join", member.id).by(person.id);
        let audit = audit.with("role", member.role.to_value());
        let invitation = node::global::<program_invitation::Entity>(self.row.id).0;
        tx.audit(audit.with("invitation", invitation));
    }

    /// Gives the athlete record to the person.
    async fn claim(&self, tx: &Tx, user_id: Uuid) -> Result<(), Refusal> {
        let Some(athlete) = &self.athlete else { return Ok(()) };
        if athlete.user_id.is_some() {
            let message = "Somebody else has claimed this athlete record.";
            return Err(UserError::new(UserErrorCode::InvalidState, message)
                .at(self.path)
                .into());
        }
        let changes = athlete::ActiveModel {
            id: Set(athlete.id),
            user_id: Set(Some(user_id)),
            ..Default::default()
        };
        tx.follow(changes).await?;
        Ok(())
    }
}

/// The one answer for a token that nobody gave out and for one that is no longer good.
pub(crate) fn no_longer(path: &str) -> Refusal {
    let message = "This invitation was used, withdrawn, or ran out: ask for another.";
    UserError::new(UserErrorCode::TokenExpired, message).at(path).into()
}

/// The teams and groups of an invitation that still exist.
async fn remaining(tx: &Tx, row: &program_invitation::Model) -> Result<Places, Refusal> {
    let teams = team::Entity::find()
        .filter(tx.dialect().among(team::Column::Id, &row.team_ids.0))
        .filter(team::Column::ProgramId.eq(row.program_id));
    let groups = event_group::Entity::find()
        .filter(tx.dialect().among(event_group::Column::Id, &row.event_group_ids.0))
        .filter(event_group::Column::ProgramId.eq(row.program_id));
    Ok(Places {
        teams: tx.find(teams).await?.into_iter().map(|team| team.id).collect(),
        groups: tx.find(groups).await?.into_iter().map(|group| group.id).collect(),
    })
}

impl ProgramMember {
    /// Accepts an invitation with the account that asks.
    pub(super) async fn accept(
        ctx: &Context<'_>,
        input: ProgramInvitationAcceptInput,
    ) -> Result<ProgramMemberPayload, Refusal> {
        let ProgramInvitationAcceptInput { token } = input;
        let scope = Request::of(ctx).scope();
        let user_id = scope.viewer().user()?;
        if !scope.viewer().has_account() {
            let message = "This API token may not join programs.";
            return Err(UserError::new(UserErrorCode::NotAllowed, message).into());
        }
        let token = Credential::new(token);
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let invited = Invited::find(&tx, &token, "token").await?;
            let person = tx.find_one(user::Entity::find_by_id(user_id)).await?;
            Ok(invited.accept(&tx, &person.ok_or(Failure::Unauthenticated)?).await?.id)
        })
        .await?;
        Ok(ProgramMemberPayload {
            member: scope.record(id).await?,
            ..Default::default()
        })
    }
}
