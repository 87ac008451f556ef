//! Invitations to join a program: single use, by a link.
use super::{
    member::{ProgramMember, managed, may_manage},
    membership::{self, Places},
    program::Program,
    team::Team,
};
use crate::{
    access::*,
    auth::Credential,
    error::{Failure, Nullable, Refusal},
    load::Relation,
    node,
    page::Ordered,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    print::{List, One},
    record,
    roster::{athlete::Athlete, event_group::EventGroup},
    scope::{Scope, new_id},
    sql::bare,
    words::ProgramRole,
    write::{Audit, Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Duration, Utc};
use entity::{
    Json, athlete, enums, program,
    program_invitation::{ActiveModel, Column, Entity, Model},
    program_member, user,
};
use plain::Object;
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
};
use uuid::Uuid;

/// First characters of an invitation's token.
const PREFIX: &str = "fi_";
/// Days that an invitation is good for.
const DAYS: i64 = 14;

record! {
    /// An invitation to join a program.
    ProgramInvitation = program_invitation
}

payload! {
    /// An invitation that was made or withdrawn.
    ProgramInvitationPayload {
        /// The invitation; null when nothing was done.
        invitation: Option<ProgramInvitation>,
        /// The secret of the link, for whom is invited: `authRegister` and `programInvitationAccept` take it. Shown this
        /// once, to the inviter, by `programMemberInvite`; the server keeps a hash only and sends no mail. Null when
        /// an idempotency key repeats an invitation made before.
        token: Option<String>,
    }
}

/// Whom to invite, as what.
#[derive(InputObject)]
pub struct ProgramMemberInviteInput {
    /// Makes a retry harmless: the same key with the same input answers with the first outcome.
    idempotency_key: Option<String>,
    /// Where to invite to.
    program_id: ID,
    /// Address of the person. An invitation made for it before is withdrawn.
    email: String,
    /// Role to offer, below the viewer's own unless the viewer is an owner.
    role: ProgramRole,
    /// Record of the athlete that the person will claim; with the role ATHLETE only.
    athlete_id: Option<ID>,
    /// Teams to limit the role to; all when left out. For staff.
    team_ids: Option<Vec<ID>>,
    /// Event groups to coach. For staff.
    event_group_ids: Option<Vec<ID>>,
}

/// Which invitation to withdraw.
#[derive(InputObject)]
pub struct ProgramInvitationRevokeInput {
    /// The invitation.
    id: ID,
}

/// An invitation to join a program. Requires MANAGE_MEMBERS.
#[Object]
impl ProgramInvitation {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Whether the viewer may withdraw it: requires a higher role than the one offered, but for owners.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// Where the person is invited to.
    async fn program(&self, ctx: &Context<'_>) -> Result<One<Program>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.program_id).await
    }

    /// Address invited. Whoever holds the link may accept, with another address too.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Role offered.
    async fn role(&self) -> ProgramRole {
        self.0.role.into()
    }

    /// Record that the person will claim as an athlete; null when none is named.
    async fn athlete(&self, ctx: &Context<'_>) -> Nullable<One<Athlete>> {
        Scope::of(ctx).referred_if(ctx, self.0.athlete_id).await.into()
    }

    /// Teams that the role will be limited to; empty for all.
    async fn teams(&self, ctx: &Context<'_>) -> Result<List<Team>, Failure> {
        Scope::of(ctx).records(self.0.team_ids.0.iter().copied()).await
    }

    /// Event groups that the person will coach.
    async fn event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        Scope::of(ctx).records(self.0.event_group_ids.0.iter().copied()).await
    }

    /// Who invited; null when nobody of the program did.
    async fn invited_by(&self, ctx: &Context<'_>) -> Nullable<One<ProgramMember>> {
        Scope::of(ctx).referred_if(ctx, self.0.invited_by_id).await.into()
    }

    /// When the invitation was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the invitation runs out, 14 days after it was made.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When the invitation was accepted; null until then.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// When the invitation was withdrawn; null unless it was.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// Invitations into a program that can still be accepted.
pub struct Invitations;

impl Relation for Invitations {
    type Child = Entity;
    type Filter = ();
    const COLUMN: Column = Column::ProgramId;

    fn keep(_filter: &(), viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(open(viewer.now))
    }
}

/// What can still be accepted.
pub(super) fn open(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::AcceptedAt.is_null())
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::CreatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ManageMembers))]),
            Action::Update | Action::Delete | Action::ManageMembers => managed(viewer, Column::ProgramId, Column::Role),
            _ => Rows::none(),
        }
    }
}

