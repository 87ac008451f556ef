//! Placing athletes on rosters and in groups, as every mutation does that moves them. The season's row is locked before
//! its roster is read or changed, so that two coaches who act at once take turns.
use crate::{
    access::Action,
    error::Refusal,
    node,
    payload::{Mistakes, UserError, UserErrorCode},
    practices::derive,
    scope::new_id,
    write::{Audit, Tx},
};
use async_graphql::ID;
use entity::{
    athlete,
    enums::{ChangeOperation, RosterStatus},
    event_group, event_group_member, roster_entry, team_season,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Asterisk, Expr, ExprTrait, Query},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The most athletes in a group.
pub const MAX_GROUP: usize = 1_000;

/// Locks the seasons on whose rosters an athlete is, and reads the entries.
pub async fn lock_entries(tx: &Tx, athlete_id: Uuid) -> Result<Vec<roster_entry::Model>, Refusal> {
    let of_athlete = || roster_entry::Entity::find().filter(roster_entry::Column::AthleteId.eq(athlete_id));
    let entries = tx.find(of_athlete()).await?;
    let seasons: Vec<Uuid> = entries.iter().map(|entry| entry.team_season_id).collect();
    derive::lock_seasons(tx, &seasons).await?;
    tx.find(of_athlete()).await
}

/// Groups of a season, each once, that the viewer may put athletes into.
pub async fn groups_of(
    tx: &Tx,
    season: &team_season::Model,
    ids: &[ID],
    path: &str,
) -> Result<Vec<event_group::Model>, Refusal> {
    let groups = tx
        .read_all::<event_group::Entity>(ids, Action::ManageRoster, path)
        .await?;
    let mut mistakes = Mistakes::default();
    for (index, group) in groups.iter().enumerate() {
        if group.team_season_id != season.id {
            let message = "This group belongs to another season.";
            mistakes.add(UserError::new(UserErrorCode::Invalid, message).at(path).item(index));
        }
    }
    mistakes.check()?;
    let mut seen = HashSet::new();
    Ok(groups.into_iter().filter(|group| seen.insert(group.id)).collect())
}

/// Athletes who can be put on a roster of a program: its own, who train there now.
pub fn check_athletes(athletes: &[athlete::Model], program_id: Uuid, path: &str) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    for (index, athlete) in athletes.iter().enumerate() {
        if athlete.program_id != program_id {
            mistakes.add(UserError::cross_program(path).item(index));
        } else if athlete.left_on.is_some() || athlete.archived_at.is_some() {
            let message = "This athlete left or was archived.";
            mistakes.add(
                UserError::new(UserErrorCode::InvalidState, message)
                    .at(path)
                    .item(index),
            );
        }
    }
    mistakes.check()
}

