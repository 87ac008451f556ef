//! Bringing a log that was kept elsewhere into the history, whole or not at all.
//!
//! Two forms of CSV are known by their header. The wide one has a row for each session; its columns are those of
//! `wide::COLUMNS`, in any order. The long one, as athlete monitoring systems write it, has a row for each value:
//! `Full Name,Date,Time,Variable,Value`, and its variable is `Training Load`; other variables are refused unless they
//! are named to be skipped. Importing a file again adds nothing: a row is known by its external id or, without one, by
//! its athlete, day, time and kind.
mod long;
mod people;
mod store;
mod table;
mod wide;

use crate::{
    access::Action,
    error::Refusal,
    node, payload,
    payload::UserError,
    scope::Scope,
    write::{Tx, write},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{NaiveDate, NaiveTime};
use entity::{
    enums::{Sport, WorkoutCategory, WorkoutType},
    program, team_season,
};
use people::Person;
use table::Table;
use uuid::Uuid;

/// A log to import.
pub struct Import {
    /// Program whose athletes trained.
    pub program_id: Uuid,
    /// Season that the sessions belong to.
    pub team_season_id: Option<Uuid>,
    /// The CSV file's text.
    pub content: String,
    /// Variables of the long form to leave out.
    pub skip_variables: Vec<String>,
    /// Whether athletes whom the program does not know are made.
    pub create_athletes: bool,
    /// Whether all is checked and counted, and nothing stored.
    pub dry_run: bool,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Sessions that were stored.
    pub created: usize,
    /// Rows that were imported before; they stay as they are, also where they were edited since.
    pub unchanged: usize,
    /// Rows of variables that were to be skipped.
    pub skipped: usize,
    /// Athletes whom the rows are about.
    pub athletes: usize,
    /// Athletes who were made.
    pub created_athletes: usize,
}

/// Imports a log on behalf of whom a scope is for.
///
/// # Errors
/// Every mistake in the file, by line and column; nothing is stored then.
pub async fn import_sessions(scope: &Scope, import: Import) -> Result<Imported, Refusal> {
    scope.write(async move |tx: Tx| run(&tx, import).await).await
}

payload! {
    /// What an import did.
    TrainingSessionsImportPayload {
        /// Sessions that were stored.
        created: i64,
        /// Rows that were imported before; they stay as they are, also where they were edited since.
        unchanged: i64,
        /// Rows of variables that were to be skipped.
        skipped: i64,
        /// Athletes whom the rows are about.
        athletes: i64,
        /// Athletes who were made.
        created_athletes: i64,
    }
}

/// A log to import.
#[derive(InputObject)]
pub struct TrainingSessionsImportInput {
    /// Program whose athletes trained.
    pub program_id: ID,
    /// The CSV file's text, at most 20,000 rows. Either a row for each session, with the columns `athlete` or
    /// `athlete_external_id`, `date`, and any of `time`, `title`, `category`, `sport`, `type`, `outcome`,
    /// `distance_meters`, `duration_seconds`, `rpe`, `session_load`, `notes`, `external_id`,
    /// `planned_distance_meters`, `planned_duration_seconds`, `planned_rpe`, `planned_description`; or a row for each
    /// value, with the columns `Full Name`, `Date`, `Time`, `Variable`, `Value` and the variable `Training Load`.
    pub content: String,
    /// Season that the sessions belong to.
    pub team_season_id: Option<ID>,
    /// Variables to leave out, such as `Wellness`; others than `Training Load` are refused.
    #[graphql(default)]
    pub skip_variables: Vec<String>,
    /// Whether athletes whom the program does not know are made. Requires MANAGE_ROSTER for the whole program.
    #[graphql(default)]
    pub create_athletes: bool,
    /// Whether all is checked and counted, and nothing stored.
    #[graphql(default)]
    pub dry_run: bool,
}

/// Imports a log for a client.
///
/// # Errors
/// Every mistake in the file, by line and column; nothing is stored then.
pub async fn import(
    ctx: &Context<'_>,
    input: TrainingSessionsImportInput,
) -> Result<TrainingSessionsImportPayload, Refusal> {
    let TrainingSessionsImportInput {
        program_id,
        content,
        team_season_id,
        skip_variables,
        create_athletes,
        dry_run,
    } = input;
    let not_found = |what: &str, path: &str| UserError::not_found(what, path);
    let season = team_season_id
        .map(|id| node::parse::<team_season::Entity>(&id).ok_or_else(|| not_found("TeamSeason", "teamSeasonId")));
    let import = Import {
        program_id: node::parse::<program::Entity>(&program_id).ok_or_else(|| not_found("Program", "programId"))?,
        team_season_id: season.transpose()?,
        content,
        skip_variables,
        create_athletes,
        dry_run,
    };
    let (_, imported) = write(ctx, async move |tx: Tx| run(&tx, import).await).await?;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(TrainingSessionsImportPayload {
        created: number(imported.created),
        unchanged: number(imported.unchanged),
        skipped: number(imported.skipped),
        athletes: number(imported.athletes),
        created_athletes: number(imported.created_athletes),
        user_errors: Vec::new(),
    })
}

/// A session as a file tells it.
#[derive(Clone, Debug)]
struct Entry {
    /// Line of the file, from 1.
    line: u64,
    person: Person,
    date: NaiveDate,
    time: Option<NaiveTime>,
    /// Id that the file gives.
    external_id: Option<String>,
    /// What tells it, without an external id, from others of the same athlete, day and time.
    kind: String,
    title: Option<String>,
    category: Option<WorkoutCategory>,
    sport: Option<Sport>,
    r#type: Option<WorkoutType>,
    planned: Amounts,
    actual: Amounts,
    outcome: Option<entity::enums::SessionOutcome>,
    session_load: Option<f64>,
}

/// Planned or actual amounts.
#[derive(Clone, Debug, Default, PartialEq)]
struct Amounts {
    distance_meters: Option<i32>,
    duration_seconds: Option<i32>,
    rpe: Option<i32>,
    text: Option<String>,
}

/// The rows of a file in one of the forms.
struct Log {
    /// Which form it is, as part of the ids of its rows.
    form: &'static str,
    entries: Vec<Entry>,
    skipped: usize,
}

async fn run(tx: &Tx, import: Import) -> Result<Imported, Refusal> {
    let Import {
        program_id,
        team_season_id,
        content,
        skip_variables,
        create_athletes,
        dry_run,
    } = import;
    // Locked, so that the same file sent twice at once is stored once.
    let program = tx
        .lock_id::<program::Entity>(program_id, Action::Read, "programId")
        .await?;
    if create_athletes {
        tx.lock_id::<program::Entity>(program_id, Action::ManageRoster, "createAthletes")
            .await?;
    }
    if let Some(season) = team_season_id {
        let season = tx
            .lock_id::<team_season::Entity>(season, Action::Read, "teamSeasonId")
            .await?;
        if season.program_id != program.id {
            return Err(UserError::not_found("TeamSeason", "teamSeasonId").into());
        }
    }
    let mut table = Table::read(&content)?;
    let log = if long::is_header(&table) {
        long::read(&mut table, &skip_variables)
    } else {
        wide::read(&mut table)
    };
    let log = table.finish(log)?;
    let (people, missing) = people::find(tx, &program, &log.entries, create_athletes).await?;
    let mut imported = Imported {
        skipped: log.skipped,
        athletes: people.count(),
        created_athletes: missing.len(),
        ..Default::default()
    };
    let rows = store::rows(tx, &program, team_season_id, log, &people)?;
    let rows = store::unknown(tx, &program, rows, &mut imported).await?;
    if !dry_run {
        people::store(tx, missing).await?;
        store::store(tx, rows).await?;
    }
    Ok(imported)
}
