//! Making, changing and removing event groups, and who is in them.
use super::{event_group::EventGroup, place};
use crate::{
    access::Action,
    error::Refusal,
    node,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    practices::derive,
    scope::new_id,
    sql::folded,
    write::{Audit, Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    athlete_training_session_group,
    enums::ProgramRole,
    event_group::{ActiveModel, Column, Entity, Model},
    event_group_coach, event_group_member, practice_workout_group, program_member, roster_entry, team_season,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Query};
use std::collections::HashSet;
use uuid::Uuid;

/// The most groups of a season.
const MAX_GROUPS: usize = 100;

payload! {
    /// An event group as it is now.
    EventGroupPayload {
        /// The group; null when it was refused.
        event_group: Option<EventGroup>,
    }
}

payload! {
    /// An event group that was removed.
    EventGroupDeletePayload {
        /// Its id; null when it was refused.
        deleted_event_group_id: Option<ID>,
    }
}

/// A new event group.
#[derive(InputObject)]
pub struct EventGroupCreateInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// The season; it has at most 100 groups.
    pub team_season_id: ID,
    /// What people call the group; at most 200 characters, used by no other group of the season.
    pub name: String,
    /// Colour in calendars and lists, as #RRGGBB.
    pub color: Option<String>,
    /// Members who coach it, at most 50.
    pub coach_member_ids: Option<Vec<ID>>,
}

/// Changes to an event group; what is omitted stays.
#[derive(InputObject)]
pub struct EventGroupUpdateInput {
    /// The group.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the group changed since.
    pub expected_version: Option<i32>,
    /// What people call the group; at most 200 characters, used by no other group of the season.
    pub name: Option<String>,
    /// Colour in calendars and lists, as #RRGGBB; null removes it.
    pub color: MaybeUndefined<String>,
    /// Place among the groups of the season, 0 to 1000; groups at one place follow in the order of their making.
    pub position: Option<i32>,
    /// Members who coach it, at most 50, instead of those before.
    pub coach_member_ids: Option<Vec<ID>>,
}

/// An event group to remove.
#[derive(InputObject)]
pub struct EventGroupDeleteInput {
    /// The group.
    pub id: ID,
}

/// Athletes to put into an event group or to take out of it.
#[derive(InputObject)]
pub struct EventGroupMembersSetInput {
    /// The group; it has at most 1000 athletes.
    pub event_group_id: ID,
    /// Roster places of the season to put in, at most 1000; those in it already stay.
    pub add_roster_entry_ids: Option<Vec<ID>>,
    /// Roster places to take out, at most 1000; those not in it stay out.
    pub remove_roster_entry_ids: Option<Vec<ID>>,
}