/// The place of an athlete on a roster, not stored yet.
pub fn entry_of(tx: &Tx, season: &team_season::Model, athlete: &athlete::Model) -> roster_entry::Model {
    roster_entry::Model {
        id: new_id(),
        program_id: season.program_id,
        team_season_id: season.id,
        athlete_id: athlete.id,
        sort_name: athlete.sort_name.clone(),
        status: RosterStatus::Active,
        jersey_number: None,
        class_year: None,
        primary_event_group_id: None,
        joined_on: None,
        left_on: None,
        external_id: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Stores entries of one season, which the caller has locked, and puts them into groups.
pub async fn enter(
    tx: &Tx,
    entries: &[roster_entry::Model],
    groups: &[event_group::Model],
    path: &str,
) -> Result<(), Refusal> {
    let rows = entries.iter().cloned();
    tx.insert_rows(
        rows.map(|row| roster_entry::ActiveModel::from(row).reset_all())
            .collect(),
    )
    .await?;
    for entry in entries {
        tx.emit::<roster_entry::Entity>(entry, ChangeOperation::Created);
        let audit = Audit::in_program::<roster_entry::Entity>(entry.program_id, "roster_entry.add", entry.id);
        tx.audit(audit.with("athlete", node::global::<athlete::Entity>(entry.athlete_id).0));
    }
    let groups: Vec<Uuid> = groups.iter().map(|group| group.id).collect();
    join(tx, &groups, entries, path).await.map(drop)
}

/// Puts entries into groups of their season, which the caller has locked; the entries that were not in all of them.
pub async fn join(
    tx: &Tx,
    groups: &[Uuid],
    entries: &[roster_entry::Model],
    path: &str,
) -> Result<HashSet<Uuid>, Refusal> {
    if groups.is_empty() || entries.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let here = event_group_member::Entity::find()
        .filter(tx.dialect().among(event_group_member::Column::EventGroupId, groups))
        .filter(tx.dialect().among(event_group_member::Column::RosterEntryId, &ids));
    let here: HashSet<(Uuid, Uuid)> = tx
        .find(here)
        .await?
        .iter()
        .map(|row| (row.event_group_id, row.roster_entry_id))
        .collect();
    let mut sizes = sizes_of(tx, groups).await?;
    let mut rows = Vec::new();
    let mut joined = HashSet::new();
    for group in groups {
        for entry in entries.iter().filter(|entry| !here.contains(&(*group, entry.id))) {
            *sizes.entry(*group).or_default() += 1;
            joined.insert(entry.id);
            let row = event_group_member::Model {
                id: new_id(),
                program_id: entry.program_id,
                event_group_id: *group,
                roster_entry_id: entry.id,
                athlete_id: entry.athlete_id,
                sort_name: entry.sort_name.clone(),
            };
            rows.push(event_group_member::ActiveModel::from(row).reset_all());
        }
    }
    if sizes.values().any(|size| *size > MAX_GROUP as i64) {
        let message = format!("A group has at most {MAX_GROUP} athletes.");
        return Err(UserError::new(UserErrorCode::TooLong, message).at(path).into());
    }
    for entry in entries {
        let of_entry = rows.iter().filter(|row| row.roster_entry_id.as_ref() == &entry.id);
        audit_groups(
            tx,
            "join",
            entry,
            of_entry.map(|row| *row.event_group_id.as_ref()).collect(),
        );
    }
    tx.insert_rows(rows).await?;
    Ok(joined)
}

/// Takes entries out of groups; the entries that were in any of them. A group that is left is nobody's primary one.
pub async fn leave(tx: &Tx, groups: &[Uuid], entries: &[roster_entry::Model]) -> Result<HashSet<Uuid>, Refusal> {
    use event_group_member::Column;
    if groups.is_empty() || entries.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let condition = sea_orm::Condition::all()
        .add(tx.dialect().among(Column::EventGroupId, groups))
        .add(tx.dialect().among(Column::RosterEntryId, &ids));
    let rows = event_group_member::Entity::find().filter(condition.clone());
    let rows = tx.find(rows).await?;
    for entry in entries {
        let of_entry = rows.iter().filter(|row| row.roster_entry_id == entry.id);
        audit_groups(tx, "leave", entry, of_entry.map(|row| row.event_group_id).collect());
    }
    let left = rows.iter().map(|row| row.roster_entry_id).collect();
    tx.delete_rows::<event_group_member::Entity>(condition).await?;
    let clear = Query::update()
        .table(roster_entry::Entity)
        .value(roster_entry::Column::PrimaryEventGroupId, Option::<Uuid>::None)
        .and_where(tx.dialect().among(roster_entry::Column::Id, &ids))
        .and_where(tx.dialect().among(roster_entry::Column::PrimaryEventGroupId, groups))
        .take();
    tx.update_rows(&clear).await?;
    Ok(left)
}

/// Tells the audit log which groups an entry joined or left: by them coaches plan.
fn audit_groups(tx: &Tx, verb: &str, entry: &roster_entry::Model, groups: Vec<Uuid>) {
    if groups.is_empty() {
        return;
    }
    let groups: Vec<String> = groups
        .into_iter()
        .map(|group| node::global::<event_group::Entity>(group).0)
        .collect();
    let action = format!("roster_entry.{verb}");
    let audit = Audit::in_program::<roster_entry::Entity>(entry.program_id, action, entry.id);
    let athlete = node::global::<athlete::Entity>(entry.athlete_id).0;
    tx.audit(audit.with("athlete", athlete).with("eventGroups", groups));
}

/// Marks entries as changed, for those who keep a copy: their groups are part of them.
pub async fn touch(tx: &Tx, entries: &[roster_entry::Model]) -> Result<(), Refusal> {
    use roster_entry::Column;
    if entries.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let touched = Query::update()
        .table(roster_entry::Entity)
        .value(Column::Version, Expr::col(Column::Version).add(1))
        .value(Column::UpdatedAt, tx.now())
        .and_where(tx.dialect().among(Column::Id, &ids))
        .take();
    tx.update_rows(&touched).await?;
    for entry in entries {
        tx.emit::<roster_entry::Entity>(entry, ChangeOperation::Updated);
    }
    Ok(())
}

async fn sizes_of(tx: &Tx, groups: &[Uuid]) -> Result<HashMap<Uuid, i64>, Refusal> {
    use event_group_member::{Column, Entity};
    entity::row! {
        struct Size {
            id: Uuid,
            total: i64,
        }
    }
    let members = Entity::find().filter(tx.dialect().among(Column::EventGroupId, groups));
    let sizes: Vec<Size> = tx
        .figures(members, |query| {
            query
                .expr_as(Expr::col(Column::EventGroupId), "id")
                .expr_as(Expr::col(Asterisk).count(), "total")
                .group_by_col(Column::EventGroupId);
        })
        .await?;
    Ok(sizes.into_iter().map(|size| (size.id, size.total)).collect())
}
