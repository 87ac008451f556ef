//! What the command line and the environment decide.
use crate::access::Db;
use clap::{Args, builder::FalseyValueParser};
use migration::MigratorTrait;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use std::{path::Path, time::Duration};

/// Where the database is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseOptions {
    /// Database to use: `postgres://...`, or `sqlite://PATH` (the file is made when it is missing).
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://data/fieldhouse.db",
        hide_env_values = true
    )]
    pub database_url: String,
    /// Refuse to start when the schema is not up to date, instead of migrating it.
    #[arg(long, env = "FIELDHOUSE_NO_MIGRATE", value_parser = FalseyValueParser::new())]
    pub no_migrate: bool,
}

/// Why the database cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// The URL begins with neither `sqlite:` nor `postgres:`.
    Url,
    /// The folder of the SQLite file cannot be made.
    Folder(std::io::Error),
    /// The database refused.
    Refused(DbErr),
    /// `--no-migrate` was given and these migrations are missing.
    Outdated(Vec<String>),
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url => formatter.write_str("the database URL must begin with sqlite:// or postgres://"),
            Self::Folder(error) => write!(formatter, "the folder of the database cannot be made: {error}"),
            Self::Refused(error) => write!(formatter, "the database refused: {error}"),
            Self::Outdated(names) => {
                write!(
                    formatter,
                    "the schema lacks {}; run `fieldhouse migrate`",
                    names.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for Unusable {}

impl From<DbErr> for Unusable {
    fn from(error: DbErr) -> Self {
        Self::Refused(error)
    }
}

impl DatabaseOptions {
    /// Opens the database and brings its schema up to date, unless that is forbidden.
    ///
    /// # Errors
    /// See `Unusable`.
    pub async fn open(&self) -> Result<Db, Unusable> {
        let url = self.database_url.as_str();
        if url.starts_with("sqlite:") {
            if let Some(folder) = Path::new(file_of(url))
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder).map_err(Unusable::Folder)?;
            }
        } else if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(Unusable::Url);
        }
        self.migrate().await?;
        if url.starts_with("sqlite:") {
            Ok(Db::new(sqlite(url, 4).await?, sqlite(url, 1).await?))
        } else {
            // Writers that wait for a lock do not keep readers waiting.
            Ok(Db::new(postgres(url, 12).await?, postgres(url, 8).await?))
        }
    }

    /// Runs the migrations that are missing, alone: two servers that start at once wait for each other.
    async fn migrate(&self) -> Result<(), Unusable> {
        let url = self.database_url.as_str();
        let is_sqlite = url.starts_with("sqlite:");
        let connection = if is_sqlite {
            sqlite(url, 1).await?
        } else {
            postgres(url, 1).await?
        };
        let outcome = self.migrate_on(&connection, is_sqlite).await;
        connection.close().await?;
        outcome
    }

    async fn migrate_on(&self, connection: &DatabaseConnection, is_sqlite: bool) -> Result<(), Unusable> {
        if self.no_migrate {
            let missing = migration::Migrator::get_pending_migrations(connection).await?;
            let names: Vec<String> = missing.iter().map(|migration| migration.name().to_owned()).collect();
            return if names.is_empty() {
                Ok(())
            } else {
                Err(Unusable::Outdated(names))
            };
        }
        if is_sqlite {
            // SQLite has no lock that outlives a transaction; the lock on a file beside it ends with the process.
            let lock =
                std::fs::File::create(format!("{}.lock", file_of(&self.database_url))).map_err(Unusable::Folder)?;
            let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
            let _lock = lock
                .map_err(std::io::Error::other)
                .flatten()
                .map_err(Unusable::Folder)?;
            return Ok(migration::Migrator::up(connection, None).await?);
        }
        connection
            .execute_unprepared("SET statement_timeout = 0; SET lock_timeout = 0")
            .await?;
        connection
            .execute_unprepared("SELECT pg_advisory_lock(7163820014)")
            .await?;
        let outcome = migration::Migrator::up(connection, None).await;
        connection
            .execute_unprepared("SELECT pg_advisory_unlock(7163820014)")
            .await?;
        Ok(outcome?)
    }
}

/// The path in a SQLite URL.
fn file_of(url: &str) -> &str {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    path.split_once('?').map_or(path, |(path, _)| path)
}

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 500;

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .sqlx_logging(false)
        .test_before_acquire(false);
    options
}

async fn sqlite(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(url, connections);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            .statement_cache_capacity(STATEMENTS)
            // Rows come from a thread of their own; a page of them without waiting for each other.
            .row_buffer_size(1_000)
            .foreign_keys(true)
            .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sea_orm::sqlx::sqlite::SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .optimize_on_close(true, None)
    });
    // A writer waits for its turn in the pool; every write is short.
    options.acquire_timeout(Duration::from_secs(if connections == 1 { 30 } else { 2 }));
    Database::connect(options).await
}

async fn postgres(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(url, connections);
    options.map_sqlx_postgres_opts(|options| {
        options
            .options([
                ("statement_timeout", "5s"),
                ("lock_timeout", "3s"),
                // What is asked is what an index answers; to plan it again each time costs more than to run it.
                ("plan_cache_mode", "force_generic_plan"),
                // An index in the order of the list gives the first rows at once; a bitmap of all of them, sorted, never.
                ("enable_bitmapscan", "off"),
            ])
            .statement_cache_capacity(STATEMENTS)
            .application_name("fieldhouse")
    });
    // A connection that was not used for a while may have died with its server.
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.before_acquire(|connection, usage| {
            Box::pin(async move {
                let is_fresh = usage.idle_for < Duration::from_secs(1);
                Ok(is_fresh || sea_orm::sqlx::Connection::ping(connection).await.is_ok())
            })
        })
    });
    Database::connect(options).await
}
