//! Changes to plan and record of a session, and deletion.
use super::{
    actual::ActualTrainingInput,
    complete::{TrainingSessionPayload, answer},
    create::{check_schedule, default_title, program_of, schedule},
    day,
    log::{self, Work},
    planned::PlannedTrainingInput,
    session::AthleteTrainingSession,
};
use crate::{
    access::Action,
    error::Refusal,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    scalar::{Date, LocalTime},
    words,
    write::{Tx, write},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    athlete_training_session::{ActiveModel, Entity, Model},
    athlete_training_session_detail as detail, athlete_training_session_group as session_group,
    enums::{SessionOutcome, Sport, WorkoutCategory},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition,
};
use uuid::Uuid;

payload! {
    /// What was deleted.
    TrainingSessionDeletePayload {
        /// Id of the session deleted; null when nothing was.
        deleted_training_session_id: Option<ID>,
    }
}

/// Changes to a session. What is omitted stays as it is; null clears.
#[derive(InputObject)]
pub struct TrainingSessionUpdateInput {
    /// Session to change.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// Day that it is planned for. A session that nobody logged keeps one.
    pub scheduled_date: MaybeUndefined<Date>,
    /// Time of day that it is planned for.
    pub scheduled_time: MaybeUndefined<LocalTime>,
    /// Broad category.
    pub workout_category: Option<words::WorkoutCategory>,
    /// Discipline that is trained.
    pub sport: Option<words::Sport>,
    /// Purpose.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<words::WorkoutType>,
    /// What it is called, at most 200 characters; null for the category's own title.
    pub title: MaybeUndefined<String>,
    /// What is asked.
    pub planned: Option<PlannedTrainingInput>,
    /// What was done; the session must be logged. Who may log may change it.
    pub actual: Option<ActualTrainingInput>,
    /// What the coach says about it, at most 10,000 characters. Requires ASSIGN_TRAINING for the athlete.
    pub coach_feedback: MaybeUndefined<String>,
}

/// What to remove for good.
#[derive(InputObject)]
pub struct TrainingSessionDeleteInput {
    /// Session to delete; one of a practice goes with the practice.
    pub id: ID,
}

impl AthleteTrainingSession {
    /// Changes plan or record of a session.
    pub(super) async fn update(
        ctx: &Context<'_>,
        input: TrainingSessionUpdateInput,
    ) -> Result<TrainingSessionPayload, Refusal> {
        let (scope, id) = write(ctx, async move |tx: Tx| update(&tx, input).await).await?;
        answer(&scope, id).await
    }

    /// Deletes a session that comes from no practice.
    pub(super) async fn delete(
        ctx: &Context<'_>,
        input: TrainingSessionDeleteInput,
    ) -> Result<TrainingSessionDeletePayload, Refusal> {
        let TrainingSessionDeleteInput { id } = input;
        let (_, deleted) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Delete, "id").await?;
            outside_practices(&row, "id")?;
            let of_session = session_group::Column::AthleteTrainingSessionId.eq(row.id);
            tx.delete_rows::<session_group::Entity>(Condition::all().add(of_session))
                .await?;
            tx.delete_rows::<detail::Entity>(Condition::all().add(detail::Column::Id.eq(row.id)))
                .await?;
            tx.delete::<Entity>(row).await?;
            Ok(id)
        })
        .await?;
        Ok(TrainingSessionDeletePayload {
            deleted_training_session_id: Some(deleted),
            ..Default::default()
        })
    }
}

fn outside_practices(row: &Model, path: &str) -> Result<(), UserError> {
    if row.practice_session_id.is_none() {
        return Ok(());
    }
    let message = "This session follows from a practice; change the practice.";
    Err(UserError::new(UserErrorCode::InvalidState, message).at(path))
}

