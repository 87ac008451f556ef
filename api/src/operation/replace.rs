//! Putting a SQLite database aside, so that at every moment there is a whole one in its place.
use super::copy::{options, sync_folder_of};
use chrono::{DateTime, Utc};
use sqlx::{
    self, Connection,
    sqlite::{SqliteConnection, SqliteLockingMode},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Why a database cannot be put aside.
pub enum Obstacle {
    /// Another program has it open.
    InUse(PathBuf),
    /// The disk or SQLite refused.
    Refused(PathBuf, String),
}

/// Has everything that was committed in the database file itself. The lock beside it keeps out Fieldhouse alone; here
/// other programs are found too, for whoever has a database with a log open keeps a shared lock on it.
///
/// # Errors
/// Another program has it open. What SQLite cannot read nobody can have open.
pub async fn clear(database: &Path) -> Result<(), Obstacle> {
    let alone = options(database)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(Duration::from_millis(500));
    let clear = async {
        let mut connection = SqliteConnection::connect_with(&alone).await?;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await?;
        sqlx::query("COMMIT").execute(&mut connection).await?;
        // The last connection takes the log along.
        connection.close().await
    };
    let Err(error) = clear.await else {
        return Ok(());
    };
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        // Busy, busy while it recovers, locked.
        Some("5" | "261" | "6") => Err(Obstacle::InUse(database.to_owned())),
        // Corrupt, no database.
        Some("11" | "26") => Ok(()),
        _ => Err(Obstacle::Refused(database.to_owned(), error.to_string())),
    }
}

/// Gives the database, if there is one, a second name and leaves it in its place until another takes that; the name.
///
/// # Errors
/// The disk refused.
pub fn keep(database: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, Obstacle> {
    let is_there = database.exists();
    let kept = beside(database, &now.format(".replaced-%Y%m%dT%H%M%SZ").to_string());
    let keep = || {
        if is_there {
            // Not every file system knows second names.
            fs::hard_link(database, &kept).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::copy(database, &kept).map(drop),
            })?;
        }
        // What could not be read has a log left, and what somebody deleted; another database would take it for its own.
        for suffix in ["-wal", "-shm", "-journal"] {
            let log = beside(database, suffix);
            if log.exists() {
                fs::rename(log, beside(&kept, suffix))?;
            }
        }
        sync_folder_of(database)
    };
    keep().map_err(|error| Obstacle::Refused(database.to_owned(), error.to_string()))?;
    Ok(is_there.then_some(kept))
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}
