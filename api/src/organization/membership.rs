//! Changing and ending memberships. All of a program's go through the lock of its row, so that the last owner stays
//! also when two go at once.
use super::member::{ProgramMember, ProgramMemberPayload, may_manage};
use crate::{
    access::{Action, Membership},
    error::{Failure, Refusal},
    patch::Patch,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    words,
    write::{Audit, Tx, write},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    athlete,
    enums::ProgramRole,
    event_group, event_group_coach, program,
    program_member::{ActiveModel, Column, Entity, Model},
    program_member_team, team,
};
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

/// What to change of a membership; what is left out stays.
#[derive(InputObject)]
pub struct ProgramMemberUpdateInput {
    /// The membership.
    id: ID,
    /// Version that was read; another stored one is a `VERSION_CONFLICT`. Left out, the change is made in any case.
    expected_version: Option<i32>,
    /// Role from now on, below the viewer's own unless the viewer is an owner. It takes effect at once.
    role: Option<words::ProgramRole>,
    /// What the person does, such as "Throws coach", in at most 200 characters; null for nothing in particular.
    title: MaybeUndefined<String>,
    /// Teams to limit the role to, in place of those until now; an empty list for all. For staff.
    team_ids: Option<Vec<ID>>,
    /// Event groups that the member coaches, in place of those until now. For staff.
    event_group_ids: Option<Vec<ID>>,
}

/// Which membership to end.
#[derive(InputObject)]
pub struct ProgramMemberRemoveInput {
    /// The membership.
    id: ID,
}

/// Teams and event groups that limit or extend a role.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    /// Teams that the role is limited to; none for all.
    pub(super) teams: Vec<Uuid>,
    /// Event groups coached.
    pub(super) groups: Vec<Uuid>,
}

/// The viewer's own membership as it is now, not as it was when the request began.
pub(super) async fn actor(tx: &Tx, program_id: Uuid) -> Result<Membership, Refusal> {
    let own = tx.viewer().membership(program_id).ok_or(Failure::Internal)?;
    let query = Entity::find_by_id(own.id).filter(Column::DeactivatedAt.is_null());
    match tx.find_one(query).await? {
        Some(row) if row.role == own.role => Ok(own.clone()),
        _ => {
            let message = "Your own membership has just changed.";
            Err(UserError::new(UserErrorCode::NotAllowed, message).into())
        }
    }
}

/// A role that the viewer's role may not grant.
pub(super) fn too_high(path: &str) -> UserError {
    let message = "You may only grant roles below your own.";
    UserError::new(UserErrorCode::NotAllowed, message).at(path)
}

