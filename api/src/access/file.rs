//! The readers of a SQLite file, on connections of our own, which read each value where SQLite keeps it. A short statement
//! runs where it is asked: the way to another thread and back costs more than it does, and the driver sends every row there
//! and back. One that is not short runs on a thread that may wait.
use super::{
    bound::bind,
    places::{IDLE, LIFETIME, Places},
};
use crate::sql;
use entity::Fetched;
use rusqlite::{CachedStatement, OpenFlags, StatementStatus};
use sea_orm::{DbErr, Statement};
use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 100;

/// Steps of a statement between two looks at whether it is to end: some ten microseconds, unless it waits for a disk.
const STEPS: i32 = 1_000;

/// How long a statement may keep others from the thread on which it is asked: as long as a page takes to be printed.
const SHORT: Duration = Duration::from_millis(1);

/// Steps that take half of that or less, where single ones are not slow: what is not certainly short would often be begun
/// twice.
const SHORT_STEPS: i32 = 5_000;

/// Connections that read one file.
pub(crate) struct Files(Arc<Shared>);

struct Shared {
    path: PathBuf,
    /// How long a statement waits for a lock.
    lock_patience: Duration,
    /// The last used one at the back.
    idle: Mutex<VecDeque<File>>,
    places: Places,
}

struct File {
    connection: rusqlite::Connection,
    lock_patience: Duration,
    opened: Instant,
    used: Instant,
}

impl Files {
    /// Up to `size` connections to a file that exists, one of which is opened at once. `patience` is how long one waits for
    /// a connection.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(crate) async fn open(
        path: PathBuf,
        size: u32,
        patience: Duration,
        lock_patience: Duration,
    ) -> Result<Self, DbErr> {
        let shared = Arc::new(Shared {
            path,
            lock_patience,
            idle: Mutex::default(),
            places: Places::new(size, patience),
        });
        let first = shared.clone();
        waited_for(spawn_blocking(move || {
            first.take_back(first.opened().map_err(sql::of_file)?);
            Ok(())
        }))
        .await?;
        Ok(Self(shared))
    }

    /// What `read` makes of the rows of one statement. Who stops waiting for them stops the statement.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: Statement,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<Vec<T>, DbErr> {
        let place = self.0.places.take().await?;
        let idle = self.0.idle().pop_back();
        if let Some(rows) = idle.as_ref().and_then(|file| file.short_rows(&statement, &read)) {
            idle.into_iter().for_each(|file| self.0.take_back(file));
            return Ok(rows);
        }
        let waiting = Waiting(Arc::default());
        let (shared, is_left) = (self.0.clone(), waiting.0.clone());
        waited_for(spawn_blocking(move || {
            // Free again when all is done here.
            let _place = place;
            let file = idle.map_or_else(|| shared.opened().map_err(sql::of_file), Ok)?;
            let rows = file.rows(&statement, &read, is_left);
            shared.take_back(file);
            rows
        }))
        .await
    }

    /// How many connections are open, and how many are in use.
    pub(super) fn numbers(&self) -> (u32, u32) {
        let (idle, used) = (self.0.idle().len(), self.0.places.taken());
        (u32::try_from(idle).unwrap_or(u32::MAX).saturating_add(used), used)
    }

    /// Closes all connections, when nobody uses them any more.
    pub(super) async fn close(&self) {
        self.0.places.close_when_free().await;
        let idle = std::mem::take(&mut *self.0.idle());
        let closing = spawn_blocking(move || idle.into_iter().for_each(File::close));
        if closing.await.is_err() {
            tracing::warn!("closing the readers failed");
        }
    }
}

/// What a thread that may wait came to.
async fn waited_for<T>(task: tokio::task::JoinHandle<Result<T, DbErr>>) -> Result<T, DbErr> {
    let ended = task.await;
    ended.unwrap_or_else(|_| Err(DbErr::Custom("a reader did not come to an end".into())))
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, VecDeque<File>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> Result<File, rusqlite::Error> {
        // The writer made the file, and keeps its log beside it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.lock_patience)?;
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA query_only = ON")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let now = Instant::now();
        Ok(File {
            connection,
            lock_patience: self.lock_patience,
            opened: now,
            used: now,
        })
    }

    fn take_back(&self, mut file: File) {
        file.used = Instant::now();
        let mut idle = self.idle();
        let mut old = Vec::new();
        if file.opened.elapsed() < LIFETIME {
            idle.push_back(file);
        } else {
            old.push(file);
        }
        while idle.front().is_some_and(|first| first.used.elapsed() > IDLE) {
            old.extend(idle.pop_front());
        }
        drop(idle);
        if !old.is_empty() {
            // Nobody waits for it.
            drop(spawn_blocking(move || old.into_iter().for_each(File::close)));
        }
    }
}