impl EventGroup {
    /// Makes a group.
    pub async fn create(ctx: &Context<'_>, input: EventGroupCreateInput) -> Result<EventGroupPayload, Refusal> {
        let EventGroupCreateInput {
            idempotency_key,
            team_season_id,
            name,
            color,
            coach_member_ids,
        } = input;
        let coach_ids = coach_member_ids.unwrap_or_default();
        let mut mistakes = Mistakes::default();
        mistakes.text("name", &name, 200);
        if let Some(color) = &color {
            mistakes.color("color", color);
        }
        mistakes.items("coachMemberIds", coach_ids.len(), 0, 50);
        mistakes.check()?;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let season = tx
                .lock::<team_season::Entity>(&team_season_id, Action::ManageRoster, "teamSeasonId")
                .await?;
            let others = tx
                .find(Entity::find().filter(Column::TeamSeasonId.eq(season.id)))
                .await?;
            if others.len() >= MAX_GROUPS {
                let message = format!("A season has at most {MAX_GROUPS} groups.");
                return Err(UserError::new(UserErrorCode::TooLong, message)
                    .at("teamSeasonId")
                    .into());
            }
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(season.program_id),
                team_season_id: Set(season.id),
                sort_name: Set(folded(&name)),
                name: Set(name.trim().to_owned()),
                color: Set(color),
                position: Set(others.iter().map(|group| group.position + 1).max().unwrap_or(0)),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            let row = tx.insert(row).await?;
            set_coaches(&tx, &row, &coach_ids).await?;
            Ok(row.id)
        })
        .await?;
        Ok(EventGroupPayload {
            event_group: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Changes a group.
    pub async fn update(ctx: &Context<'_>, input: EventGroupUpdateInput) -> Result<EventGroupPayload, Refusal> {
        let EventGroupUpdateInput {
            id,
            expected_version,
            name,
            color,
            position,
            coach_member_ids,
        } = input;
        let mut mistakes = Mistakes::default();
        if let Some(name) = &name {
            mistakes.text("name", name, 200);
        }
        if let MaybeUndefined::Value(color) = &color {
            mistakes.color("color", color);
        }
        if let Some(position) = position {
            mistakes.range("position", position, 0, 1_000);
        }
        mistakes.items("coachMemberIds", coach_member_ids.iter().flatten().count(), 0, 50);
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            let changes = ActiveModel {
                id: Set(row.id),
                sort_name: name.as_deref().map(folded).patch(),
                name: name.map(|name| name.trim().to_owned()).patch(),
                color: color.patch(),
                position: position.patch(),
                ..Default::default()
            };
            let row = tx.update(changes, Action::Update, expected_version).await?;
            if let Some(coaches) = coach_member_ids {
                set_coaches(&tx, &row, &coaches).await?;
            }
            Ok(row.id)
        })
        .await?;
        Ok(EventGroupPayload {
            event_group: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Removes a group that no practice and no training session names.
    pub async fn delete(ctx: &Context<'_>, input: EventGroupDeleteInput) -> Result<EventGroupDeletePayload, Refusal> {
        let EventGroupDeleteInput { id } = input;
        let (_, id) = write(ctx, async move |tx: Tx| {
            let group = lock_group(&tx, &id, Action::Delete, "id").await?;
            let practices = practice_workout_group::Entity::find()
                .filter(practice_workout_group::Column::EventGroupId.eq(group.id));
            if tx.exists(practices).await? {
                return Err(UserError::in_use("Practices name this group.").into());
            }
            let sessions = athlete_training_session_group::Entity::find()
                .filter(athlete_training_session_group::Column::ProgramId.eq(group.program_id))
                .filter(athlete_training_session_group::Column::EventGroupId.eq(group.id));
            if tx.exists(sessions).await? {
                return Err(UserError::in_use("Training sessions came through this group.").into());
            }
            let id = group.id;
            let athletes = empty(&tx, &group).await?;
            let of_group = Condition::all().add(event_group_coach::Column::EventGroupId.eq(id));
            tx.delete_rows::<event_group_coach::Entity>(of_group).await?;
            let program_id = group.program_id;
            tx.delete::<Entity>(group).await?;
            derive::for_athletes(&tx, program_id, &athletes).await?;
            Ok(id)
        })
        .await?;
        Ok(EventGroupDeletePayload {
            deleted_event_group_id: Some(node::global::<Entity>(id)),
            ..Default::default()
        })
    }

    /// Puts athletes into a group and takes others out.
    pub async fn set_members(
        ctx: &Context<'_>,
        input: EventGroupMembersSetInput,
    ) -> Result<EventGroupPayload, Refusal> {
        let EventGroupMembersSetInput {
            event_group_id,
            add_roster_entry_ids,
            remove_roster_entry_ids,
        } = input;
        let (add, remove) = (
            add_roster_entry_ids.unwrap_or_default(),
            remove_roster_entry_ids.unwrap_or_default(),
        );
        let mut mistakes = Mistakes::default();
        mistakes.items("addRosterEntryIds", add.len(), 0, place::MAX_GROUP);
        mistakes.items("removeRosterEntryIds", remove.len(), 0, place::MAX_GROUP);
        for (index, _) in remove.iter().enumerate().filter(|(_, id)| add.contains(*id)) {
            let message = "This place is to be put in as well.";
            mistakes.add(
                UserError::new(UserErrorCode::Invalid, message)
                    .at("removeRosterEntryIds")
                    .item(index),
            );
        }
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let group = lock_group(&tx, &event_group_id, Action::ManageRoster, "eventGroupId").await?;
            let mut mistakes = Mistakes::default();
            let added = mistakes.take(entries_of(&tx, &group, &add, "addRosterEntryIds").await)?;
            let removed = mistakes.take(entries_of(&tx, &group, &remove, "removeRosterEntryIds").await)?;
            mistakes.check()?;
            let (added, removed) = (added.unwrap_or_default(), removed.unwrap_or_default());
            let mut changed = place::leave(&tx, &[group.id], &removed).await?;
            changed.extend(place::join(&tx, &[group.id], &added, "addRosterEntryIds").await?);
            let all = added.into_iter().chain(removed);
            let entries: Vec<roster_entry::Model> = all.filter(|entry| changed.contains(&entry.id)).collect();
            place::touch(&tx, &entries).await?;
            let athletes: Vec<Uuid> = entries.iter().map(|entry| entry.athlete_id).collect();
            derive::for_athletes(&tx, group.program_id, &athletes).await?;
            Ok(group.id)
        })
        .await?;
        Ok(EventGroupPayload {
            event_group: scope.record(id).await?,
            ..Default::default()
        })
    }
}

