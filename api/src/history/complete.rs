//! Completing sessions, one or a phone's whole queue, and taking a completion back.
use super::{
    actual::ActualTrainingInput,
    day,
    log::{self, Done, Stored, Work},
    session::AthleteTrainingSession,
};
use crate::{
    access::Action,
    error::Refusal,
    node, payload,
    payload::{BulkErrorPolicy, Mistakes, UserError, UserErrorCode},
    practices::derive,
    print::List,
    scope::Scope,
    words,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::{
    athlete_training_session::{ActiveModel, Entity, Model},
    enums::SessionOutcome,
    program,
};
use sea_orm::{ActiveValue::Set, EntityTrait};
use std::collections::HashSet;
use uuid::Uuid;

payload! {
    /// A training session as it was stored.
    TrainingSessionPayload {
        /// The session; null when nothing was stored, and when a reopened one no longer follows from its practice.
        training_session: Option<AthleteTrainingSession>,
    }
}

payload! {
    /// Completions as they were stored.
    TrainingSessionBulkCompletePayload {
        /// The sessions stored, in the order of the items.
        training_sessions: List<AthleteTrainingSession>,
    }
}

/// A session that was done, in whole or in part, or left out.
#[derive(InputObject)]
pub struct TrainingSessionCompleteInput {
    /// Session to log.
    pub id: ID,
    /// Version that the client read. It conflicts only with what was logged meanwhile, never with a changed plan.
    pub expected_version: Option<i32>,
    /// How it went.
    #[graphql(default_with = "words::SessionOutcome::Completed")]
    pub outcome: words::SessionOutcome,
    /// When it was done; now when omitted.
    pub completed_at: Option<DateTime<Utc>>,
    /// What was done.
    pub actual: Option<ActualTrainingInput>,
    /// Key that the client makes: the same input under the same key is logged once.
    pub idempotency_key: Option<String>,
}

/// Completions to store together, such as those that a phone made without a network.
#[derive(InputObject)]
pub struct TrainingSessionBulkCompleteInput {
    /// The completions, 1 to 200.
    pub completions: Vec<TrainingSessionCompletionInput>,
    /// What becomes of the list when some items are wrong.
    #[graphql(default_with = "BulkErrorPolicy::RejectFailedItems")]
    pub error_policy: BulkErrorPolicy,
    /// Key that the client makes: the same input under the same key is logged once.
    pub idempotency_key: Option<String>,
}

/// One completion of several.
#[derive(InputObject)]
pub struct TrainingSessionCompletionInput {
    /// Session to log; each once.
    pub training_session_id: ID,
    /// Version that the client read. It conflicts only with what was logged meanwhile, never with a changed plan.
    pub expected_version: Option<i32>,
    /// How it went.
    #[graphql(default_with = "words::SessionOutcome::Completed")]
    pub outcome: words::SessionOutcome,
    /// When it was done.
    pub completed_at: DateTime<Utc>,
    /// What was done.
    pub actual: Option<ActualTrainingInput>,
}

/// A session that was logged by mistake.
#[derive(InputObject)]
pub struct TrainingSessionReopenInput {
    /// Session to open again.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
}

impl AthleteTrainingSession {
    /// Logs one session.
    pub(super) async fn complete(
        ctx: &Context<'_>,
        input: TrainingSessionCompleteInput,
    ) -> Result<TrainingSessionPayload, Refusal> {
        let TrainingSessionCompleteInput {
            id,
            expected_version,
            outcome,
            completed_at,
            actual,
            idempotency_key,
        } = input;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let done = Done {
                outcome: outcome.into(),
                completed_at: completed_at.map_or(tx.now(), crate::sql::instant),
                actual: actual.unwrap_or_default(),
            };
            let mut mistakes = Mistakes::default();
            done.check(tx.now(), "completedAt", "actual", &mut mistakes);
            let work = Work::of(&tx, &[&done.actual]).await?;
            let stored = |id| Stored::query(tx.dialect(), &[id]);
            let found = mistakes.take(tx.lock_with::<Entity, _, _>(&id, Action::Log, "id", stored).await)?;
            if let Some((row, _)) = &found {
                work.check(&done.actual, row, "actual", &mut mistakes);
                log::conflict_of_log(row, expected_version)
                    .into_iter()
                    .for_each(|error| mistakes.add(error));
            }
            mistakes.check()?;
            let (row, stored) = found.ok_or(crate::error::Failure::Internal)?;
            let (changes, wide) = log::log(&tx, &row, &mut Stored::of(stored), done, &work).await?;
            let id = row.id;
            tx.end_with(row, changes, wide);
            Ok(id)
        })
        .await?;
        answer(&scope, id).await
    }

    /// Logs several sessions.
    pub(super) async fn bulk_complete(
        ctx: &Context<'_>,
        input: TrainingSessionBulkCompleteInput,
    ) -> Result<TrainingSessionBulkCompletePayload, Refusal> {
        let TrainingSessionBulkCompleteInput {
            completions,
            error_policy,
            idempotency_key,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.items("completions", completions.len(), 1, 200);
        mistakes.check()?;
        let (scope, (ids, user_errors)) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let (logs, work, errors) = read(&tx, completions).await?;
            if !errors.is_empty() && error_policy == BulkErrorPolicy::RejectEverything {
                return Err(Refusal::Errors(errors));
            }
            let ids: Vec<Uuid> = logs.iter().map(|(row, _)| row.id).collect();
            let mut stored = Stored::of(tx.find_both(Stored::query(tx.dialect(), &ids)).await?);
            for (row, done) in logs {
                let (changes, wide) = log::log(&tx, &row, &mut stored, done, &work).await?;
                tx.follow_with(changes, wide).await?;
            }
            Ok((ids, errors))
        })
        .await?;
        Ok(TrainingSessionBulkCompletePayload {
            training_sessions: scope.records(ids).await?,
            user_errors,
        })
    }

    /// Takes a log back: the session is open again, what was logged is gone.
    pub(super) async fn reopen(
        ctx: &Context<'_>,
        input: TrainingSessionReopenInput,
    ) -> Result<TrainingSessionPayload, Refusal> {
        let TrainingSessionReopenInput { id, expected_version } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let seen = tx.read::<Entity>(&id, Action::Log, "id").await?;
            // The order in which a practice is derived: the practice, its season, its sessions.
            let practice = match seen.practice_session_id {
                Some(practice) => derive::lock(&tx, practice).await?,
                None => None,
            };
            let row = tx.lock_id::<Entity>(seen.id, Action::Log, "id").await?;
            if let Some(error) = log::conflict(&row, expected_version) {
                return Err(error.into());
            }
            if row.outcome.is_none() {
                let message = "Nothing is logged in this session.";
                return Err(UserError::new(UserErrorCode::InvalidState, message).at("id").into());
            }
            let mut changes = log::unlogged(&row);
            plan(&tx, &row, &mut changes).await?;
            let mut wide = log::wide_of(&tx, &row).await?;
            log::clear(&mut wide);
            tx.follow_with(changes, wide).await?;
            derive::practices(&tx, practice.as_slice()).await?;
            Ok(row.id)
        })
        .await?;
        answer(&scope, id).await
    }
}

