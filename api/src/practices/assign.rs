//! Filling a practice: workouts for event groups, for athletes, for the whole roster.
use super::{
    derive,
    doers::{Doers, doers_or_stored},
    practice::PracticeSession,
    practice_workout::PracticeSessionWorkout,
    repin,
    step_override::{self, StepOverrideInput},
};
use crate::{
    access::Action,
    error::Refusal,
    node,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    print::List,
    scope::new_id,
    workouts::element,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    Json, athlete_training_session, practice_assignment, practice_assignment_note, practice_session,
    practice_session_workout::{ActiveModel, Column, Entity, Model},
    practice_workout_athlete, practice_workout_group, workout,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

payload! {
    /// Workouts that were assigned in a practice.
    PracticeSessionWorkoutsAssignPayload {
        /// The practice; null when nothing was done.
        practice_session: Option<PracticeSession>,
        /// What was assigned, in the order of the input.
        practice_session_workouts: List<PracticeSessionWorkout>,
    }
}

payload! {
    /// A practice workout that was changed.
    PracticeSessionWorkoutPayload {
        /// The practice workout as it is now; null when nothing was done.
        practice_session_workout: Option<PracticeSessionWorkout>,
    }
}

payload! {
    /// A workout that was taken out of a practice.
    PracticeSessionWorkoutRemovePayload {
        /// Id that the practice workout had; null when nothing was done.
        removed_practice_session_workout_id: Option<ID>,
        /// The practice; null when nothing was done.
        practice_session: Option<PracticeSession>,
    }
}

/// A workout and who does it: groups, athletes, or the whole roster.
#[derive(InputObject, Clone)]
pub struct PracticeWorkoutAssignInput {
    /// Workout to do; its steps are pinned as they are now.
    pub workout_id: ID,
    /// Event groups of the practice's season that do it.
    #[graphql(default)]
    pub event_group_ids: Vec<ID>,
    /// Athletes of the season's roster who do it, besides the groups.
    pub athlete_ids: Option<Vec<ID>>,
    /// Whether every athlete of the roster does it; groups and athletes are then left out.
    #[graphql(default)]
    pub whole_roster: bool,
    /// Place within the practice, from 0; at the end when not given.
    pub position: Option<i32>,
    /// Minutes after the practice begins, at most 1,440.
    pub start_offset_minutes: Option<i32>,
    /// What those who do it should know, at most 5,000 characters.
    pub notes: Option<String>,
    /// Changes to its steps for everybody who does it.
    pub step_overrides: Option<Vec<StepOverrideInput>>,
}

/// What to do in a practice, and who does it.
#[derive(InputObject)]
pub struct PracticeSessionWorkoutsAssignInput {
    /// Made by the client, a UUID for instance; a second request with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Practice to fill.
    pub practice_session_id: ID,
    /// Version of the practice that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// What to assign, 1 to 50.
    pub assignments: Vec<PracticeWorkoutAssignInput>,
}

/// Changes of a practice workout; what is not given stays.
#[derive(InputObject)]
pub struct PracticeSessionWorkoutUpdateInput {
    /// Practice workout to change.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// Another workout to do instead.
    pub workout_id: Option<ID>,
    /// Whether to take over the workout's steps as they are now.
    #[graphql(default)]
    pub adopt_latest_workout: bool,
    /// Event groups that do it from now on.
    pub event_group_ids: Option<Vec<ID>>,
    /// Athletes who do it besides the groups from now on.
    pub athlete_ids: Option<Vec<ID>>,
    /// Whether every athlete of the roster does it.
    pub whole_roster: Option<bool>,
    /// Place within the practice, from 0.
    pub position: Option<i32>,
    /// Minutes after the practice begins, at most 1,440.
    pub start_offset_minutes: MaybeUndefined<i32>,
    /// What those who do it should know, at most 5,000 characters.
    pub notes: MaybeUndefined<String>,
    /// Changes to its steps for everybody who does it, in place of the ones before.
    pub step_overrides: Option<Vec<StepOverrideInput>>,
}

/// A practice workout to take out.
#[derive(InputObject)]
pub struct PracticeSessionWorkoutRemoveInput {
    /// Practice workout to take out; refused when an athlete has logged it.
    pub id: ID,
}

/// A workout that may be assigned in a practice.
pub(super) async fn assignable(
    tx: &Tx,
    practice: &practice_session::Model,
    id: &ID,
    path: &str,
) -> Result<workout::Model, Refusal> {
    let workout = tx.read::<workout::Entity>(id, Action::Read, path).await?;
    if workout.program_id != practice.program_id {
        let message = "The workout belongs to another program than the practice.";
        return Err(UserError::new(UserErrorCode::CrossProgram, message).at(path).into());
    }
    if workout.archived_at.is_some() {
        return Err(UserError::new(UserErrorCode::InvalidState, "The workout is archived.")
            .at(path)
            .into());
    }
    Ok(workout)
}

/// Assigns workouts in a practice that the caller has locked.
pub(super) async fn workouts(
    tx: &Tx,
    practice: &practice_session::Model,
    inputs: Vec<PracticeWorkoutAssignInput>,
    path: &str,
) -> Result<Vec<Uuid>, Refusal> {
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    let there = tx
        .find(Entity::find().filter(Column::PracticeSessionId.eq(practice.id)))
        .await?;
    let mut end = there.iter().map(|workout| workout.position + 1).max().unwrap_or(0);
    let assigned_by_id = tx
        .viewer()
        .membership(practice.program_id)
        .map(|membership| membership.id);
    let mut mistakes = Mistakes::default();
    mistakes.items(path, there.len() + inputs.len(), 1, 50);
    let mut parts = Vec::new();
    for (index, input) in inputs.into_iter().enumerate() {
        let PracticeWorkoutAssignInput {
            workout_id,
            event_group_ids,
            athlete_ids,
            whole_roster,
            position,
            start_offset_minutes,
            notes,
            step_overrides,
        } = input;
        let at = format!("{path}.{index}.");
        mistakes.range(&format!("{at}position"), position.unwrap_or(0), 0, 1_000);
        mistakes.range(
            &format!("{at}startOffsetMinutes"),
            start_offset_minutes.unwrap_or(0),
            0,
            1_440,
        );
        mistakes.longest(&format!("{at}notes"), notes.as_deref().unwrap_or_default(), 5_000);
        let athletes = athlete_ids.unwrap_or_default();
        let doers = Doers::checked(tx, practice, &event_group_ids, &athletes, whole_roster, &at).await;
        let doers = mistakes.take(doers)?;
        let workout = assignable(tx, practice, &workout_id, &format!("{at}workoutId")).await;
        let Some(workout) = mistakes.take(workout)? else {
            continue;
        };
        let rows = element::rows_of(tx, workout.workout_revision_id).await?;
        let overrides = step_overrides.unwrap_or_default();
        let overrides = step_override::checked(&mut mistakes, &format!("{at}stepOverrides"), overrides, &rows);
        let Some(doers) = doers else { continue };
        let row = ActiveModel {
            id: Set(new_id()),
            program_id: Set(practice.program_id),
            practice_session_id: Set(practice.id),
            workout_id: Set(workout.id),
            workout_revision_id: Set(workout.workout_revision_id),
            position: Set(position.unwrap_or(end)),
            start_offset_minutes: Set(start_offset_minutes),
            notes: Set(notes),
            whole_roster: Set(doers.whole_roster),
            step_overrides: Set(Json(overrides)),
            assigned_by_id: Set(assigned_by_id),
            published_at: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
        };
        end = end.max(position.unwrap_or(end)) + 1;
        parts.push((row, doers));
    }
    mistakes.check()?;
    let mut ids = Vec::new();
    for (row, doers) in parts {
        let row = tx.insert(row).await?;
        doers.store(tx, &row).await?;
        ids.push(row.id);
    }
    derive::practices(tx, std::slice::from_ref(practice)).await?;
    Ok(ids)
}

/// Takes a practice workout out, with everything that was made of it.
pub(super) async fn delete(tx: &Tx, workout: Model) -> Result<(), Refusal> {
    use practice_assignment::Column as Assignment;
    let of = |condition| Condition::all().add::<sea_orm::sea_query::SimpleExpr>(condition);
    let logged = athlete_training_session::Entity::find()
        .filter(athlete_training_session::Column::PracticeSessionWorkoutId.eq(workout.id));
    let sessions = tx.find_locked(logged).await?;
    if sessions.iter().any(derive::is_logged) {
        let message = "An athlete has logged it already; call the practice off instead.";
        return Err(UserError::new(UserErrorCode::InUse, message).at("id").into());
    }
    derive::withdraw(tx, sessions).await?;
    let assignments = Assignment::PracticeSessionWorkoutId.eq(workout.id);
    let ids: Vec<Uuid> = tx
        .find(practice_assignment::Entity::find().filter(assignments.clone()))
        .await?
        .iter()
        .map(|assignment| assignment.id)
        .collect();
    let notes = tx.dialect().among(practice_assignment_note::Column::Id, &ids);
    tx.delete_rows::<practice_assignment_note::Entity>(of(notes)).await?;
    tx.delete_rows::<practice_assignment::Entity>(of(assignments)).await?;
    let groups = practice_workout_group::Column::PracticeSessionWorkoutId.eq(workout.id);
    tx.delete_rows::<practice_workout_group::Entity>(of(groups)).await?;
    let athletes = practice_workout_athlete::Column::PracticeSessionWorkoutId.eq(workout.id);
    tx.delete_rows::<practice_workout_athlete::Entity>(of(athletes)).await?;
    tx.delete::<Entity>(workout).await
}

pub(super) fn version_conflict(practice: &practice_session::Model, expected: Option<i32>) -> Result<(), Refusal> {
    if expected.is_none_or(|version| version == practice.version) {
        return Ok(());
    }
    let error = UserError::new(
        UserErrorCode::VersionConflict,
        "The practice changed since you read it.",
    );
    Err(UserError {
        current_version: Some(practice.version),
        ..error.at("expectedVersion")
    }
    .into())
}

impl PracticeSessionWorkout {
    pub(super) async fn assign(
        ctx: &Context<'_>,
        input: PracticeSessionWorkoutsAssignInput,
    ) -> Result<PracticeSessionWorkoutsAssignPayload, Refusal> {
        let PracticeSessionWorkoutsAssignInput {
            idempotency_key,
            practice_session_id,
            expected_version,
            assignments,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.items("assignments", assignments.len(), 1, 50);
        mistakes.check()?;
        let (scope, (practice, ids)) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let practice = tx
                .lock::<practice_session::Entity>(&practice_session_id, Action::Assign, "practiceSessionId")
                .await?;
            version_conflict(&practice, expected_version)?;
            let ids = workouts(&tx, &practice, assignments, "assignments").await?;
            Ok((practice.id, ids))
        })
        .await?;
        Ok(PracticeSessionWorkoutsAssignPayload {
            practice_session: scope.record(practice).await?,
            practice_session_workouts: scope.records(ids).await?,
            ..Default::default()
        })
    }

    pub(super) async fn update(
        ctx: &Context<'_>,
        input: PracticeSessionWorkoutUpdateInput,
    ) -> Result<PracticeSessionWorkoutPayload, Refusal> {
        let PracticeSessionWorkoutUpdateInput {
            id,
            expected_version,
            workout_id,
            adopt_latest_workout,
            event_group_ids,
            athlete_ids,
            whole_roster,
            position,
            start_offset_minutes,
            notes,
            step_overrides,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.range("position", position.unwrap_or(0), 0, 1_000);
        mistakes.range(
            "startOffsetMinutes",
            start_offset_minutes.value().copied().unwrap_or(0),
            0,
            1_440,
        );
        mistakes.longest("notes", notes.as_opt_deref().flatten().unwrap_or_default(), 5_000);
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let (practice, row) = locked(&tx, &id, Action::Update).await?;
            let mut mistakes = Mistakes::default();
            let (workout, path) = if let Some(workout) = workout_id {
                let workout = assignable(&tx, &practice, &workout, "workoutId").await;
                (mistakes.take(workout)?, "workoutId")
            } else if adopt_latest_workout {
                let workout = tx.find_one(workout::Entity::find_by_id(row.workout_id)).await?;
                (workout, "adoptLatestWorkout")
            } else {
                (None, "")
            };
            let workout = workout.filter(|workout| workout.workout_revision_id != row.workout_revision_id);
            let (workout_id, workout_revision_id) = workout
                .as_ref()
                .map_or((row.workout_id, row.workout_revision_id), |workout| {
                    (workout.id, workout.workout_revision_id)
                });
            let rows = element::rows_of(&tx, workout_revision_id).await?;
            let carried = match &workout {
                Some(to) => mistakes.take(repin::carry(&tx, &row, to, step_overrides.is_some(), path).await)?,
                None => None,
            };
            let overrides = step_overrides
                .map(|list| step_override::checked(&mut mistakes, "stepOverrides", list, &rows))
                .or(carried);
            let is_redirected = event_group_ids.is_some() || athlete_ids.is_some() || whole_roster.is_some();
            let mut all = whole_roster.unwrap_or(row.whole_roster);
            if is_redirected {
                all = whole_roster.unwrap_or(event_group_ids.is_none() && athlete_ids.is_none() && all);
                let (groups, athletes) = (event_group_ids, athlete_ids);
                let (groups, athletes) = doers_or_stored(&tx, &row, groups, athletes, all).await?;
                let doers = Doers::checked(&tx, &practice, &groups, &athletes, all, "").await;
                if let Some(doers) = mistakes.take(doers)? {
                    doers.replace(&tx, &row).await?;
                }
            }
            mistakes.check()?;
            let changes = ActiveModel {
                id: Set(row.id),
                workout_id: Set(workout_id),
                workout_revision_id: Set(workout_revision_id),
                whole_roster: Set(all),
                position: position.patch(),
                start_offset_minutes: start_offset_minutes.patch(),
                notes: notes.patch(),
                step_overrides: overrides.map(Json).patch(),
                ..Default::default()
            };
            let row = tx.update(changes, Action::Read, expected_version).await?;
            derive::practices(&tx, std::slice::from_ref(&practice)).await?;
            Ok(row.id)
        })
        .await?;
        Ok(PracticeSessionWorkoutPayload {
            practice_session_workout: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn remove(
        ctx: &Context<'_>,
        input: PracticeSessionWorkoutRemoveInput,
    ) -> Result<PracticeSessionWorkoutRemovePayload, Refusal> {
        let PracticeSessionWorkoutRemoveInput { id } = input;
        let (scope, (practice, removed)) = write(ctx, async move |tx: Tx| {
            let (practice, row) = locked(&tx, &id, Action::Delete).await?;
            let removed = row.id;
            delete(&tx, row).await?;
            Ok((practice.id, removed))
        })
        .await?;
        Ok(PracticeSessionWorkoutRemovePayload {
            removed_practice_session_workout_id: Some(node::global::<Entity>(removed)),
            practice_session: scope.record(practice).await?,
            ..Default::default()
        })
    }
}

/// A practice workout and its practice, the practice locked: everything about a practice takes turns there.
pub(super) async fn locked(tx: &Tx, id: &ID, action: Action) -> Result<(practice_session::Model, Model), Refusal> {
    let row = tx.read::<Entity>(id, action, "id").await?;
    let practice = derive::lock(tx, row.practice_session_id).await?;
    let practice = practice.ok_or_else(|| UserError::not_found("practice workout", "id"))?;
    Ok((practice, tx.lock::<Entity>(id, action, "id").await?))
}
