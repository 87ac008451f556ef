//! What one athlete does: the steps of the assigned revision with the overrides that reach the athlete, repeats written
//! out, relative targets in the athlete's own numbers on the day. A session that was logged keeps the prescription it
//! had then.
use super::{
    derive,
    practice::PracticeSession,
    practice_workout::{PracticeSessionWorkout, WorkoutGroups},
};
use crate::{
    error::{Failure, Refusal},
    print::List,
    scope::Scope,
    words,
    workouts::{
        element::{Tree, WorkoutStep},
        intensity::IntensityTarget,
        length::StepLength,
        resolve::{self, ResolvedIntensity},
    },
    write::Tx,
};
use chrono::NaiveDate;
use entity::{
    athlete_training_session as session,
    athlete_training_session_detail::{self as detail, ResolvedTargets},
    benchmark, enums,
    enums::AssignmentKind,
    practice_assignment,
};
use plain::Object;
use science::{
    intensity::{Benchmark, Resolved},
    prescription::{Override, Prescribed, expand},
};
use std::sync::Arc;
use uuid::Uuid;

/// One instruction for one athlete.
pub struct PrescribedStep {
    step: WorkoutStep,
    prescribed: Prescribed,
    resolved: Option<Resolved>,
}

/// One instruction for one athlete: a step of the assigned workout with the overrides that reach the athlete. Not a
/// node, since the same step says other things to other athletes.
#[Object]
impl PrescribedStep {
    /// Tells it from the other steps of the same prescription.
    async fn key(&self) -> &str {
        &self.prescribed.key
    }

    /// Step of the assigned workout that it comes from.
    async fn step(&self) -> &WorkoutStep {
        &self.step
    }

    /// Place in the order done, from 0.
    async fn position(&self) -> i32 {
        self.prescribed.position
    }

    /// Which repetition of the innermost repeat, from 1; null outside repeats.
    async fn repetition(&self) -> Option<i32> {
        self.prescribed.repetition
    }

    /// How often the innermost repeat is done; null outside repeats.
    async fn repetition_count(&self) -> Option<i32> {
        self.prescribed.repetition_count
    }

    /// Role of the step.
    async fn kind(&self) -> words::WorkoutStepKind {
        enums::WorkoutStepKind::from(self.prescribed.kind).into()
    }

    /// What the step is called.
    async fn name(&self) -> Option<&str> {
        self.prescribed.name.as_deref()
    }

    /// Instructions of the workout and of the coach who changed it.
    async fn notes(&self) -> Option<&str> {
        self.prescribed.notes.as_deref()
    }

    /// How long it lasts.
    async fn length(&self) -> StepLength {
        StepLength::from(&self.prescribed.length)
    }

    /// Seconds of rest after it; null when the next step follows at once.
    async fn rest_after_seconds(&self) -> Option<i32> {
        self.prescribed.rest_after_seconds
    }

    /// How hard it is, as composed; null for free effort.
    async fn target(&self) -> Option<IntensityTarget> {
        self.prescribed.target.as_ref().map(IntensityTarget::from)
    }

    /// How hard it is in the athlete's own numbers, by the benchmarks in force on the day; names those that are
    /// missing. Null without a target.
    async fn resolved(&self) -> Option<ResolvedIntensity> {
        self.resolved.clone().map(ResolvedIntensity::from)
    }

    /// Whether the athlete's prescription differs here from the workout as composed.
    async fn is_overridden(&self) -> bool {
        self.prescribed.is_overridden
    }
}

