//! The readers of PostgreSQL. Those who ask at the same time share connections, so that one wake of the database, and one
//! of ours, serves several: 32 at a time on one connection were measured to cost PostgreSQL half of what they cost on
//! twelve. As many are used at a time as there are processors, or all would wait while the process of one does; what takes
//! long is not waited behind.
use super::{
    places::{IDLE, LIFETIME, Places},
    wire::{Server, Wire},
};
use crate::sql;
use entity::Fetched;
use futures_util::future::join_all;
use sea_orm::{ConnAcquireErr, DbErr, Statement};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit, time::timeout};

/// How many wait for one connection before others go elsewhere.
const SHARED: u32 = 16;

/// How many wait for one connection at most, on average.
const MOST: u32 = 16;

/// How long a connection may have answered nobody before others go elsewhere: what it runs is a long statement.
const SLOW: Duration = Duration::from_millis(2);

/// How long it may have answered nobody before one rather waits until another is opened.
const STALLED: Duration = Duration::from_millis(5);

/// How long a refused connection is not asked for again.
const REFUSED: Duration = Duration::from_secs(1);

/// Connections that read, each for several at a time.
pub(crate) struct Lines(Arc<Shared>);

struct Shared {
    server: Arc<Server>,
    size: usize,
    /// How many are used at the same time although one would do: one a processor.
    spread: usize,
    open: Mutex<Vec<Arc<Line>>>,
    /// Held by who opens a connection; when one was refused last.
    opening: tokio::sync::Mutex<Option<Instant>>,
    places: Places,
}

struct Line {
    wire: Wire,
    waiting: AtomicU32,
    /// When somebody was answered last, or the first began to wait: microseconds since it was opened.
    moved: AtomicU64,
    /// Whether somebody was told of its end.
    is_cut_off: AtomicBool,
}

/// A turn at a connection. Who asked and leaves before the answer came keeps it, and the place, until it comes.
struct Turn {
    line: Arc<Line>,
    place: Option<OwnedSemaphorePermit>,
    is_asked: bool,
    is_answered: bool,
}

impl Lines {
    /// Up to `size` connections, one of which is opened at once. `patience` is how long one waits for a turn.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub(crate) async fn open(server: Arc<Server>, size: u32, patience: Duration) -> Result<Self, DbErr> {
        let lines = Shared {
            server,
            size: size as usize,
            spread: available_parallelism().map_or(1, |processors| processors.get()),
            open: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            places: Places::new(size.saturating_mul(MOST), patience),
        };
        drop(lines.opened().await?);
        Ok(Self(Arc::new(lines)))
    }

    /// What `read` makes of the rows of one statement. It is asked once more where the connection ended, as it does for all
    /// who share it when the server ends it.
    pub(super) async fn read<T>(
        &self,
        statement: &Statement,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr>,
    ) -> Result<Vec<T>, DbErr> {
        match self.read_once(statement, &read).await {
            Err(error) if sql::is_cut_off(&error) => self.read_once(statement, &read).await,
            rows => rows,
        }
    }

    async fn read_once<T>(
        &self,
        statement: &Statement,
        read: impl Fn(&Fetched<'_>) -> Result<T, DbErr>,
    ) -> Result<Vec<T>, DbErr> {
        let place = self.0.places.take().await?;
        let turn = timeout(self.0.places.patience(), self.turn()).await;
        let mut turn = turn.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))?;
        turn.place = Some(place);
        turn.is_asked = true;
        let mut rows = turn.line.wire.query(statement, |row| read(&row)).await;
        if rows.as_ref().is_err_and(sql::is_outdated) {
            // Prepared anew, for what is there now.
            rows = turn.line.wire.query(statement, |row| read(&row)).await;
        }
        if rows.as_ref().is_err_and(sql::is_cut_off) {
            turn.line.is_cut_off.store(true, Ordering::Relaxed);
        }
        turn.is_answered = true;
        rows
    }

    async fn turn(&self) -> Result<Turn, DbErr> {
        match self.0.best() {
            Some((turn, Ease::Free)) => Ok(turn),
            Some((turn, Ease::Crowded)) => {
                let shared = self.0.clone();
                tokio::spawn(async move {
                    if let Ok(mut refused) = shared.opening.try_lock() {
                        // Who needs it most will tell of it.
                        let _ = shared.another(&mut refused).await;
                    }
                });
                Ok(turn)
            }
            stalled => {
                let mut refused = self.0.opening.lock().await;
                match self.0.best() {
                    // While one waited, another opened one.
                    Some((turn, Ease::Free | Ease::Crowded)) => Ok(turn),
                    _ => {
                        let opened = self.0.another(&mut refused).await;
                        opened.or_else(|error| stalled.map(|(turn, _)| turn).ok_or(error))
                    }
                }
            }
        }
    }

    /// How many connections are open, and how many are in use.
    pub(super) fn numbers(&self) -> (u32, u32) {
        let open = self.0.open();
        let used = open.iter().filter(|line| line.waiting() > 0).count();
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (number(open.len()), number(used))
    }

    /// Closes all connections, when nobody uses them any more, or nobody is answered.
    pub(super) async fn close(&self) {
        let patience = self.0.places.patience();
        // Where it takes long, nothing is to be answered any more.
        let _ = timeout(patience, self.0.places.close_when_free()).await;
        let open = std::mem::take(&mut *self.0.open());
        let answered = open.iter().map(|line| line.wire.control(""));
        let _ = timeout(patience, join_all(answered)).await;
    }
}