impl File {
    /// What `read` makes of the rows of a statement that waits for no lock and comes to its end in `SHORT`. One that fails
    /// is told of by who runs it again.
    fn short_rows<T>(&self, statement: &Statement, read: &impl Fn(&Fetched<'_>) -> Result<T, DbErr>) -> Option<Vec<T>> {
        let begun = Instant::now();
        self.limit(Duration::ZERO, move || begun.elapsed() > SHORT).ok()?;
        let prepared = self.prepared(statement).ok()?;
        if prepared.get_status(StatementStatus::VmStep) > SHORT_STEPS {
            // So many they were the last time.
            return None;
        }
        fetched(prepared, read).ok()
    }

    /// What `read` makes of the rows of a statement that ends early when nobody waits for it any more. An interruption
    /// from another thread would be lost on a statement that is about to begin, or hit the one after it.
    fn rows<T>(
        &self,
        statement: &Statement,
        read: &impl Fn(&Fetched<'_>) -> Result<T, DbErr>,
        is_left: Arc<AtomicBool>,
    ) -> Result<Vec<T>, DbErr> {
        if is_left.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let is_left = move || is_left.load(Ordering::Relaxed);
        self.limit(self.lock_patience, is_left).map_err(sql::of_file)?;
        fetched(self.prepared(statement).map_err(sql::of_file)?, read)
    }

    /// How long what follows waits for a lock, and when it is to end. To prepare a statement can wait too.
    fn limit(
        &self,
        lock_patience: Duration,
        is_to_end: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(), rusqlite::Error> {
        self.connection.busy_timeout(lock_patience)?;
        self.connection.progress_handler(STEPS, Some(is_to_end))
    }

    fn prepared(&self, statement: &Statement) -> Result<CachedStatement<'_>, rusqlite::Error> {
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        bind(
            &mut prepared,
            statement.values.as_ref().map_or(&[][..], |values| &values.0),
        )?;
        Ok(prepared)
    }

    fn close(self) {
        // What was asked here tells SQLite which statistics are missing; they can wait.
        let _ = self.limit(self.lock_patience, || false);
        let _ = self
            .connection
            .execute_batch("PRAGMA query_only = OFF; PRAGMA optimize");
    }
}

/// What `read` makes of the rows of a statement.
fn fetched<T>(
    mut prepared: CachedStatement<'_>,
    read: &impl Fn(&Fetched<'_>) -> Result<T, DbErr>,
) -> Result<Vec<T>, DbErr> {
    prepared.reset_status(StatementStatus::VmStep);
    let width = prepared.column_count();
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(sql::of_file)? {
        let mut values = Vec::with_capacity(width);
        for column in 0..width {
            values.push(row.get_ref(column).map_err(sql::of_file)?);
        }
        found.push(read(&Fetched::File(values))?);
    }
    Ok(found)
}

/// Somebody who waits for a statement; whether it was left is looked at while it runs.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Files;
    use crate::sql::{is_passing, without_values};
    use sea_orm::{DatabaseBackend, DbErr, Statement};
    use std::{
        path::PathBuf,
        time::{Duration, Instant},
    };

    /// A file of a test, removed with it.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let name = format!("fieldhouse_{name}_{}.db", std::process::id());
            Self(std::env::temp_dir().join(name))
        }

        fn beside(&self) -> rusqlite::Connection {
            rusqlite::Connection::open(&self.0).expect("the file opens")
        }

        async fn files(&self, size: u32) -> Files {
            let patience = Duration::from_secs(5);
            let files = Files::open(self.0.clone(), size, patience, Duration::ZERO).await;
            files.expect("the file opens")
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            // It goes with the folder for such files otherwise.
            let _ = std::fs::remove_file(&self.0);
        }
    }

    async fn numbers(files: &Files, sql: &str) -> Result<Vec<i64>, DbErr> {
        let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
        files.read(statement, |row| row.get(0)).await
    }

    #[tokio::test]
    async fn who_stops_waiting_stops_the_statement_and_no_other() {
        let place = Place::new("given_up");
        place.beside().execute_batch("CREATE TABLE one (id)").expect("a table");
        let files = place.files(1).await;
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        for round in 0..20 {
            let begun = Instant::now();
            let given_up = tokio::time::timeout(Duration::from_millis(round * 2), numbers(&files, endless)).await;
            assert!(given_up.is_err());
            assert_eq!(numbers(&files, "SELECT count(*) FROM one").await, Ok(vec![0]));
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        }
        assert_eq!(files.numbers(), (1, 0));
        files.close().await;
        assert!(matches!(
            numbers(&files, "SELECT 1").await,
            Err(DbErr::ConnectionAcquire(_))
        ));
    }

    #[tokio::test]
    async fn a_long_statement_keeps_nobody_from_the_thread() {
        let place = Place::new("long");
        place.beside().execute_batch("CREATE TABLE one (id)").expect("a table");
        let files = place.files(2).await;
        let rows = |last: &str| {
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n {last}) SELECT i FROM n")
        };
        let [endless, long] = [rows(""), rows("LIMIT 200000")];
        for _ in 0..3 {
            tokio::select! {
                biased;
                ended = numbers(&files, &endless) => panic!("an endless statement ended: {ended:?}"),
                found = numbers(&files, "SELECT count(*) FROM one") => assert_eq!(found, Ok(vec![0])),
            }
            assert_eq!(numbers(&files, &long).await, Ok((1..=200_000).collect()));
        }
        files.close().await;
    }

    #[tokio::test]
    async fn a_refusal_is_told_by_its_code_alone() {
        let place = Place::new("refused");
        let beside = place.beside();
        let table = "CREATE TABLE one (id); INSERT INTO one VALUES (7)";
        beside.execute_batch(table).expect("a table");
        let files = place.files(2).await;

        beside.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
        let locked = numbers(&files, "SELECT id FROM one").await.expect_err("it is locked");
        assert!(is_passing(&locked));
        assert_eq!(without_values(&locked), "code 5, constraint none");
        beside.execute_batch("COMMIT").expect("no lock");
        assert_eq!(numbers(&files, "SELECT id FROM one").await, Ok(vec![7]));

        let written = numbers(&files, "DELETE FROM one RETURNING id").await;
        assert_eq!(
            without_values(&written.expect_err("it only reads")),
            "code 8, constraint none"
        );
        let unknown = numbers(&files, "SELECT 'a secret' FROM nowhere")
            .await
            .expect_err("no table");
        assert!(!is_passing(&unknown) && !unknown.to_string().contains("secret"));
        let text = numbers(&files, "SELECT 'a secret'").await.expect_err("no number");
        assert!(!text.to_string().contains("secret"));
        files.close().await;
    }
}