async fn update(tx: &Tx, input: TrainingSessionUpdateInput) -> Result<Uuid, Refusal> {
    let TrainingSessionUpdateInput {
        id,
        expected_version,
        scheduled_date,
        scheduled_time,
        workout_category,
        sport,
        kind,
        title,
        planned,
        actual,
        coach_feedback,
    } = input;
    let changes_plan = !scheduled_date.is_undefined()
        || !scheduled_time.is_undefined()
        || workout_category.is_some()
        || sport.is_some()
        || !kind.is_undefined()
        || !title.is_undefined()
        || planned.is_some();
    // Each part asks for its own permission; what is seen and not permitted is told with the part.
    let mut row = None;
    for (is_asked, action) in [
        (changes_plan, Action::Update),
        (actual.is_some(), Action::Log),
        (!coach_feedback.is_undefined(), Action::Assign),
    ] {
        if is_asked {
            row = Some(tx.lock::<Entity>(&id, action, "id").await?);
        }
    }
    let row = match row {
        Some(row) => row,
        None => tx.lock::<Entity>(&id, Action::Log, "id").await?,
    };
    if let Some(error) = log::conflict(&row, expected_version) {
        return Err(error.into());
    }
    let mut mistakes = Mistakes::default();
    if changes_plan && let Err(error) = outside_practices(&row, "id") {
        mistakes.add(error);
    }
    if let MaybeUndefined::Value(title) = &title {
        mistakes.text("title", title, 200);
    }
    if let MaybeUndefined::Value(text) = &coach_feedback {
        mistakes.longest("coachFeedback", text, 10_000);
    }
    if let Some(planned) = &planned {
        planned.check("planned", &mut mistakes);
    }
    let date = scheduled_date.patch().into_value_or(row.scheduled_date);
    let time = scheduled_time.patch().into_value_or(row.scheduled_time);
    if date.is_none() && row.completed_at.is_none() {
        let message = "A session that nobody logged keeps a day.";
        mistakes.add(UserError::new(UserErrorCode::Blank, message).at("scheduledDate"));
    }
    if changes_plan {
        check_schedule(date, time, &mut mistakes);
    }
    let work = match &actual {
        Some(actual) => Work::of(tx, &[actual]).await?,
        None => Work::default(),
    };
    if let Some(actual) = &actual {
        actual.check(
            "actual",
            row.outcome.unwrap_or(SessionOutcome::Completed),
            &mut mistakes,
        );
        work.check(actual, &row, "actual", &mut mistakes);
        if row.outcome.is_none() {
            let message = "Nothing is logged in this session; complete it.";
            mistakes.add(UserError::new(UserErrorCode::InvalidState, message).at("actual"));
        }
    }
    mistakes.check()?;
    let mut wide = log::wide_of(tx, &row).await?;
    let mut changes = match (actual, row.outcome) {
        (Some(actual), Some(outcome)) => ActiveModel {
            recorded_by_id: Set(tx.viewer().user_id),
            recorded_at: Set(Some(tx.now())),
            ..log::actual(&row, &mut wide, actual, outcome, &work)
        },
        _ => ActiveModel {
            id: Set(row.id),
            ..Default::default()
        },
    };
    if date != row.scheduled_date || time != row.scheduled_time {
        let program = program_of(tx, row.program_id).await?;
        let zone = day::zone(&row.timezone);
        changes = ActiveModel {
            day: Set(date
                .or(row.completed_at.map(|at| day::local_day(at, zone)))
                .unwrap_or(row.day)),
            ..merged(changes, schedule(date, time, &program, &row.timezone))
        };
    }
    let category = workout_category.map_or(row.workout_category, WorkoutCategory::from);
    changes.workout_category = workout_category.map(WorkoutCategory::from).patch();
    changes.sport = sport.map(Sport::from).patch();
    changes.r#type = kind.map_value(Into::into).patch();
    changes.title = match title {
        MaybeUndefined::Value(title) => Set(title),
        MaybeUndefined::Null => Set(default_title(category).to_owned()),
        MaybeUndefined::Undefined => NotSet,
    };
    if let Some(planned) = planned {
        planned.put(&mut changes, &mut wide);
    }
    coach_feedback.onto(&mut wide.coach_feedback);
    // Every part was permitted above, under the lock.
    tx.follow_with(changes, wide).await?;
    Ok(row.id)
}

/// `changes` with the schedule of `plan`.
fn merged(changes: ActiveModel, plan: ActiveModel) -> ActiveModel {
    ActiveModel {
        scheduled_date: plan.scheduled_date,
        scheduled_time: plan.scheduled_time,
        starts_at: plan.starts_at,
        missed_at: plan.missed_at,
        ..changes
    }
}

trait OrStored<T> {
    fn into_value_or(self, stored: T) -> T;
}

impl<T: Into<sea_orm::Value>> OrStored<T> for sea_orm::ActiveValue<T> {
    fn into_value_or(self, stored: T) -> T {
        match self {
            Set(value) | sea_orm::ActiveValue::Unchanged(value) => value,
            NotSet => stored,
        }
    }
}
