//! A believable organization to try the server with. Its weeks end with the current one, its chance falls the same way
//! every time, and its rows are those that the product's own rules would have made.
mod calendar;
mod chance;
mod design;
mod exceptions;
mod log;
mod organization;
mod people;
mod plan;
mod season;
mod session;
mod shop;
mod slot;
mod weeks;
mod workouts;

use people::DOMAIN;
pub use people::{ACCOUNTS, PASSWORD};

use crate::{
    access::{Db, Viewer},
    error::Refusal,
    scope::{Clock, Scope},
    sql::Dialect,
    write::Tx,
};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use calendar::Calendar;
use chrono::NaiveDate;
use clap::Args;
use entity::user;
use organization::Organization;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use season::Season;
use std::{
    fmt,
    io::{IsTerminal, Write},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How large the demo is, and when it takes place.
#[derive(Args, Clone, Debug)]
pub struct Size {
    /// Athletes of the universities together, each with seven sessions a week.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub athletes: u32,
    /// Universities that the athletes are spread over, each with coaches of its own.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub programs: u32,
    /// Weeks of training; the last one is the current week.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=520))]
    pub weeks: u32,
    /// The day that is today in the demo, such as 2026-10-21; the real one by default.
    #[arg(long)]
    pub as_of: Option<NaiveDate>,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            athletes: 40,
            programs: 1,
            weeks: 12,
            as_of: None,
        }
    }
}

/// A demo that is in the database.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// Sessions that were written just now, and how long it took; none when the demo was there already.
    pub written: Option<(usize, Duration)>,
}

/// A first query to paste.
pub const QUERY: &str = "{ program(slug: \"riverbend\") { name teams { nodes { name currentSeason { eventGroups { name athleteCount } } } } } }";

impl fmt::Display for Loaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written {
            Some((sessions, time)) => {
                let seconds = time.as_secs_f64();
                writeln!(
                    formatter,
                    "The demo is loaded: {sessions} training sessions in {seconds:.1} s."
                )?;
            }
            None => writeln!(formatter, "The demo is in the database already.")?,
        }
        writeln!(formatter, "\nAccounts, all with the password {PASSWORD}:")?;
        for (email, name, role) in ACCOUNTS {
            writeln!(formatter, "  {email:<34} {name}, {role}")?;
        }
        write!(formatter, "\nA query to begin with, once signed in:\n  {QUERY}")
    }
}

/// Why there is no demo.
#[derive(Debug)]
pub enum NotLoaded {
    /// The database holds people who are not of the demo.
    OtherUsers,
    /// An earlier load did not come to its end.
    Interrupted,
    /// The machine gave no random numbers for the password's salt.
    Salt,
    /// The database failed; its log tells more.
    Database,
}

impl fmt::Display for NotLoaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OtherUsers => {
                "this database holds accounts other than the demo's; take an empty one with --database-url, or leave \
                 the demo out"
            }
            Self::Interrupted => {
                "an earlier load of the demo was cut short; take an empty database with --database-url, or remove this one"
            }
            Self::Salt => "the machine gives no random numbers",
            Self::Database => "the database failed while the demo was being loaded",
        })
    }
}

impl std::error::Error for NotLoaded {}

impl From<Refusal> for NotLoaded {
    fn from(refusal: Refusal) -> Self {
        if let Refusal::Errors(errors) = refusal {
            tracing::error!(?errors, "the demo's rows were refused");
        }
        Self::Database
    }
}

/// Athlete weeks up to which a demo is complete, its foreign keys checked row by row. A larger one serves measurements.
const ORDINARY_SIZE: u64 = 2_000;

/// Transactions at once on PostgreSQL.
const WRITERS: usize = 3;

/// Tables that have a row for each training session; a large demo makes their indexes at the end.
const LARGE_TABLES: [&str; 4] = [
    "athlete_training_session",
    "athlete_training_session_detail",
    "athlete_training_session_group",
    "practice_assignment",
];

/// Fills an empty database with the demo; leaves one that has it already.
///
/// # Errors
/// `OtherUsers` for a database that people use.
pub async fn load(db: &Db, clock: &Clock, size: &Size) -> Result<Loaded, NotLoaded> {
    let zone = chrono_tz::America::Chicago;
    let now = match size.as_of {
        Some(day) => Calendar::ending(clock.now(), zone, 1).at(day, (18, 0)),
        None => clock.now(),
    };
    let scope = Arc::new(Scope::new(db.clone(), Viewer::anonymous(db.dialect, now)));
    if is_there(&scope).await? {
        return Ok(Loaded { written: None });
    }
    let started = Instant::now();
    let hash = password_hash().ok_or(NotLoaded::Salt)?;
    let calendar = Calendar::ending(now, zone, size.weeks);
    let is_large = u64::from(size.athletes) * u64::from(size.weeks) > ORDINARY_SIZE;
    let mut progress = Progress::new(started);
    let indexes = match is_large {
        true => scope.write(async |tx: Tx| tx.drop_indexes(&LARGE_TABLES).await).await?,
        false => Vec::new(),
    };
    for place in 0..size.programs {
        let athletes = size.athletes / size.programs + u32::from(place < size.athletes % size.programs);
        let mut university = organization::university(calendar, place, athletes as usize, &hash);
        for season in &mut university.seasons {
            season.is_large = is_large;
        }
        write_weeks(&scope, university, calendar, &mut progress).await?;
    }
    make_indexes(&scope, indexes).await?;
    // The studio comes last and all at once: a database that has it has everything.
    let studio = organization::studio(calendar, &hash);
    progress.add(write_at_once(&scope, studio, calendar).await?);
    progress.end();
    Ok(Loaded {
        written: Some((progress.sessions, started.elapsed())),
    })
}

