//! What the command line and the environment decide.
mod drivers;

use crate::{
    access::{Connections, Db, Readers, Server},
    lock::Lock,
    secret::Secret,
    sql,
};
use clap::{Args, builder::FalseyValueParser};
use drivers::{files, postgres, server, sqlite};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, sqlx::Error as DriverError};
use sqlx::postgres::PgConnectOptions;
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};
use url::Url;

/// How long a server that must migrate waits for those who have its SQLite database open.
const PATIENCE: Duration = Duration::from_secs(10);

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
    pub database_url: Secret,
    /// Refuse to start when the schema is not up to date, instead of migrating it.
    #[arg(long, env = "FIELDHOUSE_NO_MIGRATE", value_parser = FalseyValueParser::new())]
    pub no_migrate: bool,
    /// How long it is waited for.
    #[command(flatten)]
    pub patience: Patience,
}

/// How long the database is waited for.
#[derive(Args, Clone, Copy, Debug)]
pub struct Patience {
    /// Seconds that a statement may take on PostgreSQL.
    #[arg(long, env = "FIELDHOUSE_MAX_STATEMENT_SECONDS", default_value_t = Self::DEFAULT.max_statement_seconds)]
    pub max_statement_seconds: u64,
    /// Seconds that a statement may wait for a lock.
    #[arg(long, env = "FIELDHOUSE_MAX_LOCK_SECONDS", default_value_t = Self::DEFAULT.max_lock_seconds)]
    pub max_lock_seconds: u64,
    /// Seconds that a request may wait for a connection; on SQLite, which has one for changes, changes wait longer.
    #[arg(long, env = "FIELDHOUSE_MAX_ACQUIRE_SECONDS", default_value_t = Self::DEFAULT.max_acquire_seconds)]
    pub max_acquire_seconds: u64,
}

impl Patience {
    const DEFAULT: Self = Self {
        max_statement_seconds: 5,
        max_lock_seconds: 3,
        max_acquire_seconds: 2,
    };
}

impl Default for Patience {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why the database cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// The URL begins with neither `sqlite:` nor `postgres:`.
    Url,
    /// The URL is not written as one.
    Unreadable(url::ParseError),
    /// The folder of the SQLite file, or the lock in it, cannot be made.
    Folder(std::io::Error),
    /// The SQLite database is to be migrated and somebody else has it open.
    InUse(PathBuf),
    /// The database refused.
    Refused(DbErr),
    /// `--no-migrate` was given and these migrations are missing.
    Outdated(Vec<String>),
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => formatter.write_str("the database URL must begin with sqlite:// or postgres://"),
            // The URL itself holds the password.
            Self::Unreadable(error) => write!(
                formatter,
                "the database URL cannot be read: {error}; in a password, write : / ? # @ % as %3A %2F %3F %23 %40 %25"
            ),
            Self::InUse(file) => write!(
                formatter,
                "the schema of {} is not up to date, and another process has it open: stop that first",
                file.display()
            ),
            Self::Folder(error) => write!(formatter, "the folder of the database cannot be made: {error}"),
            Self::Refused(DbErr::Conn(RuntimeErr::SqlxError(error)))
                if matches!(**error, DriverError::Configuration(_)) =>
            {
                // The driver quotes what it does not understand.
                formatter.write_str("the database URL has a parameter whose value is not known")
            }
            Self::Refused(DbErr::Conn(RuntimeErr::SqlxError(error)))
                if matches!(**error, DriverError::PoolTimedOut) =>
            {
                formatter.write_str("the database cannot be reached, or takes no more connections")
            }
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

/// The database that a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server.
    Postgres,
}

impl DatabaseOptions {
    /// Opens the database and brings its schema up to date, unless that is forbidden.
    ///
    /// # Errors
    /// See `Unusable`.
    pub async fn open(&self) -> Result<Db, Unusable> {
        let url = &self.url()?;
        let patience = self.patience;
        match self.place()? {
            Place::Sqlite(file) => {
                make_folder_of(&file).map_err(Unusable::Folder)?;
                let lock = self.migrate_file(url, &file).await?;
                let writer = sqlite(url, patience).await?;
                let readers = Readers::File(files(&writer, 4, patience).await?);
                let pool = writer.get_sqlite_connection_pool().clone();
                Ok(Db::new(readers, Connections::of_file(pool), Some(lock)))
            }
            Place::Postgres => {
                self.migrate_server(url).await?;
                let options = server(PgConnectOptions::from_str(url).map_err(sql::of_sqlx)?, patience);
                let url = Url::parse(url).map_err(Unusable::Unreadable)?;
                let acquire = Duration::from_secs(patience.max_acquire_seconds);
                let server = Arc::new(Server::of(&url, &options, acquire)?);
                // Writers that wait for a lock do not keep readers waiting.
                let readers = Readers::of(server.clone(), &options, 12, acquire).await?;
                Ok(Db::new(readers, Connections::of_server(server, 8, acquire), None))
            }
        }
    }

