//! Putting athletes on a roster, changing their place, taking them off.
use super::{place, roster_entry::RosterEntry};
use crate::{
    access::Action,
    error::Refusal,
    node,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    practices::derive,
    print::List,
    scalar::Date,
    words,
    write::{Audit, Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use entity::{
    athlete, athlete_training_session as session,
    enums::RosterStatus,
    event_group, event_group_member,
    roster_entry::{ActiveModel, Entity, Model},
    roster_entry_note, team_season,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use std::collections::HashSet;
use uuid::Uuid;

payload! {
    /// A place on a roster as it is now.
    RosterEntryPayload {
        /// The place; null when it was refused.
        roster_entry: Option<RosterEntry>,
    }
}

payload! {
    /// New places on a roster.
    RosterEntriesPayload {
        /// The places, in the order of the athletes.
        roster_entries: List<RosterEntry>,
    }
}

payload! {
    /// A place that was taken off a roster.
    RosterEntryRemovePayload {
        /// Its id; null when it was refused.
        removed_roster_entry_id: Option<ID>,
    }
}

/// Athletes to put on a roster.
#[derive(InputObject)]
pub struct RosterEntriesAddInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Whose roster to fill.
    pub team_season_id: ID,
    /// Athletes of the program, 1 to 200, none of them on the roster yet.
    pub athlete_ids: Vec<ID>,
    /// Groups of the season that all of them join.
    pub event_group_ids: Option<Vec<ID>>,
    /// First day on the roster; from the start of the season when omitted.
    pub joined_on: Option<Date>,
}

/// Changes to a place on a roster; what is omitted stays.
#[derive(InputObject)]
pub struct RosterEntryUpdateInput {
    /// The place.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the place changed since.
    pub expected_version: Option<i32>,
    /// Whether the athlete trains and competes this season.
    pub status: Option<words::RosterStatus>,
    /// Number on the jersey or bib, at most 20 characters; null removes it.
    pub jersey_number: MaybeUndefined<String>,
    /// Academic year or age group, at most 50 characters; null removes it.
    pub class_year: MaybeUndefined<String>,
    /// Groups that the athlete trains with, instead of those before.
    pub event_group_ids: Option<Vec<ID>>,
    /// The group whose training comes first when several share a practice; one of the athlete's groups. Null names none.
    pub primary_event_group_id: MaybeUndefined<ID>,
    /// What staff notes about the athlete this season, at most 10000 characters; null removes it.
    pub notes: MaybeUndefined<String>,
    /// First day on the roster; null for from the start.
    pub joined_on: MaybeUndefined<Date>,
    /// Last day on the roster; null for to the end.
    pub left_on: MaybeUndefined<Date>,
    /// Key of the place in another system; null removes it.
    pub external_id: MaybeUndefined<String>,
}

/// A place to take off a roster.
#[derive(InputObject)]
pub struct RosterEntryRemoveInput {
    /// The place.
    pub id: ID,
}

impl RosterEntry {
    /// Puts athletes on a roster.
    pub async fn add(ctx: &Context<'_>, input: RosterEntriesAddInput) -> Result<RosterEntriesPayload, Refusal> {
        let RosterEntriesAddInput {
            idempotency_key,
            team_season_id,
            athlete_ids,
            event_group_ids,
            joined_on,
        } = input;
        let group_ids = event_group_ids.unwrap_or_default();
        let mut mistakes = Mistakes::default();
        mistakes.items("athleteIds", athlete_ids.len(), 1, 200);
        mistakes.items("eventGroupIds", group_ids.len(), 0, 100);
        mistakes.check()?;
        let (scope, ids) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let season = tx
                .lock::<team_season::Entity>(&team_season_id, Action::ManageRoster, "teamSeasonId")
                .await?;
            let mut mistakes = Mistakes::default();
            let groups = mistakes.take(place::groups_of(&tx, &season, &group_ids, "eventGroupIds").await)?;
            let athletes = mistakes.take(newcomers(&tx, &season, &athlete_ids).await)?;
            mistakes.check()?;
            let (groups, athletes) = (groups.unwrap_or_default(), athletes.unwrap_or_default());
            let entries: Vec<Model> = athletes
                .iter()
                .map(|athlete| Model {
                    joined_on: joined_on.map(NaiveDate::from),
                    ..place::entry_of(&tx, &season, athlete)
                })
                .collect();
            place::enter(&tx, &entries, &groups, "eventGroupIds").await?;
            let athletes: Vec<Uuid> = athletes.iter().map(|athlete| athlete.id).collect();
            derive::for_athletes(&tx, season.program_id, &athletes).await?;
            Ok(entries.iter().map(|entry| entry.id).collect::<Vec<Uuid>>())
        })
        .await?;
        Ok(RosterEntriesPayload {
            roster_entries: scope.records(ids).await?,
            ..Default::default()
        })
    }

    /// Changes a place.
    pub async fn update(ctx: &Context<'_>, input: RosterEntryUpdateInput) -> Result<RosterEntryPayload, Refusal> {
        let (scope, id) = write(ctx, async move |tx: Tx| change(&tx, input).await).await?;
        Ok(RosterEntryPayload {
            roster_entry: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Takes an athlete off a roster on which nothing was trained yet.
    pub async fn remove(ctx: &Context<'_>, input: RosterEntryRemoveInput) -> Result<RosterEntryRemovePayload, Refusal> {
        let RosterEntryRemoveInput { id } = input;
        let (_, id) = write(ctx, async move |tx: Tx| {
            let entry = lock_entry(&tx, &id, Action::Delete).await?;
            let sessions = session::Entity::find()
                .filter(session::Column::AthleteId.eq(entry.athlete_id))
                .filter(session::Column::TeamSeasonId.eq(entry.team_season_id));
            if tx.exists(sessions).await? {
                let message = "The athlete has training sessions of this season; set a last day instead.";
                return Err(UserError::in_use(message).into());
            }
            let (id, program_id, athlete_id) = (entry.id, entry.program_id, entry.athlete_id);
            let members = Condition::all().add(event_group_member::Column::RosterEntryId.eq(id));
            tx.delete_rows::<event_group_member::Entity>(members).await?;
            let note = Condition::all().add(roster_entry_note::Column::Id.eq(id));
            tx.delete_rows::<roster_entry_note::Entity>(note).await?;
            tx.delete::<Entity>(entry).await?;
            derive::for_athletes(&tx, program_id, &[athlete_id]).await?;
            Ok(id)
        })
        .await?;
        Ok(RosterEntryRemovePayload {
            removed_roster_entry_id: Some(node::global::<Entity>(id)),
            ..Default::default()
        })
    }
}

/// Locks an entry after its season, as everything does that changes who is where.
async fn lock_entry(tx: &Tx, id: &ID, action: Action) -> Result<Model, Refusal> {
    let entry = tx.read::<Entity>(id, action, "id").await?;
    derive::lock_seasons(tx, &[entry.team_season_id]).await?;
    tx.lock_id::<Entity>(entry.id, action, "id").await
}

/// Athletes of the season's program who are not on its roster.
async fn newcomers(tx: &Tx, season: &team_season::Model, ids: &[ID]) -> Result<Vec<athlete::Model>, Refusal> {
    use entity::roster_entry::Column;
    let path = "athleteIds";
    let athletes = tx.read_all::<athlete::Entity>(ids, Action::Read, path).await?;
    place::check_athletes(&athletes, season.program_id, path)?;
    let keys: Vec<Uuid> = athletes.iter().map(|athlete| athlete.id).collect();
    let here = Entity::find()
        .filter(Column::TeamSeasonId.eq(season.id))
        .filter(tx.dialect().among(Column::AthleteId, &keys));
    let mut here: HashSet<Uuid> = tx.find(here).await?.iter().map(|entry| entry.athlete_id).collect();
    let mut mistakes = Mistakes::default();
    for (index, id) in keys.into_iter().enumerate() {
        if !here.insert(id) {
            let message = "The athlete is already on this roster.";
            mistakes.add(UserError::new(UserErrorCode::Taken, message).at(path).item(index));
        }
    }
    mistakes.check()?;
    Ok(athletes)
}

async fn change(tx: &Tx, input: RosterEntryUpdateInput) -> Result<Uuid, Refusal> {
    let RosterEntryUpdateInput {
        id,
        expected_version,
        status,
        jersey_number,
        class_year,
        event_group_ids,
        primary_event_group_id,
        notes,
        joined_on,
        left_on,
        external_id,
    } = input;
    let mut mistakes = Mistakes::default();
    for (path, text, longest) in [
        ("jerseyNumber", &jersey_number, 20),
        ("classYear", &class_year, 50),
        ("externalId", &external_id, 200),
    ] {
        if let MaybeUndefined::Value(text) = text {
            mistakes.text(path, text, longest);
        }
    }
    if let MaybeUndefined::Value(notes) = &notes {
        mistakes.longest("notes", notes, 10_000);
    }
    mistakes.items("eventGroupIds", event_group_ids.iter().flatten().count(), 0, 100);
    mistakes.check()?;
    let entry = lock_entry(tx, &id, Action::Update).await?;
    if let Some(ids) = event_group_ids {
        set_groups(tx, &entry, &ids).await?;
    }
    let primary = match primary_event_group_id {
        MaybeUndefined::Value(id) => MaybeUndefined::Value(own_group(tx, &entry, &id).await?),
        MaybeUndefined::Null => MaybeUndefined::Null,
        MaybeUndefined::Undefined => MaybeUndefined::Undefined,
    };
    let changes = ActiveModel {
        id: Set(entry.id),
        status: status.map(RosterStatus::from).patch(),
        jersey_number: jersey_number.patch(),
        class_year: class_year.patch(),
        primary_event_group_id: primary.patch(),
        joined_on: joined_on.patch(),
        left_on: left_on.patch(),
        external_id: external_id.patch(),
        ..Default::default()
    };
    let after = tx.update(changes, Action::Update, expected_version).await?;
    if (after.status, after.left_on) != (entry.status, entry.left_on) {
        // Not to what: a status may say that somebody is injured.
        let audit = Audit::in_program::<Entity>(entry.program_id, "roster_entry.status_change", entry.id);
        tx.audit(audit.with("athlete", node::global::<athlete::Entity>(entry.athlete_id).0));
    }
    set_notes(tx, &entry, notes).await?;
    derive::for_athletes(tx, entry.program_id, &[entry.athlete_id]).await?;
    Ok(entry.id)
}

/// Puts a list of groups in the place of the one before.
async fn set_groups(tx: &Tx, entry: &Model, ids: &[ID]) -> Result<(), Refusal> {
    let path = "eventGroupIds";
    let season = tx
        .find_one(team_season::Entity::find_by_id(entry.team_season_id))
        .await?;
    let season = season.ok_or(crate::error::Failure::Internal)?;
    let groups = place::groups_of(tx, &season, ids, path).await?;
    let wanted: Vec<Uuid> = groups.iter().map(|group| group.id).collect();
    let here = event_group_member::Entity::find().filter(event_group_member::Column::RosterEntryId.eq(entry.id));
    let here = tx.find(here).await?.into_iter().map(|row| row.event_group_id);
    let left: Vec<Uuid> = here.filter(|group| !wanted.contains(group)).collect();
    let entries = std::slice::from_ref(entry);
    place::leave(tx, &left, entries).await?;
    place::join(tx, &wanted, entries, path).await.map(drop)
}

/// A group that the entry is in.
async fn own_group(tx: &Tx, entry: &Model, id: &ID) -> Result<Uuid, Refusal> {
    let path = "primaryEventGroupId";
    let group = tx.read::<event_group::Entity>(id, Action::Read, path).await?;
    let member = event_group_member::Entity::find()
        .filter(event_group_member::Column::EventGroupId.eq(group.id))
        .filter(event_group_member::Column::RosterEntryId.eq(entry.id));
    if tx.exists(member).await? {
        return Ok(group.id);
    }
    let message = "The athlete is not in this group.";
    Err(UserError::new(UserErrorCode::Invalid, message).at(path).into())
}

async fn set_notes(tx: &Tx, entry: &Model, notes: MaybeUndefined<String>) -> Result<(), Refusal> {
    match notes {
        MaybeUndefined::Undefined => Ok(()),
        MaybeUndefined::Value(notes) if !notes.trim().is_empty() => {
            let row = roster_entry_note::ActiveModel {
                id: Set(entry.id),
                program_id: Set(entry.program_id),
                notes: Set(notes),
            };
            tx.upsert(row, &[roster_entry_note::Column::Id]).await
        }
        MaybeUndefined::Null | MaybeUndefined::Value(_) => {
            let own = Condition::all().add(roster_entry_note::Column::Id.eq(entry.id));
            tx.delete_rows::<roster_entry_note::Entity>(own).await.map(drop)
        }
    }
}
