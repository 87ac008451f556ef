//! Copies of a SQLite database: whole, checked, on the disk, or not there at all.
//!
//! `VACUUM INTO` reads the database in one transaction, as of its beginning, and keeps no writer waiting. SQLite's backup
//! interface copies page by page and begins again whenever another process writes, so beside a busy server it may never
//! end; and the copy of a `VACUUM` is one file without a log beside it, and without the room that deleted rows left.
use migration::MigratorTrait;
use sea_orm::{
    SqlxSqliteConnector,
    sqlx::{
        self, Connection, Row,
        sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions},
    },
};
use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

/// Why there is no copy.
#[derive(Debug)]
pub enum NotCopied {
    /// There is no database to copy.
    Missing(PathBuf),
    /// Another copy is being written to the same place.
    Underway(PathBuf),
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// SQLite refused to read the one file or to write the other.
    Refused(PathBuf, String),
    /// The copy is not what it should be.
    Damaged(PathBuf, Vec<String>),
    /// The file holds something else, or the schema of a newer version.
    Foreign(PathBuf, String),
}

impl fmt::Display for NotCopied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(file) => write!(formatter, "there is no database at {}", file.display()),
            Self::Underway(file) => write!(formatter, "another copy is being written to {}", file.display()),
            Self::File(file, error) => write!(formatter, "{}: {error}", file.display()),
            Self::Refused(file, problem) => write!(formatter, "{} cannot be copied: {problem}", file.display()),
            Self::Damaged(file, problems) => {
                write!(formatter, "{} is damaged: {}", file.display(), problems.join("; "))
            }
            Self::Foreign(file, problem) => {
                write!(
                    formatter,
                    "{} is no database of this version: {problem}",
                    file.display()
                )
            }
        }
    }
}

impl std::error::Error for NotCopied {}

/// A copy beside the place that it is meant for, and removed unless it gets there.
pub struct Partial {
    path: PathBuf,
    target: PathBuf,
    file: File,
    is_placed: bool,
}

impl Partial {
    /// Copies the database `source`, to be placed at `target`, and checks the copy.
    ///
    /// # Errors
    /// See `NotCopied`.
    pub async fn of(source: &Path, target: &Path) -> Result<Self, NotCopied> {
        if !source.is_file() {
            return Err(NotCopied::Missing(source.to_owned()));
        }
        let partial = Self::begin(target)?;
        let refused = |error: sqlx::Error| NotCopied::Refused(source.to_owned(), error.to_string());
        let mut connection = SqliteConnection::connect_with(&options(source))
            .await
            .map_err(refused)?;
        sqlx::query("VACUUM INTO ?")
            .bind(partial.path.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await
            .map_err(refused)?;
        connection.close().await.map_err(refused)?;
        inspect(&partial.path, source).await?;
        Ok(partial)
    }

    fn begin(target: &Path) -> Result<Self, NotCopied> {
        let mut path = target.as_os_str().to_owned();
        path.push(".partial");
        let path = PathBuf::from(path);
        let failed = |error| NotCopied::File(path.clone(), error);
        // Password hashes and what athletes confide stand in it.
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotCopied::Underway(target.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // The one before may have put it in its place meanwhile: then it is a copy that is complete.
        let own = file.metadata().map_err(failed)?;
        let there = fs::metadata(&path).map(|there| (there.dev(), there.ino()));
        if !there.is_ok_and(|there| there == (own.dev(), own.ino())) {
            return Err(NotCopied::Underway(target.to_owned()));
        }
        // What a copy that was cut short left; SQLite writes into an empty file only.
        file.set_len(0).map_err(failed)?;
        Ok(Self {
            path,
            target: target.to_owned(),
            file,
            is_placed: false,
        })
    }

    /// How many bytes it has.
    ///
    /// # Errors
    /// The file cannot be asked.
    pub fn size(&self) -> Result<u64, NotCopied> {
        let size = self.file.metadata().map(|file| file.size());
        size.map_err(|error| NotCopied::File(self.path.clone(), error))
    }

    /// Gives it the owner and the permissions of a file that it is to replace.
    ///
    /// # Errors
    /// Not permitted.
    pub fn imitate(&self, other: &Path) -> Result<(), NotCopied> {
        let imitate = || {
            let (own, other) = (self.file.metadata()?, fs::metadata(other)?);
            self.file.set_permissions(other.permissions())?;
            if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
                std::os::unix::fs::fchown(&self.file, Some(other.uid()), Some(other.gid()))?;
            }
            Ok(())
        };
        imitate().map_err(|error| NotCopied::File(self.path.clone(), error))
    }

    /// Puts it in its place, instead of what is there; a power cut leaves the one or the other.
    ///
    /// # Errors
    /// The disk refused.
    pub fn place(mut self) -> Result<(), NotCopied> {
        let place = || {
            self.file.sync_all()?;
            fs::rename(&self.path, &self.target)?;
            sync_folder_of(&self.target)
        };
        place().map_err(|error| NotCopied::File(self.target.clone(), error))?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_placed {
            // It may have been renamed before something else failed.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Has the names in the folder of a file on the disk.
pub fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A connection to a file that exists, in whatever mode it is.
pub fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(5))
}

/// Checks a copy: its pages and indexes, its references, and that it is a database of Fieldhouse.
async fn inspect(copy: &Path, source: &Path) -> Result<(), NotCopied> {
    let refused = |error: sqlx::Error| NotCopied::Refused(source.to_owned(), error.to_string());
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options(copy).read_only(true))
        .await
        .map_err(refused)?;
    let mut problems = Vec::new();
    for row in sqlx::query("PRAGMA integrity_check")
        .fetch_all(&pool)
        .await
        .map_err(refused)?
    {
        let problem: String = row.try_get(0).map_err(refused)?;
        if problem != "ok" {
            problems.push(problem);
        }
    }
    let dangling = "SELECT DISTINCT \"table\" || ' refers to missing rows of ' || parent FROM pragma_foreign_key_check";
    for row in sqlx::query(dangling).fetch_all(&pool).await.map_err(refused)? {
        problems.push(row.try_get(0).map_err(refused)?);
    }
    if !problems.is_empty() {
        return Err(NotCopied::Damaged(source.to_owned(), problems));
    }
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    let migrations = migration::Migrator::get_applied_migrations_read_only(&connection).await;
    let foreign = |problem: String| NotCopied::Foreign(source.to_owned(), problem);
    if migrations.map_err(|error| foreign(error.to_string()))?.is_empty() {
        return Err(foreign("it has no schema of Fieldhouse".to_owned()));
    }
    connection.close().await.map_err(|error| foreign(error.to_string()))
}