/// The teams and groups that clients' ids name: of the program, and within what the viewer manages.
pub(super) async fn places(
    tx: &Tx,
    program_id: Uuid,
    team_ids: Option<&[ID]>,
    group_ids: Option<&[ID]>,
) -> Result<(Option<Vec<Uuid>>, Option<Vec<Uuid>>), Refusal> {
    let mut mistakes = Mistakes::default();
    let (mut teams, mut groups) = (None, None);
    if let Some(ids) = team_ids {
        mistakes.items("teamIds", ids.len(), 0, 100);
        let rows = mistakes.take(tx.read_all::<team::Entity>(ids, Action::ManageRoster, "teamIds").await)?;
        teams = rows.map(|rows| rows.iter().map(|row| (row.id, row.program_id)).collect::<Vec<_>>());
    }
    if let Some(ids) = group_ids {
        mistakes.items("eventGroupIds", ids.len(), 0, 100);
        let rows = tx
            .read_all::<event_group::Entity>(ids, Action::ManageRoster, "eventGroupIds")
            .await;
        let rows = mistakes.take(rows)?;
        groups = rows.map(|rows| rows.iter().map(|row| (row.id, row.program_id)).collect::<Vec<_>>());
    }
    for (path, named) in [("teamIds", &teams), ("eventGroupIds", &groups)] {
        for (index, (_, program)) in named.iter().flatten().enumerate() {
            if *program != program_id {
                let message = "This belongs to another program.";
                mistakes.add(
                    UserError::new(UserErrorCode::CrossProgram, message)
                        .at(path)
                        .item(index),
                );
            }
        }
    }
    mistakes.check()?;
    let ids = |named: Vec<(Uuid, Uuid)>| {
        let mut ids: Vec<Uuid> = named.into_iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    Ok((teams.map(ids), groups.map(ids)))
}

/// Whether a role with these places fits together, and reaches no further than the viewer's own teams.
pub(super) fn check_places(tx: &Tx, program_id: Uuid, role: ProgramRole, places: &Places) -> Result<(), Refusal> {
    if role == ProgramRole::Athlete {
        let mut mistakes = Mistakes::default();
        for (path, named) in [("teamIds", &places.teams), ("eventGroupIds", &places.groups)] {
            if !named.is_empty() {
                let message = "Athletes belong to teams and groups by their place on a roster.";
                mistakes.add(UserError::new(UserErrorCode::Invalid, message).at(path));
            }
        }
        return mistakes.check();
    }
    let own = tx
        .viewer()
        .membership(program_id)
        .map_or(&[][..], |membership| &membership.teams);
    if !own.is_empty() && (places.teams.is_empty() || places.teams.iter().any(|team| !own.contains(team))) {
        let message = "Your role is limited to teams: name some of them.";
        return Err(UserError::new(UserErrorCode::NotAllowed, message).at("teamIds").into());
    }
    Ok(())
}

/// Puts teams and groups in the place of a member's until now.
pub(super) async fn place(tx: &Tx, member: &Model, places: &Places) -> Result<(), Refusal> {
    let teams = Condition::all().add(program_member_team::Column::ProgramMemberId.eq(member.id));
    tx.delete_rows::<program_member_team::Entity>(teams).await?;
    let groups = Condition::all().add(event_group_coach::Column::ProgramMemberId.eq(member.id));
    tx.delete_rows::<event_group_coach::Entity>(groups).await?;
    let teams = places.teams.iter().map(|team_id| program_member_team::ActiveModel {
        id: Set(new_id()),
        program_id: Set(member.program_id),
        program_member_id: Set(member.id),
        team_id: Set(*team_id),
    });
    tx.insert_rows(teams.collect()).await?;
    let groups = places.groups.iter().map(|group_id| event_group_coach::ActiveModel {
        id: Set(new_id()),
        program_id: Set(member.program_id),
        event_group_id: Set(*group_id),
        program_member_id: Set(member.id),
    });
    tx.insert_rows(groups.collect()).await
}

/// The teams and groups of a member now.
async fn places_of(tx: &Tx, member: &Model) -> Result<Places, Refusal> {
    let teams = program_member_team::Entity::find().filter(program_member_team::Column::ProgramMemberId.eq(member.id));
    let groups = event_group_coach::Entity::find().filter(event_group_coach::Column::ProgramMemberId.eq(member.id));
    Ok(Places {
        teams: tx.find(teams).await?.into_iter().map(|row| row.team_id).collect(),
        groups: tx
            .find(groups)
            .await?
            .into_iter()
            .map(|row| row.event_group_id)
            .collect(),
    })
}

/// The membership that an id names, if the viewer may manage it, with the program locked before it: what is read of the
/// program's members from here on is no longer changed by others.
async fn lock(tx: &Tx, id: &ID, action: Action) -> Result<(Membership, Model), Refusal> {
    let row = tx.read::<Entity>(id, Action::Read, "id").await?;
    let program = tx
        .lock_id::<program::Entity>(row.program_id, Action::ManageMembers, "id")
        .await;
    program.map_err(|refusal| match refusal {
        // A member is seen by some who do not see the program: those whose own membership ended.
        Refusal::Errors(_) => UserError::not_allowed("id").into(),
        failure => failure,
    })?;
    let actor = actor(tx, row.program_id).await?;
    let row = tx.lock_id::<Entity>(row.id, action, "id").await?;
    if row.deactivated_at.is_some() {
        let message = "This membership has ended: invite the person again.";
        return Err(UserError::new(UserErrorCode::InvalidState, message).at("id").into());
    }
    Ok((actor, row))
}

/// Refuses to take the role of the last owner.
async fn keep_an_owner(tx: &Tx, member: &Model, path: &str) -> Result<(), Refusal> {
    if member.role != ProgramRole::Owner {
        return Ok(());
    }
    let others = Entity::find()
        .filter(Column::ProgramId.eq(member.program_id))
        .filter(Column::Role.eq(ProgramRole::Owner))
        .filter(Column::DeactivatedAt.is_null())
        .filter(Column::Id.ne(member.id));
    if tx.find_one(others).await?.is_none() {
        let message = "The last owner stays: make somebody else an owner first.";
        return Err(UserError::new(UserErrorCode::InvalidState, message).at(path).into());
    }
    Ok(())
}

/// Tells the audit log what became of a role, and of where it reaches.
fn told_changed(tx: &Tx, member: &Model, role: ProgramRole, (before, after): (&Places, &Places)) {
    if role != member.role {
        let audit = Audit::in_program::<Entity>(member.program_id, "member.role_change", member.id);
        tx.audit(audit.changed("role", member.role.to_value(), role.to_value()));
    }
    let same = |one: &[Uuid], other: &[Uuid]| one.len() == other.len() && one.iter().all(|id| other.contains(id));
    if !same(&before.teams, &after.teams) || !same(&before.groups, &after.groups) {
        let audit = Audit::in_program::<Entity>(member.program_id, "member.reach_change", member.id);
        let audit = audit.changed_ids::<team::Entity>("teams", &before.teams, &after.teams);
        tx.audit(audit.changed_ids::<event_group::Entity>("eventGroups", &before.groups, &after.groups));
    }
}

impl ProgramMember {
    /// Changes a membership.
    pub(super) async fn update(
        ctx: &Context<'_>,
        input: ProgramMemberUpdateInput,
    ) -> Result<ProgramMemberPayload, Refusal> {
        let ProgramMemberUpdateInput {
            id,
            expected_version,
            role,
            title,
            team_ids,
            event_group_ids,
        } = input;
        let mut mistakes = Mistakes::default();
        if let MaybeUndefined::Value(title) = &title {
            mistakes.text("title", title, 200);
        }
        mistakes.check()?;
        let role: Option<ProgramRole> = role.map(Into::into);
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let (actor, member) = lock(&tx, &id, Action::Update).await?;
            let new_role = role.unwrap_or(member.role);
            if !may_manage(actor.role, new_role, actor.health_access) {
                return Err(too_high("role").into());
            }
            if new_role != ProgramRole::Owner {
                keep_an_owner(&tx, &member, "role").await?;
            }
            let (teams, groups) =
                places(&tx, member.program_id, team_ids.as_deref(), event_group_ids.as_deref()).await?;
            let is_placed = teams.is_some() || groups.is_some();
            let old_places = places_of(&tx, &member).await?;
            let former = match new_role {
                ProgramRole::Athlete => Places::default(),
                _ => old_places.clone(),
            };
            let new_places = Places {
                teams: teams.unwrap_or(former.teams),
                groups: groups.unwrap_or(former.groups),
            };
            if is_placed || new_role != member.role {
                check_places(&tx, member.program_id, new_role, &new_places)?;
                place(&tx, &member, &new_places).await?;
                told_changed(&tx, &member, new_role, (&old_places, &new_places));
            }
            let changes = ActiveModel {
                id: Set(member.id),
                role: role.patch(),
                title: title.patch(),
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, expected_version).await?.id)
        })
        .await?;
        Ok(ProgramMemberPayload {
            member: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Ends a membership, and with it every access to the program: an athlete's record stays, without an account.
    pub(super) async fn remove(
        ctx: &Context<'_>,
        input: ProgramMemberRemoveInput,
    ) -> Result<ProgramMemberPayload, Refusal> {
        let ProgramMemberRemoveInput { id } = input;
        let (scope, row) = write(ctx, async move |tx: Tx| {
            let (_, member) = lock(&tx, &id, Action::Delete).await?;
            keep_an_owner(&tx, &member, "id").await?;
            place(&tx, &member, &Places::default()).await?;
            let audit = Audit::in_program::<Entity>(member.program_id, "member.remove", member.id);
            tx.audit(audit.with("role", member.role.to_value()));
            let records = athlete::Entity::find()
                .filter(athlete::Column::ProgramId.eq(member.program_id))
                .filter(athlete::Column::UserId.eq(member.user_id));
            for record in tx.find_locked(records).await? {
                let changes = athlete::ActiveModel {
                    id: Set(record.id),
                    user_id: Set(None),
                    ..Default::default()
                };
                tx.follow(changes).await?;
            }
            let changes = ActiveModel {
                id: Set(member.id),
                athlete_id: Set(None),
                deactivated_at: Set(Some(tx.now())),
                ..Default::default()
            };
            tx.update(changes, Action::Delete, None).await
        })
        .await?;
        let member = scope.record(row.id).await?;
        Ok(ProgramMemberPayload {
            member: Some(member.unwrap_or(Self(row.into()))),
            ..Default::default()
        })
    }
}
