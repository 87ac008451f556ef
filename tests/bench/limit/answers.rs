//! Rows to JSON.
use crate::{Answer, Done, rows::*};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat, Utc};
use std::{
    collections::HashMap,
    fmt::{Display, Write},
};
use uuid::Uuid;

fn global(name: &str, id: Uuid) -> String {
    let mut bytes = Vec::with_capacity(name.len() + 17);
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b':');
    bytes.extend_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn optional<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn instant(value: DateTime<Utc>) -> String {
    value.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

fn full_name(first: &str, last: &str) -> String {
    quoted(&format!("{first} {last}"))
}

fn join<T>(out: &mut String, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut String, T)) {
    for (place, each) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        item(out, each);
    }
}

fn grouped<T>(rows: &[T], parent: impl Fn(&T) -> Uuid) -> HashMap<Uuid, Vec<&T>> {
    let mut groups: HashMap<Uuid, Vec<&T>> = HashMap::new();
    for row in rows {
        groups.entry(parent(row)).or_default().push(row);
    }
    groups
}

/// A session as three of the operations show it.
fn session(out: &mut String, row: &Session, now: DateTime<Utc>) {
    let status = match &row.outcome {
        Some(outcome) => outcome,
        None if row.cancelled_at.is_some() => "CANCELLED",
        None if row.excused_at.is_some() => "EXCUSED",
        None if !row.is_rest && row.missed_at.is_some_and(|at| at <= now) => "MISSED",
        None => "SCHEDULED",
    };
    let completed = row.completed_at.map(|at| format!("\"{}\"", instant(at)));
    let _ = write!(
        out,
        r#"{{"id":"{}","date":"{}","title":{},"status":"{status}","completedAt":{},"actual":{{"distanceMeters":{},"durationSeconds":{},"rpe":{}}}}}"#,
        global("AthleteTrainingSession", row.id),
        row.day,
        quoted(&row.title),
        optional(completed),
        optional(row.meters),
        optional(row.seconds),
        optional(row.rpe),
    );
}