/// Whether the demo is in the database, which must then hold nobody else.
async fn is_there(scope: &Scope) -> Result<bool, NotLoaded> {
    let emails: Vec<&str> = ACCOUNTS.iter().map(|(email, _, _)| *email).collect();
    let (others, found) = scope
        .write(async move |tx: Tx| {
            let others = user::Entity::find().filter(user::Column::Email.not_like(format!("%{DOMAIN}")));
            let own = user::Entity::find().filter(user::Column::Email.is_in(emails));
            Ok((tx.find_one(others).await?, tx.find(own).await?.len()))
        })
        .await?;
    match (others, found) {
        (Some(_), _) => Err(NotLoaded::OtherUsers),
        (None, 0) => Ok(false),
        (None, found) if found == ACCOUNTS.len() => Ok(true),
        (None, _) => Err(NotLoaded::Interrupted),
    }
}

/// One hash for all accounts: everybody knows the password.
fn password_hash() -> Option<String> {
    let params = Params::new(19_456, 2, 1, None).ok()?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Some(hasher.hash_password(PASSWORD.as_bytes()).ok()?.to_string())
}

/// Writes an organization in one transaction; how many sessions.
async fn write_at_once(scope: &Scope, organization: Organization, calendar: Calendar) -> Result<usize, NotLoaded> {
    let Organization { mut rows, seasons } = organization;
    for season in &seasons {
        for week in 0..calendar.weeks {
            rows.append(season.rows(week));
        }
    }
    let sessions = rows.sessions.len();
    scope.write(async move |tx: Tx| rows.write(&tx).await).await?;
    Ok(sessions)
}

/// Writes what an organization consists of, then its weeks: several at once where the database can.
async fn write_weeks(
    scope: &Arc<Scope>,
    organization: Organization,
    calendar: Calendar,
    progress: &mut Progress,
) -> Result<(), NotLoaded> {
    let Organization { rows, seasons } = organization;
    scope.write(async move |tx: Tx| rows.write(&tx).await).await?;
    let writers = match scope.viewer().dialect {
        Dialect::Postgres => WRITERS,
        Dialect::Sqlite => 1,
    };
    let seasons: Vec<Arc<Season>> = seasons.into_iter().map(Arc::new).collect();
    let mut weeks = (0..calendar.weeks).flat_map(|week| seasons.iter().cloned().map(move |season| (season, week)));
    let mut running = JoinSet::new();
    loop {
        while running.len() < writers {
            let Some((season, week)) = weeks.next() else { break };
            running.spawn(write_week(scope.clone(), season, week));
        }
        let Some(written) = running.join_next().await else {
            return Ok(());
        };
        progress.add(written.unwrap_or(Err(NotLoaded::Database))?);
    }
}

/// Makes indexes again, several at once.
async fn make_indexes(scope: &Arc<Scope>, definitions: Vec<String>) -> Result<(), NotLoaded> {
    let mut running = JoinSet::new();
    for definition in definitions {
        if running.len() >= WRITERS {
            running
                .join_next()
                .await
                .transpose()
                .map_err(|_| NotLoaded::Database)?
                .transpose()?;
        }
        let scope = scope.clone();
        running.spawn(async move { scope.write(async move |tx: Tx| tx.make_index(&definition).await).await });
    }
    while let Some(made) = running.join_next().await {
        made.map_err(|_| NotLoaded::Database)??;
    }
    Ok(())
}

async fn write_week(scope: Arc<Scope>, season: Arc<Season>, week: u32) -> Result<usize, NotLoaded> {
    let is_large = season.is_large;
    let rows = tokio::task::spawn_blocking(move || season.rows(week));
    let rows = rows.await.map_err(|_| NotLoaded::Database)?;
    let sessions = rows.sessions.len();
    let write = async move |tx: Tx| {
        if is_large {
            tx.trust_references().await?;
        }
        rows.write(&tx).await
    };
    scope.write(write).await?;
    Ok(sessions)
}

/// A line that tells how far the load is.
struct Progress {
    sessions: usize,
    started: Instant,
    is_shown: bool,
}

impl Progress {
    fn new(started: Instant) -> Self {
        Self {
            sessions: 0,
            started,
            is_shown: std::io::stderr().is_terminal(),
        }
    }

    fn add(&mut self, sessions: usize) {
        self.sessions += sessions;
        if self.is_shown {
            let rate = self.sessions as f64 / self.started.elapsed().as_secs_f64();
            eprint!("\rloading the demo: {} sessions, {rate:.0} a second ", self.sessions);
            let _ = std::io::stderr().flush();
        }
    }

    fn end(&self) {
        if self.is_shown {
            eprintln!();
        }
    }
}