/// What an athlete is asked to do for a practice workout, as things stand.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_assignment(scope: &Scope, row: &practice_assignment::Model) -> Result<List<PrescribedStep>, Failure> {
    if row.kind == AssignmentKind::Excused {
        return Ok(List::default());
    }
    let workout: PracticeSessionWorkout = scope.required(row.practice_session_workout_id).await?;
    let practice: PracticeSession = scope.required(row.practice_session_id).await?;
    let groups = scope.all::<WorkoutGroups>(workout.0.id).await?;
    let of_group = row
        .event_group_ids
        .0
        .iter()
        .filter_map(|id| groups.iter().find(|group| group.event_group_id == *id))
        .map(|group| group.step_overrides.0.as_slice())
        .find(|overrides| !overrides.is_empty());
    let overrides = derive::overrides_of(&workout.0, of_group.unwrap_or_default(), row);
    let revision = row.replacement_revision_id.unwrap_or(workout.0.workout_revision_id);
    let tree = Tree::of(scope, revision).await?;
    let steps = steps(&tree, &overrides);
    live(scope, &tree, steps, row.athlete_id, practice.0.day).await
}

/// What an athlete is or was asked to do in a session; frozen once it was logged. Empty without a workout.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_session(scope: &Scope, row: &session::Model) -> Result<List<PrescribedStep>, Failure> {
    let (Some(revision), Some(wide)) = (row.workout_revision_id, scope.get::<detail::Entity>(row.id).await?) else {
        return Ok(List::default());
    };
    if wide.resolved_targets.is_none() && row.excused_at.is_some() {
        return Ok(List::default());
    }
    let tree = Tree::of(scope, revision).await?;
    let steps = steps(&tree, &wide.step_overrides.0);
    match &wide.resolved_targets {
        // Who reads the session reads its workout; or else it would seem that nothing was asked.
        Some(frozen) if frozen.0.keys().any(|step| tree.step(*step).is_none()) => Err(Failure::Internal),
        Some(frozen) => on(&tree, steps, &frozen.0),
        None => live(scope, &tree, steps, row.athlete_id, row.day).await,
    }
}

/// The numbers of a session's targets, to be kept when it is logged; none without a workout. `benchmarks` are the
/// athlete's, among others.
///
/// # Errors
/// Failures of the database alone.
pub async fn freeze(
    tx: &Tx,
    row: &session::Model,
    overrides: &[Override],
    benchmarks: &[benchmark::Model],
) -> Result<Option<ResolvedTargets>, Refusal> {
    let Some(revision) = row.workout_revision_id else {
        return Ok(None);
    };
    let tree = Tree::of_job(tx, revision).await?;
    let own = benchmarks.iter().filter(|each| each.athlete_id == row.athlete_id);
    let benchmarks: Vec<Benchmark> = own.map(resolve::benchmark).collect();
    Ok(Some(resolved(&steps(&tree, overrides), &benchmarks, row.day)))
}

/// The targets of steps in the numbers of the benchmarks that were in force on `day`. A step has the same target however
/// often it is repeated.
pub fn resolved(steps: &[Prescribed], benchmarks: &[Benchmark], day: NaiveDate) -> ResolvedTargets {
    let mut resolved = ResolvedTargets::new();
    for step in steps {
        if let Some(target) = &step.target {
            resolved
                .entry(step.step)
                .or_insert_with(|| science::intensity::resolve(target, benchmarks, day));
        }
    }
    resolved
}

fn steps(tree: &Tree, overrides: &[Override]) -> Vec<Prescribed> {
    expand(tree.elements(), &[overrides]).unwrap_or_default()
}

async fn live(
    scope: &Scope,
    tree: &Arc<Tree>,
    steps: Vec<Prescribed>,
    athlete_id: Uuid,
    day: NaiveDate,
) -> Result<List<PrescribedStep>, Failure> {
    let benchmarks = resolve::benchmarks_of(scope, athlete_id).await?;
    let resolved = resolved(&steps, &benchmarks, day);
    on(tree, steps, &resolved)
}

fn on(tree: &Arc<Tree>, steps: Vec<Prescribed>, resolved: &ResolvedTargets) -> Result<List<PrescribedStep>, Failure> {
    let step = |prescribed: Prescribed| {
        let resolved = resolved.get(&prescribed.step).cloned();
        if prescribed.target.is_some() && resolved.is_none() {
            return Err(Failure::Internal);
        }
        Ok(PrescribedStep {
            step: tree.step(prescribed.step).ok_or(Failure::Internal)?,
            resolved,
            prescribed,
        })
    };
    steps.into_iter().map(step).collect()
}
