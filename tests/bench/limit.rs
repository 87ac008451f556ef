//! The limit that Fieldhouse is measured against: a server written by hand for six operations, one prepared statement a
//! level, rows to JSON, with no GraphQL, no authentication and no rules of access. `limit DATABASE_URL` prints its port.
#![expect(clippy::disallowed_methods, reason = "there is no scope here")]
use axum::{Router, body::Bytes, extract::State, http::header, response::IntoResponse, routing::post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::Value;
use std::{
    collections::HashMap,
    env,
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio_postgres::{Client, NoTls, Row, Statement};
use uuid::Uuid;

/// As many connections as Fieldhouse reads with.
const CONNECTIONS: usize = 12;

/// A connection and the statements prepared on it.
struct Connection {
    client: Client,
    athlete: Statement,
    sessions: Statement,
    session_count: Statement,
    season: Statement,
    practices: Statement,
    parts: Statement,
    groups: Statement,
    elements: Statement,
    changes: Statement,
    entries: Statement,
    latest: Statement,
    feed: Statement,
    log: Statement,
    detail: Statement,
    event: Statement,
}

const SESSION: &str = "id, day, title, outcome, cancelled_at, excused_at, is_rest, missed_at, completed_at, \
     actual_distance_meters, actual_duration_seconds, actual_rpe";

impl Connection {
    async fn open(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        // As Fieldhouse sets them: what is good for one is good for the other.
        client
            .batch_execute("SET plan_cache_mode = force_generic_plan; SET enable_bitmapscan = off")
            .await?;
        let latest = format!(
            "SELECT a.id AS parent, s.* FROM unnest($1::uuid[]) AS a (id) CROSS JOIN LATERAL (SELECT {SESSION} \
             FROM athlete_training_session WHERE athlete_id = a.id ORDER BY day DESC, id DESC LIMIT 5) s"
        );
        Ok(Self {
            athlete: client
                .prepare("SELECT id, first_name, last_name FROM athlete WHERE id = $1")
                .await?,
            sessions: client
                .prepare(&format!(
                    "SELECT {SESSION} FROM athlete_training_session WHERE athlete_id = $1 ORDER BY day DESC, id DESC LIMIT 51"
                ))
                .await?,
            session_count: client
                .prepare("SELECT count(*) FROM athlete_training_session WHERE athlete_id = $1")
                .await?,
            season: client.prepare("SELECT id, name FROM team_season WHERE id = $1").await?,
            practices: client
                .prepare(
                    "SELECT id, title, starts_at FROM practice_session WHERE team_season_id = $1 \
                     ORDER BY starts_at, id LIMIT 11",
                )
                .await?,
            parts: client
                .prepare(
                    "SELECT id, practice_session_id, position, whole_roster, workout_revision_id \
                     FROM practice_session_workout WHERE practice_session_id = ANY($1) ORDER BY position, id",
                )
                .await?,
            groups: client
                .prepare(
                    "SELECT l.practice_session_workout_id, g.id, g.name FROM practice_workout_group l \
                     JOIN event_group g ON g.id = l.event_group_id WHERE l.practice_session_workout_id = ANY($1) \
                     ORDER BY g.position, g.id",
                )
                .await?,
            elements: client
                .prepare(
                    "SELECT id, workout_revision_id, parent_id, count, kind, name, length FROM workout_element \
                     WHERE workout_revision_id = ANY($1) ORDER BY position, id",
                )
                .await?,
            changes: client
                .prepare(
                    "SELECT p.id AS parent, c.* FROM unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL \
                     (SELECT c.id, c.kind, a.id AS athlete_id, a.first_name, a.last_name FROM practice_assignment c \
                      JOIN athlete a ON a.id = c.athlete_id WHERE c.practice_session_id = p.id \
                      AND c.withdrawn_at IS NULL AND c.kind IN ('MODIFIED', 'REPLACED', 'EXCUSED') \
                      ORDER BY c.sort_name, c.id LIMIT 6) c",
                )
                .await?,
            entries: client
                .prepare(
                    "SELECT r.id, a.id AS athlete_id, a.first_name, a.last_name FROM roster_entry r \
                     JOIN athlete a ON a.id = r.athlete_id WHERE r.team_season_id = $1 ORDER BY r.sort_name, r.id LIMIT 101",
                )
                .await?,
            latest: client.prepare(&latest).await?,
            feed: client
                .prepare(
                    "SELECT s.id, s.day, s.title, a.id AS athlete_id, a.first_name, a.last_name FROM \
                     (SELECT id, day, title, athlete_id FROM athlete_training_session WHERE team_season_id = $1 \
                      AND (day, id) < ($2, $3) ORDER BY day DESC, id DESC LIMIT 51) s \
                     JOIN athlete a ON a.id = s.athlete_id ORDER BY s.day DESC, s.id DESC",
                )
                .await?,
            log: client
                .prepare(
                    "UPDATE athlete_training_session SET outcome = 'COMPLETED', completed_at = now(), recorded_at = now(), \
                     actual_distance_meters = $2::int4, actual_duration_seconds = $3::int4, actual_rpe = $4::int4, \
                     session_load = $4::int4::float8 * $3::int4 / 60, session_load_method = 'SESSION_RPE', version = version + 1, \
                     updated_at = now() WHERE id = $1 RETURNING id, program_id, athlete_id",
                )
                .await?,
            detail: client
                .prepare("UPDATE athlete_training_session_detail SET actual_description = NULL WHERE id = $1")
                .await?,
            event: client
                .prepare(
                    "INSERT INTO change_event (id, program_id, athlete_id, node_type, node_id, operation, created_at) \
                     VALUES ($1, $2, $3, 'AthleteTrainingSession', $4, 'UPDATED', now())",
                )
                .await?,
            client,
        })
    }
}

#[derive(Clone)]
struct Pool(Arc<(Vec<Connection>, Vec<tokio::sync::Mutex<Connection>>, AtomicUsize)>);

impl Pool {
    /// A connection to read with; tokio-postgres pipelines what several ask of it.
    fn reader(&self) -> &Connection {
        let (readers, _, turn) = &*self.0;
        &readers[turn.fetch_add(1, Ordering::Relaxed) % readers.len()]
    }
}

fn global(name: &str, id: Uuid) -> String {
    let mut bytes = Vec::with_capacity(name.len() + 17);
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b':');
    bytes.extend_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn local(value: &Value) -> Uuid {
    let bytes = URL_SAFE_NO_PAD
        .decode(value.as_str().unwrap_or_default())
        .unwrap_or_default();
    Uuid::from_slice(bytes.get(bytes.len().saturating_sub(16)..).unwrap_or_default()).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn optional<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn instant(value: DateTime<Utc>) -> String {
    value.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

fn name_of(row: &Row) -> String {
    let (first, last): (&str, &str) = (row.get("first_name"), row.get("last_name"));
    quoted(&format!("{first} {last}"))
}

/// A session as three of the operations show it.
fn session(out: &mut String, row: &Row, now: DateTime<Utc>) {
    let outcome: Option<&str> = row.get("outcome");
    let is_set = |column: &str| row.get::<_, Option<DateTime<Utc>>>(column).is_some();
    let status = match outcome {
        Some(outcome) => outcome,
        None if is_set("cancelled_at") => "CANCELLED",
        None if is_set("excused_at") => "EXCUSED",
        None if !row.get::<_, bool>("is_rest")
            && row
                .get::<_, Option<DateTime<Utc>>>("missed_at")
                .is_some_and(|at| at <= now) =>
        {
            "MISSED"
        }
        None => "SCHEDULED",
    };
    let completed = row
        .get::<_, Option<DateTime<Utc>>>("completed_at")
        .map(|at| format!("\"{}\"", instant(at)));
    let _ = write!(
        out,
        r#"{{"id":"{}","date":"{}","title":{},"status":"{status}","completedAt":{},"actual":{{"distanceMeters":{},"durationSeconds":{},"rpe":{}}}}}"#,
        global("AthleteTrainingSession", row.get("id")),
        row.get::<_, NaiveDate>("day"),
        quoted(row.get("title")),
        optional(completed),
        optional(row.get::<_, Option<i32>>("actual_distance_meters")),
        optional(row.get::<_, Option<i32>>("actual_duration_seconds")),
        optional(row.get::<_, Option<i32>>("actual_rpe")),
    );
}

fn join<T>(out: &mut String, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut String, T)) {
    for (place, each) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        item(out, each);
    }
}

/// The answer to the id of no season.
const NO_SEASON: &str = r#"{"teamSeason":null}"#;

type Answer = Result<String, tokio_postgres::Error>;

async fn athlete(pool: &Pool, input: &Value) -> Answer {
    let connection = pool.reader();
    let Some(row) = connection
        .client
        .query_opt(&connection.athlete, &[&local(&input["id"])])
        .await?
    else {
        return Ok(r#"{"athlete":null}"#.to_owned());
    };
    Ok(format!(
        r#"{{"athlete":{{"id":"{}","firstName":{},"lastName":{},"displayName":{}}}}}"#,
        global("Athlete", row.get("id")),
        quoted(row.get("first_name")),
        quoted(row.get("last_name")),
        name_of(&row)
    ))
}

async fn history(pool: &Pool, input: &Value) -> Answer {
    let (connection, id, now) = (pool.reader(), local(&input["id"]), Utc::now());
    let (athlete, rows, count) = tokio::try_join!(
        async { connection.client.query_opt(&connection.athlete, &[&id]).await },
        async { connection.client.query(&connection.sessions, &[&id]).await },
        async { connection.client.query_one(&connection.session_count, &[&id]).await }
    )?;
    if athlete.is_none() {
        return Ok(r#"{"athlete":null}"#.to_owned());
    }
    let mut out = format!(
        r#"{{"athlete":{{"id":"{}","trainingSessions":{{"totalCount":{},"nodes":["#,
        global("Athlete", id),
        count.get::<_, i64>(0)
    );
    join(&mut out, rows.iter().take(50), |out, row| session(out, row, now));
    out.push_str("]}}}");
    Ok(out)
}

fn grouped<'a>(rows: &'a [Row], column: &str) -> HashMap<Uuid, Vec<&'a Row>> {
    let mut groups: HashMap<Uuid, Vec<&Row>> = HashMap::new();
    for row in rows {
        groups.entry(row.get(column)).or_default().push(row);
    }
    groups
}

fn element(out: &mut String, row: &Row, children: &HashMap<Uuid, Vec<&Row>>) {
    let id: Uuid = row.get("id");
    let Some(kind) = row.get::<_, Option<&str>>("kind") else {
        let _ = write!(
            out,
            r#"{{"id":"{}","count":{},"elements":["#,
            global("WorkoutRepeat", id),
            row.get::<_, i32>("count")
        );
        join(out, children.get(&id).into_iter().flatten(), |out, child| {
            element(out, child, children)
        });
        out.push_str("]}");
        return;
    };
    let name = row.get::<_, Option<&str>>("name").map(quoted);
    let _ = write!(
        out,
        r#"{{"id":"{}","kind":"{kind}","name":{},"length":"#,
        global("WorkoutStep", id),
        optional(name)
    );
    let length: Value = row.get("length");
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

async fn dashboard(pool: &Pool, input: &Value) -> Answer {
    let (connection, id) = (pool.reader(), local(&input["id"]));
    let client = &connection.client;
    let (season, practices) = tokio::try_join!(async { client.query_opt(&connection.season, &[&id]).await }, async {
        client.query(&connection.practices, &[&id]).await
    })?;
    let Some(season) = season else {
        return Ok(NO_SEASON.to_owned());
    };
    let practice_ids: Vec<Uuid> = practices.iter().take(10).map(|row| row.get("id")).collect();
    let (parts, changes) = tokio::try_join!(
        async { client.query(&connection.parts, &[&practice_ids]).await },
        async { client.query(&connection.changes, &[&practice_ids]).await }
    )?;
    let part_ids: Vec<Uuid> = parts.iter().map(|row| row.get("id")).collect();
    let mut revisions: Vec<Uuid> = parts.iter().map(|row| row.get("workout_revision_id")).collect();
    revisions.sort_unstable();
    revisions.dedup();
    let (groups, elements) = tokio::try_join!(async { client.query(&connection.groups, &[&part_ids]).await }, async {
        client.query(&connection.elements, &[&revisions]).await
    })?;
    let parts = grouped(&parts, "practice_session_id");
    let changes = grouped(&changes, "parent");
    let groups = grouped(&groups, "practice_session_workout_id");
    let mut roots: HashMap<Uuid, Vec<&Row>> = HashMap::new();
    let mut children: HashMap<Uuid, Vec<&Row>> = HashMap::new();
    for row in &elements {
        match row.get::<_, Option<Uuid>>("parent_id") {
            Some(parent) => children.entry(parent).or_default().push(row),
            None => roots.entry(row.get("workout_revision_id")).or_default().push(row),
        }
    }
    let mut out = format!(
        r#"{{"teamSeason":{{"id":"{}","name":{},"practiceSessions":{{"nodes":["#,
        global("TeamSeason", id),
        quoted(season.get("name"))
    );
    join(&mut out, practices.iter().take(10), |out, row| {
        let practice: Uuid = row.get("id");
        let _ = write!(
            out,
            r#"{{"id":"{}","title":{},"startsAt":"{}","workouts":["#,
            global("PracticeSession", practice),
            quoted(row.get("title")),
            instant(row.get("starts_at"))
        );
        join(out, parts.get(&practice).into_iter().flatten(), |out, row| {
            let (part, revision): (Uuid, Uuid) = (row.get("id"), row.get("workout_revision_id"));
            let _ = write!(
                out,
                r#"{{"id":"{}","position":{},"wholeRoster":{},"eventGroups":["#,
                global("PracticeSessionWorkout", part),
                row.get::<_, i32>("position"),
                row.get::<_, bool>("whole_roster")
            );
            join(out, groups.get(&part).into_iter().flatten(), |out, row| {
                let name = quoted(row.get("name"));
                let _ = write!(
                    out,
                    r#"{{"id":"{}","name":{name}}}"#,
                    global("EventGroup", row.get("id"))
                );
            });
            let _ = write!(
                out,
                r#"],"assignedWorkout":{{"id":"{}","steps":["#,
                global("WorkoutRevision", revision)
            );
            join(out, roots.get(&revision).into_iter().flatten(), |out, row| {
                element(out, row, &children)
            });
            out.push_str("]}}");
        });
        out.push_str(r#"],"assignments":{"nodes":["#);
        join(out, changes.get(&practice).into_iter().flatten().take(5), |out, row| {
            let _ = write!(
                out,
                r#"{{"id":"{}","kind":"{}","athlete":{{"id":"{}","displayName":{}}}}}"#,
                global("PracticeAssignment", row.get("id")),
                row.get::<_, &str>("kind"),
                global("Athlete", row.get("athlete_id")),
                name_of(row)
            );
        });
        out.push_str("]}}");
    });
    out.push_str("]}}}");
    Ok(out)
}

async fn roster(pool: &Pool, input: &Value) -> Answer {
    let (connection, id, now) = (pool.reader(), local(&input["id"]), Utc::now());
    let (season, entries) = tokio::try_join!(
        async { connection.client.query_opt(&connection.season, &[&id]).await },
        async { connection.client.query(&connection.entries, &[&id]).await }
    )?;
    if season.is_none() {
        return Ok(NO_SEASON.to_owned());
    }
    let athletes: Vec<Uuid> = entries.iter().take(100).map(|row| row.get("athlete_id")).collect();
    let latest = connection.client.query(&connection.latest, &[&athletes]).await?;
    let latest = grouped(&latest, "parent");
    let mut out = format!(
        r#"{{"teamSeason":{{"id":"{}","roster":{{"nodes":["#,
        global("TeamSeason", id)
    );
    join(&mut out, entries.iter().take(100), |out, row| {
        let athlete: Uuid = row.get("athlete_id");
        let _ = write!(
            out,
            r#"{{"id":"{}","athlete":{{"id":"{}","displayName":{},"trainingSessions":{{"nodes":["#,
            global("RosterEntry", row.get("id")),
            global("Athlete", athlete),
            name_of(row)
        );
        join(out, latest.get(&athlete).into_iter().flatten(), |out, row| {
            session(out, row, now)
        });
        out.push_str("]}}}");
    });
    out.push_str("]}}}");
    Ok(out)
}

async fn feed(pool: &Pool, input: &Value) -> Answer {
    let (connection, id) = (pool.reader(), local(&input["id"]));
    let cursor = URL_SAFE_NO_PAD
        .decode(input["after"].as_str().unwrap_or_default())
        .unwrap_or_default();
    let cursor: Value = serde_json::from_slice(&cursor).unwrap_or_default();
    let day: NaiveDate = cursor[2]["d"]
        .as_str()
        .and_then(|day| day.parse().ok())
        .unwrap_or_default();
    let last: Uuid = cursor[3].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
    let (season, rows) = tokio::try_join!(
        async { connection.client.query_opt(&connection.season, &[&id]).await },
        async { connection.client.query(&connection.feed, &[&id, &day, &last]).await }
    )?;
    if season.is_none() {
        return Ok(NO_SEASON.to_owned());
    }
    let mut out = format!(
        r#"{{"teamSeason":{{"id":"{}","trainingSessions":{{"pageInfo":{{"hasNextPage":{}}},"nodes":["#,
        global("TeamSeason", id),
        rows.len() > 50
    );
    join(&mut out, rows.iter().take(50), |out, row| {
        let _ = write!(
            out,
            r#"{{"id":"{}","date":"{}","title":{},"athlete":{{"id":"{}","displayName":{}}}}}"#,
            global("AthleteTrainingSession", row.get("id")),
            row.get::<_, NaiveDate>("day"),
            quoted(row.get("title")),
            global("Athlete", row.get("athlete_id")),
            name_of(row)
        );
    });
    out.push_str("]}}}");
    Ok(out)
}

async fn log(pool: &Pool, input: &Value) -> Answer {
    let (_, writers, turn) = &*pool.0;
    let mut connection = writers[turn.fetch_add(1, Ordering::Relaxed) % writers.len()]
        .lock()
        .await;
    let actual = &input["input"]["actual"];
    let number = |name: &str| actual[name].as_i64().and_then(|number| i32::try_from(number).ok());
    let (meters, seconds, rpe) = (number("distanceMeters"), number("durationSeconds"), number("rpe"));
    let id = local(&input["input"]["id"]);
    let Connection {
        client,
        log,
        detail,
        event,
        ..
    } = &mut *connection;
    let transaction = client.transaction().await?;
    let row = transaction.query_one(&*log, &[&id, &meters, &seconds, &rpe]).await?;
    let (program, athlete): (Uuid, Uuid) = (row.get("program_id"), row.get("athlete_id"));
    let event_id = Uuid::now_v7();
    tokio::try_join!(async { transaction.execute(&*detail, &[&id]).await }, async {
        transaction
            .execute(&*event, &[&event_id, &program, &athlete, &id])
            .await
    })?;
    transaction.commit().await?;
    Ok(format!(
        r#"{{"trainingSessionComplete":{{"trainingSession":{{"id":"{}","status":"COMPLETED","actual":{{"distanceMeters":{},"durationSeconds":{},"rpe":{}}}}},"userErrors":[]}}}}"#,
        global("AthleteTrainingSession", id),
        optional(meters),
        optional(seconds),
        optional(rpe)
    ))
}

macro_rules! route {
    ($name:ident) => {
        post(async |State(pool): State<Pool>, body: Bytes| {
            let input: Value = serde_json::from_slice(&body).unwrap_or_default();
            match $name(&pool, &input).await {
                Ok(data) => (
                    [(header::CONTENT_TYPE, "application/json")],
                    format!("{{\"data\":{data}}}"),
                )
                    .into_response(),
                Err(error) => (axum::http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            }
        })
    };
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args().nth(1).ok_or("limit DATABASE_URL")?;
    let (mut readers, mut writers) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        readers.push(Connection::open(&url).await?);
    }
    for _ in 0..8 {
        writers.push(tokio::sync::Mutex::new(Connection::open(&url).await?));
    }
    let router = Router::new()
        .route("/athlete", route!(athlete))
        .route("/history", route!(history))
        .route("/dashboard", route!(dashboard))
        .route("/roster", route!(roster))
        .route("/feed", route!(feed))
        .route("/log", route!(log))
        .with_state(Pool(Arc::new((readers, writers, AtomicUsize::new(0)))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}