/// Locks a group after its season, as everything does that changes who is where.
async fn lock_group(tx: &Tx, id: &ID, action: Action, path: &str) -> Result<Model, Refusal> {
    let group = tx.read::<Entity>(id, action, path).await?;
    derive::lock_seasons(tx, &[group.team_season_id]).await?;
    tx.lock_id::<Entity>(group.id, action, path).await
}

/// Roster places of a group's season, each once.
async fn entries_of(tx: &Tx, group: &Model, ids: &[ID], path: &str) -> Result<Vec<roster_entry::Model>, Refusal> {
    let entries = tx
        .read_all::<roster_entry::Entity>(ids, Action::ManageRoster, path)
        .await?;
    let mut mistakes = Mistakes::default();
    for (index, entry) in entries.iter().enumerate() {
        if entry.team_season_id != group.team_season_id {
            let message = "This place is on the roster of another season.";
            mistakes.add(UserError::new(UserErrorCode::Invalid, message).at(path).item(index));
        }
    }
    mistakes.check()?;
    let mut seen = HashSet::new();
    Ok(entries.into_iter().filter(|entry| seen.insert(entry.id)).collect())
}

/// Takes everybody out of a group; the athletes who were in it.
async fn empty(tx: &Tx, group: &Model) -> Result<Vec<Uuid>, Refusal> {
    let members = Condition::all().add(event_group_member::Column::EventGroupId.eq(group.id));
    let rows = tx
        .find(event_group_member::Entity::find().filter(members.clone()))
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.roster_entry_id).collect();
    tx.delete_rows::<event_group_member::Entity>(members).await?;
    let clear = Query::update()
        .table(roster_entry::Entity)
        .value(roster_entry::Column::PrimaryEventGroupId, Option::<Uuid>::None)
        .and_where(roster_entry::Column::TeamSeasonId.eq(group.team_season_id))
        .and_where(roster_entry::Column::PrimaryEventGroupId.eq(group.id))
        .take();
    tx.update_rows(&clear).await?;
    let entries = roster_entry::Entity::find().filter(tx.dialect().among(roster_entry::Column::Id, &ids));
    place::touch(tx, &tx.find(entries).await?).await?;
    Ok(rows.into_iter().map(|row| row.athlete_id).collect())
}

/// Puts a list of coaches in the place of the one before.
async fn set_coaches(tx: &Tx, group: &Model, ids: &[ID]) -> Result<(), Refusal> {
    let path = "coachMemberIds";
    let coaches = tx.read_all::<program_member::Entity>(ids, Action::Read, path).await?;
    let mut mistakes = Mistakes::default();
    for (index, coach) in coaches.iter().enumerate() {
        if coach.program_id != group.program_id {
            mistakes.add(UserError::cross_program(path).item(index));
        } else if coach.role == ProgramRole::Athlete || coach.deactivated_at.is_some() {
            let message = "Only staff that is here now can coach a group.";
            mistakes.add(
                UserError::new(UserErrorCode::InvalidState, message)
                    .at(path)
                    .item(index),
            );
        }
    }
    mistakes.check()?;
    let before = Condition::all().add(event_group_coach::Column::EventGroupId.eq(group.id));
    let former = tx
        .find(event_group_coach::Entity::find().filter(before.clone()))
        .await?;
    let former: HashSet<Uuid> = former.into_iter().map(|row| row.program_member_id).collect();
    tx.delete_rows::<event_group_coach::Entity>(before).await?;
    let members: HashSet<Uuid> = coaches.iter().map(|coach| coach.id).collect();
    if members != former {
        let (from, to) = (Vec::from_iter(former), Vec::from_iter(members.iter().copied()));
        let audit = Audit::in_program::<Entity>(group.program_id, "event_group.coaches_change", group.id);
        tx.audit(audit.changed_ids::<program_member::Entity>("coaches", &from, &to));
    }
    let rows = members.into_iter().map(|member| event_group_coach::ActiveModel {
        id: Set(new_id()),
        program_id: Set(group.program_id),
        event_group_id: Set(group.id),
        program_member_id: Set(member),
    });
    tx.insert_rows(rows.collect()).await
}
