//! Turns at connections: no more at a time than there may be connections, and an end to waiting.
use sea_orm::{ConnAcquireErr, DbErr};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection is used before another takes its place.
pub(super) const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// How long a connection is kept that nobody needs.
pub(super) const IDLE: Duration = Duration::from_secs(10 * 60);

/// One permit for each connection that there may be.
pub(super) struct Places {
    free: Arc<Semaphore>,
    size: u32,
    /// How long one waits for a connection.
    patience: Duration,
}

impl Places {
    pub(super) fn new(size: u32, patience: Duration) -> Self {
        Self {
            free: Arc::new(Semaphore::new(size as usize)),
            size,
            patience,
        }
    }

    /// A place, when one's turn comes.
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, DbErr> {
        match tokio::time::timeout(self.patience, self.free.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    /// How long one waits.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// How many places are taken.
    pub(super) fn taken(&self) -> u32 {
        let free = u32::try_from(self.free.available_permits()).unwrap_or(self.size);
        self.size.saturating_sub(free)
    }

    /// Gives no more places, once all are free, or nobody waits for that any more.
    pub(super) async fn close_when_free(&self) {
        let _closing = Closing(&self.free);
        // They come in the order in which they were asked for; where they are closed already, there is nothing to wait for.
        let _all = self.free.acquire_many(self.size).await;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.free.is_closed()
    }
}

/// Closes what it holds at its end.
struct Closing<'a>(&'a Semaphore);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