    /// Which database it is.
    ///
    /// # Errors
    /// The URL names neither a SQLite nor a PostgreSQL database.
    pub fn place(&self) -> Result<Place, Unusable> {
        let url = self.database_url.expose();
        if url.starts_with("sqlite:") {
            Ok(Place::Sqlite(PathBuf::from(file_of(url))))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Place::Postgres)
        } else {
            Err(Unusable::Url)
        }
    }

    /// One connection to a database that exists, whatever its schema.
    ///
    /// # Errors
    /// See `Unusable`.
    pub(crate) async fn connect(&self) -> Result<DatabaseConnection, Unusable> {
        let url = &self.url()?;
        Ok(match self.place()? {
            Place::Sqlite(_) => sqlite(url, self.patience).await?,
            Place::Postgres => postgres(url, self.patience).await?,
        })
    }

    /// The database in words that may be seen: the file, or the address of the server.
    pub(crate) fn whereabouts(&self) -> String {
        match (self.place(), Url::parse(self.database_url.expose())) {
            (Ok(Place::Sqlite(file)), _) => file.display().to_string(),
            (Ok(Place::Postgres), Ok(url)) => {
                format!(
                    "{}:{}",
                    url.host_str().unwrap_or("localhost"),
                    url.port().unwrap_or(5432)
                )
            }
            _ => "nowhere".to_owned(),
        }
    }

    /// The URL as the driver takes it. What the driver does not know it would log with its value, which may be a password
    /// after a slip of the pen; so only the name is told here.
    fn url(&self) -> Result<String, Unusable> {
        let mut url = Url::parse(self.database_url.expose()).map_err(Unusable::Unreadable)?;
        if self.place()? != Place::Postgres || url.query().is_none() {
            return Ok(self.database_url.expose().to_owned());
        }
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.query_pairs_mut().clear();
        for (name, value) in parameters {
            if PARAMETERS.contains(&name.as_str()) || name.starts_with("options[") {
                url.query_pairs_mut().append_pair(&name, &value);
            } else {
                tracing::warn!(name, "a parameter of the database URL is not known");
            }
        }
        Ok(url.into())
    }

    /// Runs the migrations that are missing from a file, alone: of servers that start at once one migrates while the
    /// others wait, and none finds the schema changed while it serves. What is returned keeps it so.
    async fn migrate_file(&self, url: &str, file: &Path) -> Result<Lock, Unusable> {
        let started = Instant::now();
        loop {
            // Told before it is tried: others may have had the file alone for longer than that.
            let is_last = started.elapsed() > PATIENCE;
            // First of all: two who make a file at once, or turn it to WAL, refuse each other without waiting.
            if !self.no_migrate
                && let Some(_lock) = Lock::alone(file).map_err(Unusable::Folder)?
            {
                let connection = sqlite(url, self.patience).await?;
                let outcome = migration::Migrator::up(&connection, None).await;
                connection.close().await?;
                outcome?;
            }
            let lock = Lock::shared(file).await.map_err(Unusable::Folder)?;
            let looking = Instant::now();
            let missing = pending_of_file(url, self.patience).await?;
            if missing.is_empty() {
                return Ok(lock);
            }
            if self.no_migrate {
                return Err(Unusable::Outdated(missing));
            }
            drop(lock);
            if is_last {
                return Err(Unusable::InUse(file.to_owned()));
            }
            // Longer than the look took: of two who wait for a third, one then asks while the other has let go.
            tokio::time::sleep(looking.elapsed() + Duration::from_millis(20)).await;
        }
    }

    /// Runs the migrations that are missing from a PostgreSQL database, one server after the other.
    async fn migrate_server(&self, url: &str) -> Result<(), Unusable> {
        let connection = postgres(url, self.patience).await?;
        let outcome = self.migrate_on(&connection).await;
        connection.close().await?;
        outcome
    }

    async fn migrate_on(&self, connection: &DatabaseConnection) -> Result<(), Unusable> {
        if self.no_migrate {
            let missing = pending(connection).await?;
            return if missing.is_empty() {
                Ok(())
            } else {
                Err(Unusable::Outdated(missing))
            };
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

/// Parameters of a PostgreSQL URL that the driver knows.
const PARAMETERS: [&str; 17] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Names of the migrations that the database lacks.
///
/// # Errors
/// The database refused.
pub(crate) async fn pending(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let missing = migration::Migrator::get_pending_migrations_read_only(connection).await?;
    Ok(missing.iter().map(|migration| migration.name().to_owned()).collect())
}

async fn pending_of_file(url: &str, patience: Patience) -> Result<Vec<String>, DbErr> {
    let connection = sqlite(url, patience).await?;
    let missing = pending(&connection).await;
    connection.close().await?;
    missing
}

/// Makes the folder that a file is to lie in.
pub(crate) fn make_folder_of(file: &Path) -> std::io::Result<()> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    }
}

/// The path in a SQLite URL.
fn file_of(url: &str) -> &str {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    path.split_once('?').map_or(path, |(path, _)| path)
}
