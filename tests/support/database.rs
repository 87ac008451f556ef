//! A database for each test: on SQLite the copy of a migrated file, on PostgreSQL the clone of a migrated template.
use super::{cluster::Cluster, world::World};
use fieldhouse::config::DatabaseOptions;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use std::{
    path::{Path, PathBuf},
    process,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::runtime::{Builder, Runtime};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded default.
    Sqlite,
    /// The throwaway cluster of this run.
    Postgres,
}

/// A database of one test, removed with it: those of a whole run would take gigabytes.
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    place: Place,
}

/// What is removed with a database.
enum Place {
    /// Its files.
    File(PathBuf),
    /// The database of this name.
    Server(&'static Cluster, String),
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.place {
            Place::File(file) => remove(file),
            // One that is left is dropped when the process ends, as far as that can be.
            Place::Server(cluster, name) => {
                let _ = administer(cluster, &format!("DROP DATABASE {name} WITH (FORCE)"));
            }
        }
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn new_name() -> String {
    format!(
        "fieldhouse_test_{}_{}",
        process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    )
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts")
}

/// Runs a test in a world on a fresh, migrated database. Without PostgreSQL its variants are skipped, saying why.
pub fn run<F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(World) -> F) {
    let Some(database) = fresh(kind) else {
        eprintln!("skipped: there is no PostgreSQL on this machine");
        return;
    };
    runtime().block_on(async {
        let world = World::on(kind, &database.url).await;
        test(world.clone()).await;
        world.close().await;
    });
}

/// Runs a test that opens its databases itself, given the URL of an empty one.
pub fn run_empty<F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(String) -> F) {
    let Some(database) = empty(kind) else {
        eprintln!("skipped: there is no PostgreSQL on this machine");
        return;
    };
    runtime().block_on(test(database.url.clone()));
}

/// A database with the current schema and nothing in it.
fn fresh(kind: Kind) -> Option<TestDatabase> {
    match kind {
        Kind::Sqlite => {
            let file = new_file();
            std::fs::write(&file, sqlite_template()).expect("the template is copied");
            Some(on_file(file))
        }
        Kind::Postgres => {
            let cluster = Cluster::get()?;
            let template = postgres_template(cluster);
            Some(created(cluster, &format!("TEMPLATE {template}")))
        }
    }
}

/// A database without a schema.
fn empty(kind: Kind) -> Option<TestDatabase> {
    match kind {
        Kind::Sqlite => Some(on_file(new_file())),
        Kind::Postgres => Some(created(Cluster::get()?, "")),
    }
}

fn new_file() -> PathBuf {
    std::env::temp_dir().join(format!("{}.db", new_name()))
}

fn on_file(file: PathBuf) -> TestDatabase {
    TestDatabase {
        url: format!("sqlite://{}", file.display()),
        place: Place::File(file),
    }
}

fn remove(file: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        // Not every file was made.
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
}

/// The migrated file that SQLite's databases are copies of. It is kept in memory, for nothing removes a file at the end.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let file = new_file();
        let database = on_file(file.clone());
        runtime().block_on(migrate(&database.url));
        std::fs::read(file).expect("the template is read")
    })
}

fn postgres_template(cluster: &Cluster) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = create(cluster, "");
        runtime().block_on(migrate(&cluster.url(&name)));
        administer(cluster, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).expect("the template is closed");
        name
    })
}

async fn migrate(url: &str) {
    let options = DatabaseOptions {
        database_url: url.into(),
        no_migrate: false,
        patience: Default::default(),
    };
    options.open().await.expect("the schema is made").close().await;
}

fn created(cluster: &'static Cluster, from: &str) -> TestDatabase {
    let name = create(cluster, from);
    TestDatabase {
        url: cluster.url(&name),
        place: Place::Server(cluster, name),
    }
}

/// The name of a new database.
fn create(cluster: &Cluster, from: &str) -> String {
    // A template is copied by one at a time: another copy counts as somebody who uses it.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let name = new_name();
    cluster.drop_later(&name);
    administer(cluster, &format!("CREATE DATABASE {name} {from}")).expect("the database is made");
    name
}

/// Runs a statement that is about whole databases.
fn administer(cluster: &Cluster, statement: &str) -> Result<(), sea_orm::DbErr> {
    runtime().block_on(async {
        let administrator = Database::connect(options(&cluster.administrator())).await?;
        administrator.execute_unprepared(statement).await?;
        administrator.close().await
    })
}

/// One connection beside the server's, for what tests arrange and inspect.
pub async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(options(url)).await.expect("the database answers")
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    options
}
