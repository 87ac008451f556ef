//! On PostgreSQL: statements prepared once on every connection, those of one request sent without waiting for each other.
use crate::{Answer, Backend, Done, answers, rows::*};
use chrono::NaiveDate;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Error, NoTls, Row, Statement, types::ToSql};
use uuid::Uuid;

/// As many connections as Fieldhouse reads and writes with.
const READERS: usize = 12;
const WRITERS: usize = 8;

const PARTS: &str = "SELECT practice_session_id, id, position, whole_roster, workout_revision_id FROM practice_session_workout \
     WHERE practice_session_id = ANY($1) ORDER BY position, id";
const GROUPS: &str = "SELECT l.practice_session_workout_id, g.id, g.name FROM practice_workout_group l \
     JOIN event_group g ON g.id = l.event_group_id WHERE l.practice_session_workout_id = ANY($1) ORDER BY g.position, g.id";
const ELEMENTS: &str = "SELECT workout_revision_id, id, parent_id, count, kind, name, length FROM workout_element \
     WHERE workout_revision_id = ANY($1) ORDER BY position, id";
// Row by row: the planner would read all athletes there are.
const ENTRIES: &str = "SELECT r.id, a.id, a.first_name, a.last_name FROM \
     (SELECT id, athlete_id, sort_name FROM roster_entry WHERE team_season_id = $1 ORDER BY sort_name, id LIMIT 100) r \
     CROSS JOIN LATERAL (SELECT id, first_name, last_name FROM athlete WHERE id = r.athlete_id LIMIT 1) a \
     ORDER BY r.sort_name, r.id";
const CHANGES: &str = "SELECT c.* FROM unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL \
     (SELECT p.id, c.id, c.kind, a.id, a.first_name, a.last_name FROM practice_assignment c \
      JOIN athlete a ON a.id = c.athlete_id WHERE c.practice_session_id = p.id AND c.withdrawn_at IS NULL \
      AND c.kind IN ('MODIFIED', 'REPLACED', 'EXCUSED') ORDER BY c.sort_name, c.id LIMIT 5) c";
const LOG: &str = "UPDATE athlete_training_session SET outcome = 'COMPLETED', completed_at = now(), recorded_at = now(), \
     actual_distance_meters = $2::int4, actual_duration_seconds = $3::int4, actual_rpe = $4::int4, \
     session_load = $4::int4::float8 * $3::int4 / 60, session_load_method = 'SESSION_RPE', version = version + 1, \
     updated_at = now() WHERE id = $1 RETURNING program_id, athlete_id";
const DETAIL: &str = "UPDATE athlete_training_session_detail SET actual_description = NULL WHERE id = $1";
const EVENT: &str = "INSERT INTO change_event (id, program_id, athlete_id, node_type, node_id, operation, created_at) \
     VALUES ($1, $2, $3, 'AthleteTrainingSession', $4, 'UPDATED', now())";

/// A connection and the statements prepared on it.
struct Connection {
    client: Client,
    athlete: Statement,
    sessions: Statement,
    count: Statement,
    season: Statement,
    practices: Statement,
    parts: Statement,
    groups: Statement,
    elements: Statement,
    changes: Statement,
    entries: Statement,
    latest: Statement,
    feed: Statement,
    begin: Statement,
    log: Statement,
    detail: Statement,
    event: Statement,
    commit: Statement,
}

impl Connection {
    async fn open(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        // As Fieldhouse sets them: what is good for one is good for the other.
        client
            .batch_execute(
                "SET plan_cache_mode = force_generic_plan; SET enable_bitmapscan = off; SET enable_memoize = off",
            )
            .await?;
        let newest = |condition: &str, limit: u32| {
            format!(
                "SELECT {SESSION} FROM athlete_training_session WHERE {condition} ORDER BY day DESC, id DESC LIMIT {limit}"
            )
        };
        let latest = newest("athlete_id = a.id", 5);
        Ok(Self {
            athlete: client.prepare(ATHLETE).await?,
            sessions: client.prepare(&newest("athlete_id = $1", 50)).await?,
            count: client.prepare(COUNT).await?,
            season: client.prepare(SEASON).await?,
            practices: client.prepare(PRACTICES).await?,
            parts: client.prepare(PARTS).await?,
            groups: client.prepare(GROUPS).await?,
            elements: client.prepare(ELEMENTS).await?,
            changes: client.prepare(CHANGES).await?,
            entries: client.prepare(ENTRIES).await?,
            latest: client
                .prepare(&format!(
                    "SELECT s.* FROM unnest($1::uuid[]) AS a (id) CROSS JOIN LATERAL ({latest}) s"
                ))
                .await?,
            feed: client.prepare(FEED).await?,
            begin: client.prepare("BEGIN").await?,
            log: client.prepare(LOG).await?,
            detail: client.prepare(DETAIL).await?,
            event: client.prepare(EVENT).await?,
            commit: client.prepare("COMMIT").await?,
            client,
        })
    }

    async fn all<T: for<'r> From<&'r Row>, const N: usize>(
        &self,
        statement: &Statement,
        values: [&(dyn ToSql + Sync); N],
    ) -> Result<Vec<T>, Error> {
        let rows = self.client.query(statement, &values).await?;
        Ok(rows.iter().map(T::from).collect())
    }

