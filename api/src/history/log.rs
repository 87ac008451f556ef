//! Logging: what was done goes into the session, in the one place that knows how. The first log freezes what was
//! prescribed, so that later changes of plan, workout or benchmarks leave it as it was: no plan touches the overrides of a
//! logged session, its revision never changes, and the numbers that came of the benchmarks are kept.
use super::{
    actual::{ActualTrainingInput, load_of},
    day,
};
use crate::{
    access::{Action, allowed},
    error::Refusal,
    node,
    patch::Patch,
    payload::{Mistakes, UserError, UserErrorCode},
    practices::prescription::freeze,
    sql::Dialect,
    workouts::element,
    write::{Both, Found, Tx},
};
use async_graphql::{ID, Json, MaybeUndefined};
use chrono::{DateTime, Duration, TimeZone, Utc};
use entity::{
    athlete_training_session::{self, ActiveModel, Model},
    athlete_training_session_detail as detail, benchmark,
    enums::SessionOutcome,
    training_event, workout_element,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What is logged of a session.
pub struct Done {
    /// How it went.
    pub outcome: SessionOutcome,
    /// When.
    pub completed_at: DateTime<Utc>,
    /// What was done.
    pub actual: ActualTrainingInput,
}

impl Done {
    /// Tells what is wrong; `path` is where the actual values lie, `when` where the time does.
    pub fn check(&self, now: DateTime<Utc>, when: &str, path: &str, mistakes: &mut Mistakes) {
        check_instant(self.completed_at, now, when, mistakes);
        self.actual.check(path, self.outcome, mistakes);
    }
}

/// Refuses an instant that lies ahead by more than the clock of a phone is wrong, or before all training.
fn check_instant(at: DateTime<Utc>, now: DateTime<Utc>, path: &str, mistakes: &mut Mistakes) {
    let first = Utc.with_ymd_and_hms(1900, 1, 1, 0, 0, 0).single();
    if at > now + Duration::minutes(15) || first.is_some_and(|first| at < first) {
        let message = "What is logged lies in the past.";
        mistakes.add(UserError::new(UserErrorCode::OutOfRange, message).at(path));
    }
}

/// Steps and exercises that clients' ids name.
#[derive(Default)]
pub struct Work {
    /// Exercises with their programs.
    exercises: HashMap<Uuid, Uuid>,
    /// Steps with their revisions.
    steps: HashMap<Uuid, Uuid>,
}

impl Work {
    /// Those that `inputs` name and the viewer may read, by a statement for each kind.
    pub async fn of(tx: &Tx, inputs: &[&ActualTrainingInput]) -> Result<Self, Refusal> {
        let exercises: Vec<Uuid> = inputs
            .iter()
            .flat_map(|input| input.exercises())
            .filter_map(|(_, id)| node::parse::<training_event::Entity>(id))
            .collect();
        let steps: Vec<Uuid> = inputs
            .iter()
            .flat_map(|input| input.steps())
            .filter_map(|(_, id)| element::parse(id))
            .collect();
        let mut work = Self::default();
        if !exercises.is_empty() {
            let select = training_event::Entity::find()
                .filter(
                    tx.dialect()
                        .among((training_event::Entity, training_event::Column::Id), &exercises),
                )
                .filter(Condition::all().add(allowed::<training_event::Entity>(tx.viewer(), Action::Read)));
            work.exercises = tx
                .find(select)
                .await?
                .into_iter()
                .map(|row| (row.id, row.program_id))
                .collect();
        }
        if !steps.is_empty() {
            // A step is named together with a session of its revision, which is guarded.
            let select = workout_element::Entity::find()
                .filter(
                    tx.dialect()
                        .among((workout_element::Entity, workout_element::Column::Id), &steps),
                )
                .filter(workout_element::Column::Kind.is_not_null());
            let rows = tx.find(select).await?;
            work.steps = rows.into_iter().map(|row| (row.id, row.workout_revision_id)).collect();
        }
        Ok(work)
    }

    /// The exercise that an id names in the program of a session.
    pub fn exercise(&self, id: &ID, row: &Model) -> Option<Uuid> {
        node::parse::<training_event::Entity>(id).filter(|id| self.exercises.get(id) == Some(&row.program_id))
    }

    /// The step that an id names in the workout of a session.
    pub fn step(&self, id: &ID, row: &Model) -> Option<Uuid> {
        element::parse(id)
            .filter(|id| row.workout_revision_id.is_some() && self.steps.get(id).copied() == row.workout_revision_id)
    }

    /// Tells which steps and exercises a session cannot have.
    pub fn check(&self, actual: &ActualTrainingInput, row: &Model, path: &str, mistakes: &mut Mistakes) {
        for (place, id) in actual.exercises() {
            if self.exercise(id, row).is_none() {
                mistakes.add(UserError::not_found("exercise", &format!("{path}.{place}")));
            }
        }
        for (place, id) in actual.steps() {
            if self.step(id, row).is_none() {
                let what = "step of this session's workout";
                mistakes.add(UserError::not_found(what, &format!("{path}.{place}")));
            }
        }
    }
}

/// What the database holds of sessions that are about to be logged, besides their rows.
pub struct Stored {
    wide: HashMap<Uuid, detail::Model>,
    /// Of the athletes, as far as something is to be frozen.
    benchmarks: Vec<benchmark::Model>,
}

impl Stored {
    /// Finds that of sessions with these ids, which must be locked before.
    pub fn query(dialect: Dialect, ids: &[Uuid]) -> Both<detail::Entity, benchmark::Entity> {
        let (among, ids) = dialect.among_first(ids);
        let wide = format!("SELECT * FROM athlete_training_session_detail WHERE id {among}");
        let unfrozen = format!(
            "SELECT s.athlete_id FROM athlete_training_session s LEFT JOIN athlete_training_session_detail d ON d.id = s.id \
             WHERE s.id {among} AND s.workout_revision_id IS NOT NULL AND d.resolved_targets IS NULL"
        );
        let benchmarks = match dialect {
            // As an array: of a subselect it would make a table, to tell the athletes apart.
            Dialect::Postgres => format!("SELECT * FROM benchmark WHERE athlete_id = ANY(ARRAY({unfrozen}))"),
            Dialect::Sqlite => format!("SELECT * FROM benchmark WHERE athlete_id IN ({unfrozen})"),
        };
        Both::of(dialect, &wide, &benchmarks, [ids])
    }

    /// What that query found.
    pub fn of((wide, benchmarks): Found<detail::Entity, benchmark::Entity>) -> Self {
        Self {
            wide: wide.into_iter().map(|wide| (wide.id, wide)).collect(),
            benchmarks,
        }
    }
}

/// The wide side of a session, to be changed; a new one where there is none.
///
/// # Errors
/// Failures of the database alone.
pub async fn wide_of(tx: &Tx, row: &Model) -> Result<detail::ActiveModel, Refusal> {
    let stored = tx.find_one(detail::Entity::find_by_id(row.id)).await?;
    Ok(stored.map_or_else(|| new(row), detail::ActiveModel::from))
}

/// A wide side to be inserted.
pub fn new(row: &Model) -> detail::ActiveModel {
    detail::ActiveModel::from(empty(row)).reset_all()
}

/// A wide side with nothing in it.
pub fn empty(row: &Model) -> detail::Model {
    detail::Model {
        id: row.id,
        program_id: row.program_id,
        athlete_id: row.athlete_id,
        planned_description: None,
        step_overrides: entity::Json(Vec::new()),
        resolved_targets: None,
        actual_description: None,
        coach_feedback: None,
        metrics: None,
        splits: entity::Json(Vec::new()),
        sets: entity::Json(Vec::new()),
    }
}

/// The changes by which a session is logged that the caller has locked for that, and those of its wide side.
///
/// # Errors
/// Failures of the database alone.
pub async fn log(
    tx: &Tx,
    row: &Model,
    stored: &mut Stored,
    done: Done,
    work: &Work,
) -> Result<(ActiveModel, detail::ActiveModel), Refusal> {
    let wide = stored.wide.remove(&row.id);
    let frozen = match &wide {
        Some(wide) if wide.resolved_targets.is_some() => None,
        Some(wide) => freeze(tx, row, &wide.step_overrides.0, &stored.benchmarks).await?,
        None => freeze(tx, row, &[], &stored.benchmarks).await?,
    };
    let mut wide = wide.map_or_else(|| new(row), detail::ActiveModel::from);
    if let Some(frozen) = frozen {
        wide.resolved_targets = Set(Some(entity::Json(frozen)));
    }
    let mut changes = actual(row, &mut wide, done.actual, done.outcome, work);
    changes.outcome = Set(Some(done.outcome));
    changes.completed_at = Set(Some(done.completed_at));
    changes.recorded_by_id = Set(tx.viewer().user_id);
    changes.recorded_at = Set(Some(tx.now()));
    if row.scheduled_date.is_none() {
        changes.day = Set(day::local_day(done.completed_at, day::zone(&row.timezone)));
    }
    Ok((changes, wide))
}

/// The actual values of a session as changes of its narrow side; those of the wide side are put into `wide`.
pub fn actual(
    row: &Model,
    wide: &mut detail::ActiveModel,
    input: ActualTrainingInput,
    outcome: SessionOutcome,
    work: &Work,
) -> ActiveModel {
    let ActualTrainingInput {
        description,
        distance_meters,
        duration_seconds,
        rpe,
        session_load,
        splits,
        sets,
        metrics,
    } = input;
    description.onto(&mut wide.actual_description);
    let stored = if outcome == SessionOutcome::Skipped {
        // Who takes back that it was done takes back what was done.
        wide.metrics.set_ne(None);
        wide.splits.set_ne(entity::Json(Vec::new()));
        wide.sets.set_ne(entity::Json(Vec::new()));
        (None, None, None, None)
    } else {
        let is_entered = row.session_load_method == Some(entity::enums::LoadMethod::Manual);
        let entered = row.session_load.filter(|_| is_entered);
        (
            row.actual_distance_meters,
            row.actual_duration_seconds,
            row.actual_rpe,
            entered,
        )
    };
    let metrics = metrics.map_value(|Json(metrics)| entity::Json(metrics));
    metrics.onto(&mut wide.metrics);
    if let Some(splits) = splits {
        let mut splits: Vec<_> = splits.into_iter().map(|split| split.stored(work, row)).collect();
        splits.sort_by_key(|split| split.index);
        wide.splits.set_ne(entity::Json(splits));
    }
    if let Some(sets) = sets {
        let sets = sets.into_iter().map(|set| set.stored(work, row)).collect();
        wide.sets.set_ne(entity::Json(sets));
    }
    let (distance, duration, rpe, entered) = (
        put(distance_meters, stored.0),
        put(duration_seconds, stored.1),
        put(rpe, stored.2),
        put(session_load, stored.3),
    );
    let load = load_of(entered, rpe, duration);
    ActiveModel {
        id: Set(row.id),
        actual_distance_meters: Set(distance),
        actual_duration_seconds: Set(duration),
        actual_rpe: Set(rpe),
        session_load: Set(load.map(|(load, _)| load)),
        session_load_method: Set(load.map(|(_, method)| method)),
        ..Default::default()
    }
}

fn put<T>(given: MaybeUndefined<T>, stored: Option<T>) -> Option<T> {
    match given {
        MaybeUndefined::Undefined => stored,
        MaybeUndefined::Null => None,
        MaybeUndefined::Value(value) => Some(value),
    }
}

/// The conflict of a client that read another version than the stored one.
pub fn conflict(row: &Model, expected_version: Option<i32>) -> Option<UserError> {
    expected_version.filter(|version| *version != row.version).map(|_| {
        let message = "The record changed since you read it.";
        let mut error = UserError::new(UserErrorCode::VersionConflict, message).at("expectedVersion");
        error.current_version = Some(row.version);
        error
    })
}

/// As `conflict`, for a log: it conflicts with what was logged meanwhile, never with a change of the plan.
pub fn conflict_of_log(row: &Model, expected_version: Option<i32>) -> Option<UserError> {
    conflict(row, expected_version).filter(|_| row.outcome.is_some() || row.recorded_at.is_some())
}

/// What a session says that was never logged.
pub fn unlogged(row: &Model) -> ActiveModel {
    ActiveModel {
        id: Set(row.id),
        outcome: Set(None),
        completed_at: Set(None),
        actual_distance_meters: Set(None),
        actual_duration_seconds: Set(None),
        actual_rpe: Set(None),
        session_load: Set(None),
        session_load_method: Set(None),
        recorded_by_id: Set(None),
        recorded_at: Set(None),
        ..Default::default()
    }
}

/// Takes what was logged out of the wide side of a session.
pub fn clear(wide: &mut detail::ActiveModel) {
    let detail::ActiveModel {
        id: _,
        program_id: _,
        athlete_id: _,
        planned_description: _,
        step_overrides: _,
        resolved_targets,
        actual_description,
        coach_feedback: _,
        metrics,
        splits,
        sets,
    } = wide;
    resolved_targets.set_ne(None);
    actual_description.set_ne(None);
    metrics.set_ne(None);
    splits.set_ne(entity::Json(Vec::new()));
    sets.set_ne(entity::Json(Vec::new()));
}

/// The sessions with these ids that the viewer may see, locked, in the order of their ids.
pub async fn lock_all(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Model>, Refusal> {
    use athlete_training_session::{Column, Entity};
    let select = Entity::find()
        .filter(tx.dialect().among((Entity, Column::Id), ids))
        .filter(Condition::all().add(allowed::<Entity>(tx.viewer(), Action::Read)));
    let rows = tx
        .find_locked(sea_orm::QueryOrder::order_by_asc(select, Column::Id))
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Which of these sessions the viewer may log.
pub async fn may_log(tx: &Tx, ids: &[Uuid]) -> Result<HashSet<Uuid>, Refusal> {
    use athlete_training_session::{Column, Entity};
    let select = Entity::find()
        .filter(tx.dialect().among((Entity, Column::Id), ids))
        .filter(Condition::all().add(allowed::<Entity>(tx.viewer(), Action::Log)));
    Ok(tx.find(select).await?.into_iter().map(|row| row.id).collect())
}