/// The answer with one session.
pub(super) async fn answer(scope: &Scope, id: Uuid) -> Result<TrainingSessionPayload, Refusal> {
    Ok(TrainingSessionPayload {
        training_session: scope.record(id).await?,
        ..Default::default()
    })
}

/// A session that was logged without a plan is, when opened again, planned for its day.
async fn plan(tx: &Tx, row: &Model, changes: &mut ActiveModel) -> Result<(), Refusal> {
    if row.scheduled_date.is_some() {
        return Ok(());
    }
    let program = tx.find_one(program::Entity::find_by_id(row.program_id)).await?;
    let hours = program.map_or(24, |program| program.missed_after_hours);
    changes.scheduled_date = Set(Some(row.day));
    changes.missed_at = Set(Some(day::missed_at(row.day, day::zone(&row.timezone), hours)));
    Ok(())
}

type Logs = (Vec<(Model, Done)>, Work, Vec<UserError>);

/// The completions without mistakes, and the mistakes of the others, by a fixed number of statements.
async fn read(tx: &Tx, completions: Vec<TrainingSessionCompletionInput>) -> Result<Logs, Refusal> {
    let parse = |id: &ID| node::parse::<Entity>(id);
    let ids: Vec<Uuid> = completions
        .iter()
        .filter_map(|item| parse(&item.training_session_id))
        .collect();
    let mut rows = log::lock_all(tx, &ids).await?;
    let permitted = log::may_log(tx, &ids).await?;
    let named: Vec<&ActualTrainingInput> = completions.iter().filter_map(|item| item.actual.as_ref()).collect();
    let work = Work::of(tx, &named).await?;
    let (mut logs, mut errors, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, item) in completions.into_iter().enumerate() {
        let TrainingSessionCompletionInput {
            training_session_id,
            expected_version,
            outcome,
            completed_at,
            actual,
        } = item;
        let done = Done {
            outcome: SessionOutcome::from(outcome),
            completed_at: crate::sql::instant(completed_at),
            actual: actual.unwrap_or_default(),
        };
        let mut mistakes = Mistakes::default();
        done.check(tx.now(), "completions.completedAt", "completions.actual", &mut mistakes);
        let id = parse(&training_session_id);
        let path = "completions.trainingSessionId";
        if id.is_some_and(|id| !seen.insert(id)) {
            let message = "An item before this one logs the same session.";
            mistakes.add(UserError::new(UserErrorCode::Taken, message).at(path));
        } else if let Some(row) = id.and_then(|id| rows.remove(&id)) {
            if !permitted.contains(&row.id) {
                mistakes.add(UserError::not_allowed(path));
            }
            work.check(&done.actual, &row, "completions.actual", &mut mistakes);
            if let Some(error) = log::conflict_of_log(&row, expected_version) {
                mistakes.add(error.at("completions.expectedVersion"));
            }
            let found = mistakes.into_errors();
            if found.is_empty() {
                logs.push((row, done));
            }
            errors.extend(found.into_iter().map(|error| error.item(index)));
            continue;
        } else {
            mistakes.add(UserError::not_found("AthleteTrainingSession", path));
        }
        errors.extend(mistakes.into_errors().into_iter().map(|error| error.item(index)));
    }
    Ok((logs, work, errors))
}

impl ActualTrainingInput {
    /// Whether nothing is given.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            description,
            distance_meters,
            duration_seconds,
            rpe,
            session_load,
            splits,
            sets,
            metrics,
        } = self;
        description == &MaybeUndefined::Undefined
            && [distance_meters, duration_seconds, rpe]
                .into_iter()
                .all(MaybeUndefined::is_undefined)
            && session_load.is_undefined()
            && splits.is_none()
            && sets.is_none()
            && metrics.is_undefined()
    }
}