impl ProgramInvitation {
    /// Invites a person.
    pub(super) async fn create(
        ctx: &Context<'_>,
        input: ProgramMemberInviteInput,
    ) -> Result<ProgramInvitationPayload, Refusal> {
        let ProgramMemberInviteInput {
            idempotency_key,
            program_id,
            email,
            role,
            athlete_id,
            team_ids,
            event_group_ids,
        } = input;
        let role = enums::ProgramRole::from(role);
        let mut mistakes = Mistakes::default();
        let email = mistakes.email("email", &email);
        if athlete_id.is_some() && role != enums::ProgramRole::Athlete {
            let message = "Only an invitation with the role ATHLETE names an athlete.";
            mistakes.add(UserError::new(UserErrorCode::Invalid, message).at("athleteId"));
        }
        mistakes.check()?;
        let secret = Credential::random(PREFIX)?;
        let hash = secret.hash();
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let program = tx
                .lock::<program::Entity>(&program_id, Action::ManageMembers, "programId")
                .await?;
            let actor = membership::actor(&tx, program.id).await?;
            let mut mistakes = Mistakes::default();
            if !may_manage(actor.role, role, actor.health_access) {
                mistakes.add(membership::too_high("role"));
            }
            let places = membership::places(&tx, program.id, team_ids.as_deref(), event_group_ids.as_deref()).await;
            let (teams, groups) = mistakes.take(places)?.unwrap_or_default();
            let athlete = match &athlete_id {
                Some(id) => mistakes.take(claimable(&tx, program.id, id).await)?,
                None => None,
            };
            mistakes.take(refuse_members(&tx, program.id, &email, athlete).await)?;
            mistakes.check()?;
            let places = Places {
                teams: teams.unwrap_or_default(),
                groups: groups.unwrap_or_default(),
            };
            membership::check_places(&tx, program.id, role, &places)?;
            withdraw_former(&tx, program.id, &email).await?;
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(program.id),
                email: Set(email),
                role: Set(role),
                athlete_id: Set(athlete),
                invited_by_id: Set(Some(actor.id)),
                token_hash: Set(hash),
                team_ids: Set(Json(places.teams)),
                event_group_ids: Set(Json(places.groups)),
                created_at: Set(tx.now()),
                expires_at: Set(tx.now() + Duration::days(DAYS)),
                accepted_at: Set(None),
                revoked_at: Set(None),
            };
            let row = tx.insert(row).await?;
            let audit = Audit::in_program::<Entity>(row.program_id, "member.invite", row.id);
            tx.audit(audit.with("role", row.role.to_value()));
            Ok(row.id)
        })
        .await?;
        let invitation: Option<Self> = scope.record(id).await?;
        let is_new = invitation.as_ref().is_some_and(|row| row.0.token_hash == secret.hash());
        Ok(ProgramInvitationPayload {
            invitation,
            token: is_new.then(|| secret.reveal()),
            ..Default::default()
        })
    }

    /// Withdraws an invitation that was not accepted.
    pub(super) async fn revoke(
        ctx: &Context<'_>,
        input: ProgramInvitationRevokeInput,
    ) -> Result<ProgramInvitationPayload, Refusal> {
        let ProgramInvitationRevokeInput { id } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Delete, "id").await?;
            if row.accepted_at.is_some() {
                let message = "The invitation was accepted: end the membership instead.";
                return Err(UserError::new(UserErrorCode::InvalidState, message).at("id").into());
            }
            let changes = ActiveModel {
                id: Set(row.id),
                revoked_at: Set(row.revoked_at.or(Some(tx.now()))),
                ..Default::default()
            };
            if row.revoked_at.is_none() {
                told_withdrawn(&tx, &row);
            }
            Ok(tx.update(changes, Action::Delete, None).await?.id)
        })
        .await?;
        Ok(ProgramInvitationPayload {
            invitation: scope.record(id).await?,
            ..Default::default()
        })
    }
}

/// The athlete that an id names, if the record is of the program and nobody's yet.
async fn claimable(tx: &Tx, program_id: Uuid, id: &ID) -> Result<Uuid, Refusal> {
    let row = tx.read::<athlete::Entity>(id, Action::Read, "athleteId").await?;
    if row.program_id != program_id {
        let message = "This belongs to another program.";
        return Err(UserError::new(UserErrorCode::CrossProgram, message)
            .at("athleteId")
            .into());
    }
    if row.user_id.is_some() {
        let message = "This athlete has an account already.";
        return Err(UserError::new(UserErrorCode::InvalidState, message)
            .at("athleteId")
            .into());
    }
    Ok(row.id)
}

/// Refuses an address that a member has, unless staff is to claim an athlete record besides.
async fn refuse_members(tx: &Tx, program_id: Uuid, email: &str, athlete: Option<Uuid>) -> Result<(), Refusal> {
    use program_member::Column as Member;
    let person = bare::<user::Entity>()
        .column(user::Column::Id)
        .filter(user::Column::Email.eq(email))
        .into_query();
    let member = program_member::Entity::find()
        .filter(Member::ProgramId.eq(program_id))
        .filter(Member::DeactivatedAt.is_null())
        .filter(Member::UserId.in_subquery(person));
    match tx.find_one(member).await? {
        Some(member) if athlete.is_none() || member.athlete_id.is_some() => {
            let message = "This person is already a member.";
            Err(UserError::new(UserErrorCode::Taken, message).at("email").into())
        }
        _ => Ok(()),
    }
}

/// Withdraws what was offered to an address before, unless it is more than the viewer may take.
async fn withdraw_former(tx: &Tx, program_id: Uuid, email: &str) -> Result<(), Refusal> {
    let former = Entity::find()
        .filter(open(tx.now()))
        .filter(Column::ProgramId.eq(program_id))
        .filter(Column::Email.eq(email))
        .filter(allowed::<Entity>(tx.viewer(), Action::Delete));
    for row in tx.find_locked(former).await? {
        let changes = ActiveModel {
            id: Set(row.id),
            revoked_at: Set(Some(tx.now())),
            ..Default::default()
        };
        tx.follow(changes).await?;
        told_withdrawn(tx, &row);
    }
    Ok(())
}

fn told_withdrawn(tx: &Tx, row: &Model) {
    let audit = Audit::in_program::<Entity>(row.program_id, "member.invitation_revoke", row.id);
    tx.audit(audit.with("role", row.role.to_value()));
}
