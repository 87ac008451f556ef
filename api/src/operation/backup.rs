//! A copy of the database, made while the server serves.
use super::copy::{NotCopied, Partial};
use crate::{
    config::{DatabaseOptions, Place, Unusable, make_folder_of},
    lock::Lock,
};
use clap::Args;
use std::{
    fmt, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What to copy, and where to.
#[derive(Args, Debug)]
#[command(mut_arg("no_migrate", |option| option.hide(true)))]
pub struct BackupOptions {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The file to make.
    pub file: PathBuf,
    /// Replace the file when it exists, once the new copy is complete and checked.
    #[arg(long)]
    pub overwrite: bool,
}

/// Why there is no backup.
#[derive(Debug)]
pub enum NotBackedUp {
    /// The URL names no database.
    Database(Unusable),
    /// PostgreSQL has its own.
    Postgres,
    /// The file exists, and nobody said that it may be replaced.
    Exists(PathBuf),
    /// The file is the database itself.
    Itself(PathBuf),
    /// The lock beside the database cannot be had.
    Lock(io::Error),
    /// The copy failed.
    Copy(NotCopied),
}

impl fmt::Display for NotBackedUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => error.fmt(formatter),
            Self::Postgres => formatter.write_str(
                "this copies SQLite; for PostgreSQL: pg_dump --format=custom --no-owner --file=FILE \"$DATABASE_URL\"",
            ),
            Self::Exists(file) => write!(formatter, "{} exists; --overwrite replaces it", file.display()),
            Self::Itself(file) => write!(formatter, "{} is the database itself", file.display()),
            Self::Lock(error) => write!(formatter, "the lock beside the database cannot be had: {error}"),
            Self::Copy(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for NotBackedUp {}

impl From<NotCopied> for NotBackedUp {
    fn from(error: NotCopied) -> Self {
        Self::Copy(error)
    }
}

/// What was copied.
#[derive(Debug)]
pub struct BackedUp {
    file: PathBuf,
    size: u64,
}

impl fmt::Display for BackedUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} holds the database, checked, in {} kB",
            self.file.display(),
            self.size.div_ceil(1_000)
        )
    }
}

/// Copies the database as it is now into a file.
///
/// # Errors
/// See `NotBackedUp`.
pub async fn backup(options: BackupOptions) -> Result<BackedUp, NotBackedUp> {
    let BackupOptions {
        database,
        file,
        overwrite,
    } = options;
    let Place::Sqlite(source) = database.place().map_err(NotBackedUp::Database)? else {
        return Err(NotBackedUp::Postgres);
    };
    if is_same(&source, &file) {
        return Err(NotBackedUp::Itself(file));
    }
    if file.exists() && !overwrite {
        return Err(NotBackedUp::Exists(file));
    }
    if !source.is_file() {
        return Err(NotCopied::Missing(source).into());
    }
    // Nobody puts another database in its place meanwhile, or is about to change its schema.
    let _lock = Lock::shared(&source).await.map_err(NotBackedUp::Lock)?;
    make_folder_of(&file).map_err(|error| NotCopied::File(file.clone(), error))?;
    let copy = Partial::of(&source, &file).await?;
    let size = copy.size()?;
    copy.place()?;
    Ok(BackedUp { file, size })
}

/// Whether two paths lead to one file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
