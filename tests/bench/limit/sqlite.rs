//! On SQLite: what reads runs where it is asked, as Fieldhouse runs it, all statements of a request on one connection, each
//! prepared once; what writes runs on a thread that may wait.
use crate::{Answer, Backend, Done, answers, rows::*};
use chrono::{NaiveDate, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

const ENTRIES: &str = "SELECT r.id, a.id, a.first_name, a.last_name FROM roster_entry r JOIN athlete a ON a.id = r.athlete_id \
     WHERE r.team_season_id = ?1 ORDER BY r.sort_name, r.id LIMIT 100";
const PARTS: &str = "SELECT practice_session_id, id, position, whole_roster, workout_revision_id FROM practice_session_workout \
     WHERE practice_session_id = ?1 ORDER BY position, id";
const GROUPS: &str = "SELECT l.practice_session_workout_id, g.id, g.name FROM practice_workout_group l \
     JOIN event_group g ON g.id = l.event_group_id WHERE l.practice_session_workout_id = ?1 ORDER BY g.position, g.id";
const ELEMENTS: &str = "SELECT workout_revision_id, id, parent_id, count, kind, name, length FROM workout_element \
     WHERE workout_revision_id = ?1 ORDER BY position, id";
const CHANGES: &str = "SELECT c.practice_session_id, c.id, c.kind, a.id, a.first_name, a.last_name FROM practice_assignment c \
     JOIN athlete a ON a.id = c.athlete_id WHERE c.practice_session_id = ?1 AND c.withdrawn_at IS NULL \
     AND c.kind <> 'GROUP' ORDER BY c.sort_name, c.id LIMIT 5";
const LOG: &str = "UPDATE athlete_training_session SET outcome = 'COMPLETED', completed_at = ?5, recorded_at = ?5, \
     actual_distance_meters = ?2, actual_duration_seconds = ?3, actual_rpe = ?4, session_load = CAST(?4 AS real) * ?3 / 60, \
     session_load_method = 'SESSION_RPE', version = version + 1, updated_at = ?5 WHERE id = ?1 RETURNING program_id, athlete_id";
const DETAIL: &str = "UPDATE athlete_training_session_detail SET actual_description = NULL WHERE id = ?1";
const EVENT: &str = "INSERT INTO change_event (id, program_id, athlete_id, node_type, node_id, operation, created_at) \
     VALUES (?1, ?2, ?3, 'AthleteTrainingSession', ?4, 'UPDATED', ?5)";

/// Connections to one file.
#[derive(Clone)]
pub struct Files(Arc<Shared>);

struct Shared {
    path: String,
    idle: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

fn open(path: &str) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000")?;
    connection.set_prepared_statement_cache_capacity(100);
    Ok(connection)
}

fn all<T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(values, |row| T::try_from(row))?.collect()
}

fn one<T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>>(
    connection: &Connection,
    sql: &str,
    id: Uuid,
) -> Result<Option<T>> {
    connection
        .prepare_cached(sql)?
        .query_row([id], |row| T::try_from(row))
        .optional()
}

/// The rows of each parent.
fn each<T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>>(
    connection: &Connection,
    sql: &str,
    parents: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = Vec::new();
    for parent in parents {
        for row in statement.query_map([parent], |row| T::try_from(row))? {
            rows.push(row?);
        }
    }
    Ok(rows)
}

fn newest(limit: u32) -> String {
    format!(
        "SELECT {SESSION} FROM athlete_training_session WHERE athlete_id = $1 ORDER BY day DESC, id DESC LIMIT {limit}"
    )
}

impl Files {
    pub fn open(path: &str) -> Result<Self> {
        Ok(Self(Arc::new(Shared {
            path: path.to_owned(),
            idle: Mutex::default(),
            writer: Mutex::new(open(path)?),
        })))
    }

    fn read(&self, work: impl FnOnce(&Connection) -> Answer) -> Answer {
        let idle = || self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().pop();
        let connection = known.map_or_else(|| open(&self.0.path), Ok)?;
        let answer = work(&connection);
        idle().push(connection);
        answer
    }
}

impl Backend for Files {
    async fn athlete(&self, id: Uuid) -> Answer {
        self.read(move |reader| answers::athlete(one(reader, ATHLETE, id)?.as_ref()))
    }

    async fn history(&self, id: Uuid) -> Answer {
        self.read(move |reader| {
            let athlete = one(reader, ATHLETE, id)?;
            let rows = all(reader, &newest(50), [id])?;
            let count = reader.prepare_cached(COUNT)?.query_row([id], |row| row.get(0))?;
            answers::history(athlete.as_ref(), &rows, count)
        })
    }

    async fn dashboard(&self, id: Uuid) -> Answer {
        self.read(move |reader| {
            let season = one(reader, SEASON, id)?;
            let practices: Vec<Practice> = all(reader, PRACTICES, [id])?;
            let ids: Vec<Uuid> = practices.iter().map(|row| row.id).collect();
            let parts: Vec<Part> = each(reader, PARTS, ids.iter().copied())?;
            let changes = each(reader, CHANGES, ids)?;
            let groups = each(reader, GROUPS, parts.iter().map(|row| row.id))?;
            let mut revisions: Vec<Uuid> = parts.iter().map(|row| row.revision).collect();
            revisions.sort_unstable();
            revisions.dedup();
            let elements = each(reader, ELEMENTS, revisions)?;
            answers::dashboard(&answers::Dashboard {
                season,
                practices,
                parts,
                changes,
                groups,
                elements,
            })
        })
    }

    async fn roster(&self, id: Uuid) -> Answer {
        self.read(move |reader| {
            let season = one(reader, SEASON, id)?;
            let entries: Vec<Entry> = all(reader, ENTRIES, [id])?;
            let athletes = entries.iter().map(|row| row.athlete_id);
            let latest = each(reader, &newest(5), athletes)?;
            answers::roster(season.as_ref(), &entries, &latest)
        })
    }

    async fn feed(&self, id: Uuid, (day, last): (NaiveDate, Uuid)) -> Answer {
        self.read(move |reader| {
            let season = one(reader, SEASON, id)?;
            answers::feed(season.as_ref(), &all(reader, FEED, params![id, day, last])?)
        })
    }

    async fn log(&self, id: Uuid, done: Done) -> Answer {
        let shared = self.0.clone();
        tokio::task::spawn_blocking(move || {
            let mut writer = shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, false);
            let Done { meters, seconds, rpe } = done;
            let transaction = writer.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let (program, athlete): (Uuid, Uuid) = transaction
                .prepare_cached(LOG)?
                .query_row(params![id, meters, seconds, rpe, now], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            transaction.prepare_cached(DETAIL)?.execute([id])?;
            transaction
                .prepare_cached(EVENT)?
                .execute(params![Uuid::now_v7(), program, athlete, id, now])?;
            transaction.commit()?;
            answers::log(id, done)
        })
        .await?
    }
}