/// How soon a connection would answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ease {
    /// At once.
    Free,
    /// After many others, or a long statement.
    Crowded,
    /// Nobody knows: it has not answered for a while.
    Stalled,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn at the connection that fewest wait for, of the first few while one of them is free, then at the next that is;
    /// where none is, of all that answer. Where there may be no other, it counts as free.
    fn best(&self) -> Option<(Turn, Ease)> {
        let mut open = self.open();
        open.retain(|line| !line.is_closed());
        // The last one serves until its successor stands.
        let mut left = open.len();
        open.retain(|line| {
            let is_kept = left == 1 || !line.is_over();
            left -= usize::from(!is_kept);
            is_kept
        });
        let (first, rest) = open.split_at(self.spread.min(open.len()));
        let eased = |line: &Arc<Line>| (line.ease(), line.waiting());
        let least = |lines: &[Arc<Line>]| lines.iter().min_by_key(|line| eased(line)).cloned();
        let is_free = |line: &&Arc<Line>| line.ease() == Ease::Free;
        let of_first = least(first)?;
        let line = match of_first.ease() {
            Ease::Free => of_first,
            _ => rest.iter().find(is_free).cloned().or_else(|| least(&open))?,
        };
        let ease = match eased(&line) {
            _ if open.len() >= self.size => Ease::Free,
            (Ease::Free, waiting) if line.is_over() || waiting > 0 && open.len() < self.spread => Ease::Crowded,
            (ease, _) => ease,
        };
        Some((Turn::at(&line), ease))
    }

    /// A turn at a connection of its own.
    async fn another(&self, refused: &mut Option<Instant>) -> Result<Turn, DbErr> {
        if refused.is_some_and(|at| at.elapsed() < REFUSED) && !self.open().is_empty() {
            return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        }
        let opened = self.opened().await;
        *refused = opened.is_err().then(Instant::now);
        opened
    }

    async fn opened(&self) -> Result<Turn, DbErr> {
        let line = Arc::new(Line {
            wire: self.server.open().await?,
            waiting: AtomicU32::new(0),
            moved: AtomicU64::new(0),
            is_cut_off: AtomicBool::new(false),
        });
        let turn = Turn::at(&line);
        if !self.places.is_closed() {
            self.open().push(line);
        }
        Ok(turn)
    }
}

impl Line {
    fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Since when nobody was answered.
    fn still(&self) -> Duration {
        let moved = Duration::from_micros(self.moved.load(Ordering::Relaxed));
        self.wire.age().saturating_sub(moved)
    }

    fn moves(&self) {
        let now = u64::try_from(self.wire.age().as_micros()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
    }

    fn ease(&self) -> Ease {
        match self.waiting() {
            0 => Ease::Free,
            waiting => match self.still() {
                still if still > STALLED => Ease::Stalled,
                still if still > SLOW || waiting >= SHARED => Ease::Crowded,
                _ => Ease::Free,
            },
        }
    }

    fn is_closed(&self) -> bool {
        self.wire.is_closed() || self.is_cut_off.load(Ordering::Relaxed)
    }

    /// Whether it was used for long, or nobody needs it.
    fn is_over(&self) -> bool {
        self.wire.age() > LIFETIME || self.waiting() == 0 && self.still() > IDLE
    }
}

impl Turn {
    fn at(line: &Arc<Line>) -> Self {
        if line.waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            line.moves();
        }
        Self {
            line: line.clone(),
            place: None,
            is_asked: false,
            is_answered: false,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_asked || self.is_answered {
            if self.is_answered {
                self.line.moves();
            }
            self.line.waiting.fetch_sub(1, Ordering::Relaxed);
        } else if let Ok(runtime) = Handle::try_current() {
            let turn = Self {
                line: self.line.clone(),
                place: self.place.take(),
                is_asked: true,
                is_answered: true,
            };
            runtime.spawn(async move {
                // Answered when all is that was asked before; where it fails, nothing will be.
                let _ = turn.line.wire.control("").await;
                drop(turn);
            });
        }
    }
}
