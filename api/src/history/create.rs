//! Sessions that athletes make for themselves, or staff for them.
use super::{
    actual::ActualTrainingInput,
    complete::{TrainingSessionPayload, answer},
    day,
    log::{self, Done, Work},
    planned::PlannedTrainingInput,
    session::AthleteTrainingSession,
};
use crate::{
    access::Action,
    error::{Failure, Refusal},
    payload::{Mistakes, UserError, UserErrorCode},
    scalar::{Date, LocalTime},
    scope::new_id,
    sql::bare,
    words,
    write::{Tx, write_once},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::{
    athlete,
    athlete_training_session::{ActiveModel, Model},
    enums::{SessionOutcome, SessionSource, Sport, WorkoutCategory},
    program, roster_entry, team_season,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

/// A session that an athlete planned or did without a coach's assignment.
#[derive(InputObject)]
pub struct TrainingSessionCreateInput {
    /// Who trains.
    pub athlete_id: ID,
    /// Day that it is planned for. Without one, something must have been done.
    pub scheduled_date: Option<Date>,
    /// Time of day that it is planned for; needs a day.
    pub scheduled_time: Option<LocalTime>,
    /// When it was done. With it, or with actual values, the session is completed; now when omitted.
    pub completed_at: Option<DateTime<Utc>>,
    /// Broad category.
    pub workout_category: words::WorkoutCategory,
    /// Sport; from the category when omitted.
    pub sport: Option<words::Sport>,
    /// Purpose.
    #[graphql(name = "type")]
    pub kind: Option<words::WorkoutType>,
    /// What it is called, at most 200 characters; from the category when omitted.
    pub title: Option<String>,
    /// What is planned.
    pub planned: Option<PlannedTrainingInput>,
    /// What was done.
    pub actual: Option<ActualTrainingInput>,
    /// Season that it belongs to; when omitted, the one of that day on whose roster the athlete is, if it is one.
    pub team_season_id: Option<ID>,
    /// Id in another system, unique in the program, at most 200 characters.
    pub external_id: Option<String>,
    /// Key that the client makes: the same input under the same key is stored once.
    pub idempotency_key: Option<String>,
}

/// What a session of a category is called when nobody says.
pub fn default_title(category: WorkoutCategory) -> &'static str {
    match category {
        WorkoutCategory::Run => "Run",
        WorkoutCategory::Gym => "Gym session",
        WorkoutCategory::CrossTraining => "Cross-training",
        WorkoutCategory::Other => "Training",
    }
}

/// The sport of a category when nobody says.
pub fn default_sport(category: WorkoutCategory) -> Sport {
    match category {
        WorkoutCategory::Run => Sport::Running,
        WorkoutCategory::Gym => Sport::Strength,
        WorkoutCategory::CrossTraining => Sport::CrossTraining,
        WorkoutCategory::Other => Sport::Other,
    }
}

impl AthleteTrainingSession {
    /// Makes a session.
    pub(super) async fn create(
        ctx: &Context<'_>,
        mut input: TrainingSessionCreateInput,
    ) -> Result<TrainingSessionPayload, Refusal> {
        let key = input.idempotency_key.take();
        let (scope, id) = write_once(ctx, key, async move |tx: Tx| create(&tx, input).await).await?;
        answer(&scope, id).await
    }
}

pub(super) async fn program_of(tx: &Tx, program_id: Uuid) -> Result<program::Model, Refusal> {
    let program = tx.find_one(program::Entity::find_by_id(program_id)).await?;
    Ok(program.ok_or(Failure::Internal)?)
}

async fn create(tx: &Tx, input: TrainingSessionCreateInput) -> Result<Uuid, Refusal> {
    let TrainingSessionCreateInput {
        athlete_id,
        scheduled_date,
        scheduled_time,
        completed_at,
        workout_category,
        sport,
        kind,
        title,
        planned,
        actual,
        team_season_id,
        external_id,
        idempotency_key: _,
    } = input;
    let category = WorkoutCategory::from(workout_category);
    let scheduled_date = scheduled_date.map(NaiveDate::from);
    let scheduled_time = scheduled_time.map(NaiveTime::from);
    let mut mistakes = Mistakes::default();
    if let Some(title) = &title {
        mistakes.text("title", title, 200);
    }
    if let Some(external_id) = &external_id {
        mistakes.text("externalId", external_id, 200);
    }
    let planned = planned.unwrap_or_default();
    planned.check("planned", &mut mistakes);
    let is_done = completed_at.is_some() || actual.as_ref().is_some_and(|actual| !actual.is_empty());
    let done = Done {
        outcome: SessionOutcome::Completed,
        completed_at: completed_at.map_or(tx.now(), crate::sql::instant),
        actual: actual.unwrap_or_default(),
    };
    done.check(tx.now(), "completedAt", "actual", &mut mistakes);
    if scheduled_date.is_none() && !is_done {
        let message = "Give the day that it is planned for, or what was done.";
        mistakes.add(UserError::new(UserErrorCode::Blank, message).at("scheduledDate"));
    }
    check_schedule(scheduled_date, scheduled_time, &mut mistakes);
    let work = Work::of(tx, &[&done.actual]).await?;
    let athlete = tx.read::<athlete::Entity>(&athlete_id, Action::Log, "athleteId").await;
    let Some(athlete) = mistakes.take(athlete)? else {
        return Err(Refusal::Errors(mistakes.into_errors()));
    };
    let program = program_of(tx, athlete.program_id).await?;
    let id = new_id();
    let blank = Model {
        id,
        athlete_id: athlete.id,
        ..blank(program.id, &program.timezone, tx.now())
    };
    work.check(&done.actual, &blank, "actual", &mut mistakes);
    let zone = day::zone(&program.timezone);
    let day = scheduled_date.unwrap_or_else(|| day::local_day(done.completed_at, zone));
    let season = match team_season_id {
        Some(id) => mistakes.take(season_of(tx, &id, &athlete).await)?,
        None => current_season(tx, &athlete, day).await?,
    };
    mistakes.check()?;
    let row = ActiveModel {
        id: Set(id),
        program_id: Set(program.id),
        athlete_id: Set(athlete.id),
        team_season_id: Set(season),
        source: Set(SessionSource::SelfAssigned),
        day: Set(day),
        scheduled_date: Set(scheduled_date),
        timezone: Set(program.timezone.clone()),
        workout_category: Set(category),
        sport: Set(sport.map_or_else(|| default_sport(category), Into::into)),
        r#type: Set(kind.map(Into::into)),
        title: Set(title.unwrap_or_else(|| default_title(category).to_owned())),
        is_rest: Set(false),
        external_id: Set(external_id),
        version: Set(1),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        ..schedule(scheduled_date, scheduled_time, &program, &program.timezone)
    };
    let (mut row, mut wide) = (row, log::new(&blank));
    planned.put(&mut row, &mut wide);
    if is_done {
        let changes = log::actual(&blank, &mut wide, done.actual, done.outcome, &work);
        row.actual_distance_meters = changes.actual_distance_meters;
        row.actual_duration_seconds = changes.actual_duration_seconds;
        row.actual_rpe = changes.actual_rpe;
        row.session_load = changes.session_load;
        row.session_load_method = changes.session_load_method;
        row.outcome = Set(Some(done.outcome));
        row.completed_at = Set(Some(done.completed_at));
        row.recorded_by_id = Set(tx.viewer().user_id);
        row.recorded_at = Set(Some(tx.now()));
    }
    tx.insert(row).await?;
    tx.put(wide).await?;
    Ok(id)
}

/// A self-made session of a program, in a time zone, with nothing planned and nothing done.
pub fn blank(program_id: Uuid, timezone: &str, now: DateTime<Utc>) -> Model {
    Model {
        id: Uuid::nil(),
        program_id,
        athlete_id: Uuid::nil(),
        team_season_id: None,
        practice_session_id: None,
        practice_session_workout_id: None,
        practice_assignment_id: None,
        workout_revision_id: None,
        coach_member_id: None,
        source: SessionSource::SelfAssigned,
        day: now.date_naive(),
        scheduled_date: None,
        scheduled_time: None,
        starts_at: None,
        timezone: timezone.to_owned(),
        missed_at: None,
        workout_category: WorkoutCategory::Other,
        sport: Sport::Other,
        r#type: None,
        title: default_title(WorkoutCategory::Other).to_owned(),
        planned_distance_meters: None,
        planned_duration_seconds: None,
        planned_rpe: None,
        is_rest: false,
        outcome: None,
        completed_at: None,
        excused_at: None,
        cancelled_at: None,
        actual_distance_meters: None,
        actual_duration_seconds: None,
        actual_rpe: None,
        session_load: None,
        session_load_method: None,
        recorded_by_id: None,
        recorded_at: None,
        external_id: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

pub(super) fn check_schedule(date: Option<NaiveDate>, time: Option<NaiveTime>, mistakes: &mut Mistakes) {
    use chrono::Datelike;
    if let Some(date) = date {
        mistakes.range("scheduledDate", date.year(), 1900, 2200);
    }
    if date.is_none() && time.is_some() {
        let message = "A time of day needs a day.";
        mistakes.add(UserError::new(UserErrorCode::Invalid, message).at("scheduledTime"));
    }
}

/// What follows from day and time of a plan.
pub(super) fn schedule(
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
    program: &program::Model,
    zone: &str,
) -> ActiveModel {
    let zone = day::zone(zone);
    ActiveModel {
        scheduled_date: Set(date),
        scheduled_time: Set(time),
        starts_at: Set(date.zip(time).map(|(date, time)| day::instant_of(date, time, zone))),
        missed_at: Set(date.map(|date| day::missed_at(date, zone, program.missed_after_hours))),
        ..Default::default()
    }
}

/// The season that a client named, in the athlete's program.
async fn season_of(tx: &Tx, id: &ID, athlete: &athlete::Model) -> Result<Uuid, Refusal> {
    let season = tx.read::<team_season::Entity>(id, Action::Read, "teamSeasonId").await?;
    if season.program_id != athlete.program_id {
        let message = "The season belongs to another program than the athlete.";
        return Err(UserError::new(UserErrorCode::CrossProgram, message)
            .at("teamSeasonId")
            .into());
    }
    Ok(season.id)
}

/// The one season of a day on whose roster the athlete is.
async fn current_season(tx: &Tx, athlete: &athlete::Model, day: NaiveDate) -> Result<Option<Uuid>, Refusal> {
    let entered = bare::<roster_entry::Entity>()
        .column(roster_entry::Column::TeamSeasonId)
        .filter(roster_entry::Column::AthleteId.eq(athlete.id))
        .filter(roster_entry::Column::LeftOn.is_null())
        .into_query();
    let seasons = team_season::Entity::find()
        .filter(team_season::Column::Id.in_subquery(entered))
        .filter(team_season::Column::StartDate.lte(day))
        .filter(team_season::Column::EndDate.gte(day));
    match tx.find(seasons).await?.as_slice() {
        [season] => Ok(Some(season.id)),
        _ => Ok(None),
    }
}