pub fn athlete(row: Option<&Athlete>) -> Answer {
    let Some(Athlete {
        id,
        first_name,
        last_name,
    }) = row
    else {
        return Ok(r#"{"athlete":null}"#.to_owned());
    };
    Ok(format!(
        r#"{{"athlete":{{"id":"{}","firstName":{},"lastName":{},"displayName":{}}}}}"#,
        global("Athlete", *id),
        quoted(first_name),
        quoted(last_name),
        full_name(first_name, last_name)
    ))
}

pub fn history(row: Option<&Athlete>, rows: &[Session], count: i64) -> Answer {
    let Some(row) = row else {
        return athlete(None);
    };
    let now = Utc::now();
    let mut out = format!(
        r#"{{"athlete":{{"id":"{}","trainingSessions":{{"totalCount":{count},"nodes":["#,
        global("Athlete", row.id),
    );
    join(&mut out, rows, |out, row| session(out, row, now));
    out.push_str("]}}}");
    Ok(out)
}

fn element(out: &mut String, row: &Element, children: &HashMap<Uuid, Vec<&Element>>) {
    let Some(kind) = &row.kind else {
        let (id, count) = (global("WorkoutRepeat", row.id), optional(row.count));
        let _ = write!(out, r#"{{"id":"{id}","count":{count},"elements":["#);
        join(out, children.get(&row.id).into_iter().flatten(), |out, child| {
            element(out, child, children)
        });
        out.push_str("]}");
        return;
    };
    let (id, name) = (global("WorkoutStep", row.id), optional(row.name.as_deref().map(quoted)));
    let _ = write!(out, r#"{{"id":"{id}","kind":"{kind}","name":{name},"length":"#);
    let length = row.length.clone().unwrap_or_default();
    let _ = match length["kind"].as_str() {
        Some("distance") => write!(
            out,
            r#"{{"distanceMeters":{:?}}}}}"#,
            length["meters"].as_f64().unwrap_or_default()
        ),
        Some("time") => write!(out, r#"{{"durationSeconds":{}}}}}"#, length["seconds"]),
        _ => write!(out, "{{}}}}"),
    };
}

/// The answer about a season that is not there.
const NO_SEASON: &str = r#"{"teamSeason":null}"#;

pub struct Dashboard {
    pub season: Option<Season>,
    pub practices: Vec<Practice>,
    pub parts: Vec<Part>,
    pub changes: Vec<Change>,
    pub groups: Vec<Group>,
    pub elements: Vec<Element>,
}

pub fn dashboard(rows: &Dashboard) -> Answer {
    let Some(season) = &rows.season else {
        return Ok(NO_SEASON.to_owned());
    };
    let parts = grouped(&rows.parts, |row| row.practice);
    let changes = grouped(&rows.changes, |row| row.practice);
    let groups = grouped(&rows.groups, |row| row.part);
    let mut roots: HashMap<Uuid, Vec<&Element>> = HashMap::new();
    let mut children: HashMap<Uuid, Vec<&Element>> = HashMap::new();
    for row in &rows.elements {
        match row.parent {
            Some(parent) => children.entry(parent).or_default().push(row),
            None => roots.entry(row.revision).or_default().push(row),
        }
    }
    let mut out = format!(
        r#"{{"teamSeason":{{"id":"{}","name":{},"practiceSessions":{{"nodes":["#,
        global("TeamSeason", season.id),
        quoted(&season.name)
    );
    join(&mut out, &rows.practices, |out, practice| {
        let _ = write!(
            out,
            r#"{{"id":"{}","title":{},"startsAt":"{}","workouts":["#,
            global("PracticeSession", practice.id),
            quoted(&practice.title),
            instant(practice.starts_at)
        );
        join(out, parts.get(&practice.id).into_iter().flatten(), |out, part| {
            let (id, position, whole) = (
                global("PracticeSessionWorkout", part.id),
                part.position,
                part.whole_roster,
            );
            let _ = write!(
                out,
                r#"{{"id":"{id}","position":{position},"wholeRoster":{whole},"eventGroups":["#
            );
            join(out, groups.get(&part.id).into_iter().flatten(), |out, group| {
                let (id, name) = (global("EventGroup", group.id), quoted(&group.name));
                let _ = write!(out, r#"{{"id":"{id}","name":{name}}}"#);
            });
            let revision = global("WorkoutRevision", part.revision);
            let _ = write!(out, r#"],"assignedWorkout":{{"id":"{revision}","steps":["#);
            join(out, roots.get(&part.revision).into_iter().flatten(), |out, row| {
                element(out, row, &children)
            });
            out.push_str("]}}");
        });
        out.push_str(r#"],"assignments":{"nodes":["#);
        join(out, changes.get(&practice.id).into_iter().flatten(), |out, change| {
            let _ = write!(
                out,
                r#"{{"id":"{}","kind":"{}","athlete":{{"id":"{}","displayName":{}}}}}"#,
                global("PracticeAssignment", change.id),
                change.kind,
                global("Athlete", change.athlete_id),
                full_name(&change.first_name, &change.last_name)
            );
        });
        out.push_str("]}}");
    });
    out.push_str("]}}}");
    Ok(out)
}

pub fn roster(season: Option<&Season>, entries: &[Entry], latest: &[Session]) -> Answer {
    let Some(season) = season else {
        return Ok(NO_SEASON.to_owned());
    };
    let (now, latest) = (Utc::now(), grouped(latest, |row| row.athlete_id));
    let mut out = format!(
        r#"{{"teamSeason":{{"id":"{}","roster":{{"nodes":["#,
        global("TeamSeason", season.id)
    );
    join(&mut out, entries, |out, row| {
        let _ = write!(
            out,
            r#"{{"id":"{}","athlete":{{"id":"{}","displayName":{},"trainingSessions":{{"nodes":["#,
            global("RosterEntry", row.id),
            global("Athlete", row.athlete_id),
            full_name(&row.first_name, &row.last_name)
        );
        join(out, latest.get(&row.athlete_id).into_iter().flatten(), |out, row| {
            session(out, row, now)
        });
        out.push_str("]}}}");
    });
    out.push_str("]}}}");
    Ok(out)
}

pub fn feed(season: Option<&Season>, rows: &[Item]) -> Answer {
    let Some(season) = season else {
        return Ok(NO_SEASON.to_owned());
    };
    let mut out = format!(
        r#"{{"teamSeason":{{"id":"{}","trainingSessions":{{"pageInfo":{{"hasNextPage":{}}},"nodes":["#,
        global("TeamSeason", season.id),
        rows.len() > 50
    );
    join(&mut out, rows.iter().take(50), |out, row| {
        let _ = write!(
            out,
            r#"{{"id":"{}","date":"{}","title":{},"athlete":{{"id":"{}","displayName":{}}}}}"#,
            global("AthleteTrainingSession", row.id),
            row.day,
            quoted(&row.title),
            global("Athlete", row.athlete_id),
            full_name(&row.first_name, &row.last_name)
        );
    });
    out.push_str("]}}}");
    Ok(out)
}

pub fn log(id: Uuid, done: Done) -> Answer {
    let Done { meters, seconds, rpe } = done;
    Ok(format!(
        r#"{{"trainingSessionComplete":{{"trainingSession":{{"id":"{}","status":"COMPLETED","actual":{{"distanceMeters":{},"durationSeconds":{},"rpe":{}}}}},"userErrors":[]}}}}"#,
        global("AthleteTrainingSession", id),
        optional(meters),
        optional(seconds),
        optional(rpe)
    ))
}
