//! From the rows of a file to sessions, each known by an id that the next import of the file makes again.
use super::{Amounts, Entry, Imported, Log, people::People, table::wrong};
use crate::{
    error::{Failure, Refusal},
    history::{
        actual::load_of,
        create::{blank, default_sport, default_title},
        day, log,
    },
    scope::new_id,
    write::Tx,
};
use chrono::{NaiveTime, TimeDelta};
use entity::{
    athlete_training_session::{ActiveModel, Column, Entity, Model},
    athlete_training_session_detail as detail,
    enums::{ChangeOperation, SessionOutcome, WorkoutCategory},
    program,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

type Rows = Vec<(Model, detail::Model)>;

/// The sessions of a log, in the order in which they were done.
///
/// # Errors
/// Two rows that are the same session, and a session that lies ahead although it was done.
pub fn rows(
    tx: &Tx,
    program: &program::Model,
    season: Option<Uuid>,
    log: Log,
    people: &People,
) -> Result<Rows, Refusal> {
    let Log { form, entries, .. } = log;
    let mut entries: Vec<(Uuid, Entry)> = entries
        .into_iter()
        .map(|entry| people.get(&entry.person).map(|id| (id, entry)).ok_or(Failure::Internal))
        .collect::<Result<_, _>>()?;
    // Lists order the sessions of a day by id, which are made in this order.
    entries.sort_by_key(|(athlete, entry)| (*athlete, entry.date, entry.time, entry.line));
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    let mut lines: HashMap<String, u64> = HashMap::new();
    for (athlete_id, entry) in entries {
        let line = entry.line;
        let mut external_id = entry
            .external_id
            .clone()
            .unwrap_or_else(|| made_id(form, athlete_id, &entry, 0));
        if form == "wide" && entry.external_id.is_none() {
            // Two alike on one day are two sessions.
            let copies = (1..).map(|copy| made_id(form, athlete_id, &entry, copy));
            let free = std::iter::once(external_id.clone())
                .chain(copies)
                .find(|id| !lines.contains_key(id));
            external_id = free.unwrap_or(external_id);
        }
        if let Some(first) = lines.insert(external_id.clone(), line) {
            errors.push(wrong(format!("Line {line}: the same session as in line {first}.")));
            continue;
        }
        let row = row(tx, program, season, athlete_id, external_id, entry);
        if row.0.completed_at.is_some_and(|at| at > tx.now() + TimeDelta::days(1)) {
            errors.push(wrong(format!("Line {line}: what was done lies in the past.")));
        }
        rows.push(row);
    }
    if errors.is_empty() {
        return Ok(rows);
    }
    errors.truncate(100);
    Err(Refusal::Errors(errors))
}

fn made_id(form: &str, athlete_id: Uuid, entry: &Entry, copy: usize) -> String {
    let time = entry.time.map_or_else(String::new, |time| time.to_string());
    let text = format!("{form}|{athlete_id}|{}|{time}|{}|{copy}", entry.date, entry.kind);
    let hash = Sha256::digest(text.as_bytes());
    let hexadecimal: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("import-{hexadecimal}")
}

fn row(
    tx: &Tx,
    program: &program::Model,
    season: Option<Uuid>,
    athlete_id: Uuid,
    external_id: String,
    entry: Entry,
) -> (Model, detail::Model) {
    let Entry {
        line: _,
        person: _,
        date,
        time,
        external_id: _,
        kind: _,
        title,
        category,
        sport,
        r#type,
        planned,
        actual,
        outcome,
        session_load,
    } = entry;
    let zone = day::zone(&program.timezone);
    let is_planned = planned != Amounts::default();
    let is_done = outcome.is_some() || actual != Amounts::default() || session_load.is_some() || !is_planned;
    let starts_at = time.map(|time| day::instant_of(date, time, zone));
    let category = category.unwrap_or(WorkoutCategory::Other);
    let load = load_of(session_load, actual.rpe, actual.duration_seconds).filter(|_| is_done);
    // Without a time of day the session was done at noon, which is the same day in every zone nearby.
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or(NaiveTime::MIN);
    let began_at = starts_at.unwrap_or_else(|| day::instant_of(date, noon, zone));
    let took = TimeDelta::seconds(actual.duration_seconds.unwrap_or(0).into());
    let row = Model {
        id: new_id(),
        athlete_id,
        team_season_id: season,
        day: date,
        scheduled_date: is_planned.then_some(date),
        scheduled_time: time.filter(|_| is_planned),
        starts_at,
        missed_at: is_planned.then(|| day::missed_at(date, zone, program.missed_after_hours)),
        workout_category: category,
        sport: sport.unwrap_or_else(|| default_sport(category)),
        r#type,
        title: title.unwrap_or_else(|| default_title(category).to_owned()),
        planned_distance_meters: planned.distance_meters,
        planned_duration_seconds: planned.duration_seconds,
        planned_rpe: planned.rpe,
        outcome: is_done.then(|| outcome.unwrap_or(SessionOutcome::Completed)),
        completed_at: is_done.then(|| began_at + took),
        actual_distance_meters: actual.distance_meters,
        actual_duration_seconds: actual.duration_seconds,
        actual_rpe: actual.rpe,
        session_load: load.map(|(load, _)| load),
        session_load_method: load.map(|(_, method)| method),
        recorded_by_id: tx.viewer().user_id.filter(|_| is_done),
        recorded_at: is_done.then(|| tx.now()),
        external_id: Some(external_id),
        ..blank(program.id, &program.timezone, tx.now())
    };
    let wide = detail::Model {
        planned_description: planned.text,
        actual_description: actual.text,
        ..log::empty(&row)
    };
    (row, wide)
}

/// The sessions that were not imported before; counts both.
///
/// # Errors
/// Failures of the database alone.
pub async fn unknown(tx: &Tx, program: &program::Model, rows: Rows, imported: &mut Imported) -> Result<Rows, Refusal> {
    let ids: Vec<&str> = rows.iter().filter_map(|(row, _)| row.external_id.as_deref()).collect();
    let mut known = HashSet::new();
    for chunk in ids.chunks(1_000) {
        let select = Entity::find()
            .filter(Column::ProgramId.eq(program.id))
            .filter(Column::ExternalId.is_in(chunk.iter().copied()));
        known.extend(tx.find(select).await?.into_iter().filter_map(|row| row.external_id));
    }
    let count = rows.len();
    let new: Rows = rows
        .into_iter()
        .filter(|(row, _)| row.external_id.as_ref().is_none_or(|id| !known.contains(id)))
        .collect();
    (imported.created, imported.unchanged) = (new.len(), count - new.len());
    Ok(new)
}

/// Stores sessions by a statement for each few hundred.
///
/// # Errors
/// Failures of the database alone.
pub async fn store(tx: &Tx, rows: Rows) -> Result<(), Refusal> {
    let (mut sessions, mut details) = (Vec::new(), Vec::new());
    for (row, wide) in rows {
        tx.emit::<Entity>(&row, ChangeOperation::Created);
        sessions.push(ActiveModel::from(row).reset_all());
        details.push(detail::ActiveModel::from(wide).reset_all());
    }
    tx.insert_rows(sessions).await?;
    tx.insert_rows(details).await
}