    async fn one<T: for<'r> From<&'r Row>>(&self, statement: &Statement, id: Uuid) -> Result<Option<T>, Error> {
        let row = self.client.query_opt(statement, &[&id]).await?;
        Ok(row.as_ref().map(T::from))
    }

    async fn row<const N: usize>(&self, statement: &Statement, values: [&(dyn ToSql + Sync); N]) -> Result<Row, Error> {
        self.client.query_one(statement, &values).await
    }

    async fn run<const N: usize>(&self, statement: &Statement, values: [&(dyn ToSql + Sync); N]) -> Result<u64, Error> {
        self.client.execute(statement, &values).await
    }

    /// Logs what was done: the statements of one level without waiting for each other, begin and commit along with them.
    async fn log(&self, id: Uuid, done: Done) -> Result<(), Error> {
        let Done { meters, seconds, rpe } = done;
        let (_, row) = tokio::try_join!(
            self.run(&self.begin, []),
            self.row(&self.log, [&id, &meters, &seconds, &rpe])
        )?;
        let (program, athlete): (Uuid, Uuid) = (row.get(0), row.get(1));
        let event_id = Uuid::now_v7();
        // A statement that fails makes the commit undo what was done.
        tokio::try_join!(
            self.run(&self.detail, [&id]),
            self.run(&self.event, [&event_id, &program, &athlete, &id]),
            self.run(&self.commit, [])
        )?;
        Ok(())
    }
}

/// The connections.
#[derive(Clone)]
pub struct Pool(Arc<Connections>);

struct Connections {
    readers: Vec<Connection>,
    writers: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Pool {
    pub async fn open(url: &str) -> Result<Self, Error> {
        let (mut readers, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..READERS {
            readers.push(Connection::open(url).await?);
        }
        for _ in 0..WRITERS {
            writers.push(Mutex::new(Connection::open(url).await?));
        }
        let turn = AtomicUsize::new(0);
        Ok(Self(Arc::new(Connections { readers, writers, turn })))
    }

    /// A connection to read with; several requests share it.
    fn reader(&self) -> &Connection {
        let Connections { readers, turn, .. } = &*self.0;
        &readers[turn.fetch_add(1, Ordering::Relaxed) % readers.len()]
    }
}

impl Backend for Pool {
    async fn athlete(&self, id: Uuid) -> Answer {
        let reader = self.reader();
        answers::athlete(reader.one(&reader.athlete, id).await?.as_ref())
    }

    async fn history(&self, id: Uuid) -> Answer {
        let reader = self.reader();
        let (athlete, rows, count) = tokio::try_join!(
            reader.one(&reader.athlete, id),
            reader.all(&reader.sessions, [&id]),
            async { reader.client.query_one(&reader.count, &[&id]).await }
        )?;
        answers::history(athlete.as_ref(), &rows, count.get(0))
    }

    async fn dashboard(&self, id: Uuid) -> Answer {
        let reader = self.reader();
        let (season, practices): (_, Vec<Practice>) =
            tokio::try_join!(reader.one(&reader.season, id), reader.all(&reader.practices, [&id]))?;
        let ids: Vec<Uuid> = practices.iter().map(|row| row.id).collect();
        let (parts, changes): (Vec<Part>, _) =
            tokio::try_join!(reader.all(&reader.parts, [&ids]), reader.all(&reader.changes, [&ids]))?;
        let ids: Vec<Uuid> = parts.iter().map(|row| row.id).collect();
        let mut revisions: Vec<Uuid> = parts.iter().map(|row| row.revision).collect();
        revisions.sort_unstable();
        revisions.dedup();
        let (groups, elements) = tokio::try_join!(
            reader.all(&reader.groups, [&ids]),
            reader.all(&reader.elements, [&revisions])
        )?;
        answers::dashboard(&answers::Dashboard {
            season,
            practices,
            parts,
            changes,
            groups,
            elements,
        })
    }

    async fn roster(&self, id: Uuid) -> Answer {
        let reader = self.reader();
        let (season, entries): (_, Vec<Entry>) =
            tokio::try_join!(reader.one(&reader.season, id), reader.all(&reader.entries, [&id]))?;
        let athletes: Vec<Uuid> = entries.iter().map(|row| row.athlete_id).collect();
        let latest = reader.all(&reader.latest, [&athletes]).await?;
        answers::roster(season.as_ref(), &entries, &latest)
    }

    async fn feed(&self, id: Uuid, (day, last): (NaiveDate, Uuid)) -> Answer {
        let reader = self.reader();
        let (season, rows) = tokio::try_join!(
            reader.one(&reader.season, id),
            reader.all(&reader.feed, [&id, &day, &last])
        )?;
        answers::feed(season.as_ref(), &rows)
    }

    async fn log(&self, id: Uuid, done: Done) -> Answer {
        let Connections { writers, turn, .. } = &*self.0;
        let writer = &writers[turn.fetch_add(1, Ordering::Relaxed) % writers.len()];
        let writer = writer.lock().await;
        if let Err(error) = writer.log(id, done).await {
            writer.client.batch_execute("ROLLBACK").await?;
            return Err(error.into());
        }
        answers::log(id, done)
    }
}
