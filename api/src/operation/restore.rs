//! A copy becomes the database again.
use super::{
    backup::is_same,
    copy::{NotCopied, Partial},
    replace::{Obstacle, clear, keep},
};
use crate::{
    config::{DatabaseOptions, Place, Unusable, make_folder_of},
    lock::Lock,
    scope::Clock,
};
use clap::Args;
use std::{fmt, io, path::PathBuf};

/// What to restore, and where to.
#[derive(Args, Debug)]
#[command(mut_arg("no_migrate", |option| option.hide(true)))]
pub struct RestoreOptions {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The file that `backup` made.
    pub file: PathBuf,
    /// Replace the database when there is one; it is kept beside the new one.
    #[arg(long)]
    pub overwrite: bool,
}

/// Why nothing was restored. The database is as it was.
#[derive(Debug)]
pub enum NotRestored {
    /// The URL names no database.
    Database(Unusable),
    /// PostgreSQL has its own.
    Postgres,
    /// There is a database, and nobody said that it may be replaced.
    Exists(PathBuf),
    /// The file is the database itself.
    Itself(PathBuf),
    /// Somebody has the database open.
    InUse(PathBuf),
    /// The folder of the database, or the lock in it, cannot be made.
    Folder(io::Error),
    /// The database that is there cannot be put aside.
    Aside(PathBuf, String),
    /// The copy failed.
    Copy(NotCopied),
}

impl fmt::Display for NotRestored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => error.fmt(formatter),
            Self::Postgres => formatter.write_str(
                "this restores SQLite; for PostgreSQL, into an empty database: \
                 pg_restore --single-transaction --exit-on-error --no-owner --dbname=\"$DATABASE_URL\" FILE",
            ),
            Self::Exists(file) => write!(
                formatter,
                "{} exists; --overwrite replaces it and keeps it beside the restored one",
                file.display()
            ),
            Self::Itself(file) => write!(formatter, "{} is the database itself", file.display()),
            Self::InUse(file) => write!(formatter, "{} is in use: stop the server first", file.display()),
            Self::Folder(error) => write!(formatter, "the folder of the database cannot be used: {error}"),
            Self::Aside(file, problem) => write!(formatter, "{} cannot be put aside: {problem}", file.display()),
            Self::Copy(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for NotRestored {}

impl From<NotCopied> for NotRestored {
    fn from(error: NotCopied) -> Self {
        Self::Copy(error)
    }
}

impl From<Obstacle> for NotRestored {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::InUse(file) => Self::InUse(file),
            Obstacle::Refused(file, problem) => Self::Aside(file, problem),
        }
    }
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    database: PathBuf,
    kept: Option<PathBuf>,
}

impl fmt::Display for Restored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is restored and checked", self.database.display())?;
        match &self.kept {
            Some(kept) => write!(
                formatter,
                "; what was there is now {}: delete it when you do not need it",
                kept.display()
            ),
            None => Ok(()),
        }
    }
}

/// Puts a copy in the place of the database.
///
/// # Errors
/// See `NotRestored`.
pub async fn restore(options: RestoreOptions) -> Result<Restored, NotRestored> {
    let RestoreOptions {
        database,
        file,
        overwrite,
    } = options;
    let Place::Sqlite(target) = database.place().map_err(NotRestored::Database)? else {
        return Err(NotRestored::Postgres);
    };
    if is_same(&file, &target) {
        return Err(NotRestored::Itself(file));
    }
    if target.exists() && !overwrite {
        return Err(NotRestored::Exists(target));
    }
    make_folder_of(&target).map_err(NotRestored::Folder)?;
    let Some(_lock) = Lock::alone(&target).map_err(NotRestored::Folder)? else {
        return Err(NotRestored::InUse(target));
    };
    let copy = Partial::of(&file, &target).await?;
    if target.exists() {
        clear(&target).await?;
        copy.imitate(&target)?;
    }
    let kept = keep(&target, Clock::default().now())?;
    copy.place()?;
    Ok(Restored { database: target, kept })
}
