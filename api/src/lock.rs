//! Who has a SQLite database open. SQLite's own locks end with a statement or a connection; the one on a file beside
//! the database lasts until it is dropped or the process ends, however it ends. Whoever uses the database shares it,
//! and whoever changes its schema or puts another in its place has it alone.
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The right to use a SQLite database, or to have it alone.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// The right to use the database, once nobody has it alone.
    ///
    /// # Errors
    /// The file beside the database cannot be made or locked.
    pub async fn shared(database: &Path) -> io::Result<Self> {
        let file = open(database)?;
        let locked = tokio::task::spawn_blocking(move || file.lock_shared().map(|()| file)).await;
        Ok(Self {
            _file: locked.map_err(io::Error::other)??,
        })
    }

    /// The database alone; none while somebody uses it.
    ///
    /// # Errors
    /// The file beside the database cannot be made or locked.
    pub fn alone(database: &Path) -> io::Result<Option<Self>> {
        let file = open(database)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn open(database: &Path) -> io::Result<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    // Never removed: two who lock two files of the same name would both be alone.
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(path))
}
