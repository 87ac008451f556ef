//! Publication: from then on athletes have their sessions, and these follow every change until something is logged.
use super::{assign, derive, practice::PracticeSession, practice_workout::PracticeSessionWorkout};
use crate::{
    access::{Action, allowed},
    error::Refusal,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    print::List,
    roster::athlete::Athlete,
    write::{Tx, write},
};
use async_graphql::{Context, Enum, ID, InputObject, SimpleObject};
use entity::{
    athlete_training_session as session, athlete_training_session_detail as detail, event_group_member,
    practice_session::{self, ActiveModel},
    practice_session_workout as workout, roster_entry, workout_element,
};
use science::intensity::Missing;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Query};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

payload! {
    /// What a publication did.
    PracticeSessionPublishPayload {
        /// The practice; null when nothing was done.
        practice_session: Option<PracticeSession>,
        /// Sessions that were made because they were missing.
        created_training_session_count: i32,
        /// Sessions without anything logged that were brought in line.
        updated_training_session_count: i32,
        /// Sessions without anything logged that were taken back.
        withdrawn_training_session_count: i32,
        /// What the coach may want to look at; nothing here stopped the publication. At most 200.
        warnings: Vec<PublishWarning>,
    }
}

/// A practice to publish, whole or in part.
#[derive(InputObject)]
pub struct PracticeSessionPublishInput {
    /// Practice to publish.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// Practice workouts to publish; when not given, all that the viewer may publish. Publishing again makes what is
    /// missing and nothing twice.
    pub practice_session_workout_ids: Option<Vec<ID>>,
}

/// Something about a publication that a coach may want to look at.
#[derive(SimpleObject, Clone)]
pub struct PublishWarning {
    /// What is the matter, for programs.
    pub code: PublishWarningCode,
    /// What is the matter, for people.
    pub message: String,
    /// Whom it is about.
    pub athlete: Athlete,
    /// The practice workout that it is about.
    pub practice_session_workout: Option<PracticeSessionWorkout>,
}

/// What may be the matter with a publication.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishWarningCode {
    /// The athlete is in several of the workout's groups; there is one session all the same.
    InSeveralGroups,
    /// A target cannot be given in the athlete's own numbers.
    MissingBenchmark,
    /// The athlete is on the roster and in no event group.
    WithoutGroup,
}

/// A warning as found inside the transaction.
#[derive(serde::Serialize, serde::Deserialize)]
struct Found(u8, String, Uuid, Option<Uuid>);

const MAX_WARNINGS: usize = 200;

impl PracticeSession {
    pub(super) async fn publish(
        ctx: &Context<'_>,
        input: PracticeSessionPublishInput,
    ) -> Result<PracticeSessionPublishPayload, Refusal> {
        let PracticeSessionPublishInput {
            id,
            expected_version,
            practice_session_workout_ids,
        } = input;
        let (scope, (id, derived, found)) = write(ctx, async move |tx: Tx| {
            let practice = tx.lock::<practice_session::Entity>(&id, Action::Assign, "id").await?;
            assign::version_conflict(&practice, expected_version)?;
            if practice.cancelled_at.is_some() {
                let message = "The practice is called off; reinstate it first.";
                return Err(UserError::new(UserErrorCode::InvalidState, message).at("id").into());
            }
            let workouts = chosen(&tx, &practice, practice_session_workout_ids).await?;
            let unpublished: Vec<Uuid> = workouts
                .iter()
                .filter(|row| row.published_at.is_none())
                .map(|row| row.id)
                .collect();
            if !unpublished.is_empty() {
                let update = Query::update()
                    .table(workout::Entity)
                    .value(workout::Column::PublishedAt, tx.now())
                    .value(workout::Column::UpdatedAt, tx.now())
                    .and_where(tx.dialect().among(workout::Column::Id, &unpublished))
                    .take();
                tx.update_rows(&update).await?;
                for row in workouts.iter().filter(|row| row.published_at.is_none()) {
                    tx.emit::<workout::Entity>(row, entity::enums::ChangeOperation::Updated);
                }
            }
            let practice = if practice.published_at.is_none() {
                // The version counts edits, so that two coaches may publish their parts at once.
                tx.follow(ActiveModel {
                    id: Set(practice.id),
                    published_at: Set(Some(tx.now())),
                    version: Set(practice.version),
                    ..Default::default()
                })
                .await?
            } else {
                practice
            };
            let derived = derive::practices(&tx, std::slice::from_ref(&practice)).await?;
            let found = warnings(&tx, &practice, &workouts).await?;
            Ok((practice.id, derived, found))
        })
        .await?;
        let people: List<Athlete> = scope
            .records(found.iter().map(|warning| warning.2).collect::<BTreeSet<_>>())
            .await?;
        let people: HashMap<Uuid, Athlete> = people.into_iter().map(|athlete| (athlete.0.id, athlete)).collect();
        let workouts: List<PracticeSessionWorkout> = scope
            .records(found.iter().filter_map(|warning| warning.3).collect::<BTreeSet<_>>())
            .await?;
        let workouts: HashMap<Uuid, PracticeSessionWorkout> = workouts.into_iter().map(|row| (row.0.id, row)).collect();
        let warnings = found.into_iter().filter_map(|Found(code, message, athlete, workout)| {
            Some(PublishWarning {
                code: [
                    PublishWarningCode::InSeveralGroups,
                    PublishWarningCode::MissingBenchmark,
                    PublishWarningCode::WithoutGroup,
                ][usize::from(code)],
                message,
                athlete: people.get(&athlete)?.clone(),
                practice_session_workout: workout.and_then(|id| workouts.get(&id).cloned()),
            })
        });
        Ok(PracticeSessionPublishPayload {
            practice_session: scope.record(id).await?,
            created_training_session_count: derived.created,
            updated_training_session_count: derived.updated,
            withdrawn_training_session_count: derived.withdrawn,
            warnings: warnings.collect(),
            user_errors: Vec::new(),
        })
    }
}

/// The practice workouts to publish: those named, or all that the viewer may publish.
async fn chosen(
    tx: &Tx,
    practice: &practice_session::Model,
    ids: Option<Vec<ID>>,
) -> Result<Vec<workout::Model>, Refusal> {
    let of_practice = || workout::Entity::find().filter(workout::Column::PracticeSessionId.eq(practice.id));
    let Some(ids) = ids else {
        let permitted = of_practice().filter(allowed::<workout::Entity>(tx.viewer(), Action::Assign));
        let permitted = tx.find(permitted).await?;
        if permitted.is_empty() && !tx.find(of_practice()).await?.is_empty() {
            return Err(UserError::not_allowed("id").into());
        }
        return Ok(permitted);
    };
    let mut mistakes = Mistakes::default();
    mistakes.items("practiceSessionWorkoutIds", ids.len(), 1, 50);
    let found = tx
        .read_all::<workout::Entity>(&ids, Action::Assign, "practiceSessionWorkoutIds")
        .await;
    let rows = mistakes.take(found)?.unwrap_or_default();
    for (index, row) in rows.iter().enumerate() {
        if row.practice_session_id != practice.id {
            let error = UserError::not_found("workout of this practice", "practiceSessionWorkoutIds");
            mistakes.add(error.item(index));
        }
    }
    mistakes.check()?;
    Ok(rows)
}

async fn warnings(
    tx: &Tx,
    practice: &practice_session::Model,
    workouts: &[workout::Model],
) -> Result<Vec<Found>, Refusal> {
    let ids: Vec<Uuid> = workouts.iter().map(|row| row.id).collect();
    let among = tx.dialect().among(session::Column::PracticeSessionWorkoutId, &ids);
    let sessions = tx.find(session::Entity::find().filter(among)).await?;
    let mut found = Vec::new();
    let session_ids: Vec<Uuid> = sessions.iter().map(|row| row.id).collect();
    let among = tx.dialect().among(
        entity::athlete_training_session_group::Column::AthleteTrainingSessionId,
        &session_ids,
    );
    let mut groups: HashMap<Uuid, usize> = HashMap::new();
    for row in tx
        .find(entity::athlete_training_session_group::Entity::find().filter(among))
        .await?
    {
        *groups.entry(row.athlete_training_session_id).or_default() += 1;
    }
    for row in sessions
        .iter()
        .filter(|row| groups.get(&row.id).is_some_and(|count| *count > 1))
    {
        let whole = workouts
            .iter()
            .any(|workout| Some(workout.id) == row.practice_session_workout_id && workout.whole_roster);
        if !whole {
            let message = "Reached through several groups; there is one session.".to_owned();
            found.push(Found(0, message, row.athlete_id, row.practice_session_workout_id));
        }
    }
    found.extend(missing_benchmarks(tx, &sessions).await?);
    let entries = roster_entry::Entity::find()
        .filter(roster_entry::Column::TeamSeasonId.eq(practice.team_season_id))
        .filter(roster_entry::Column::Status.eq(entity::enums::RosterStatus::Active))
        .filter(roster_entry::Column::LeftOn.is_null());
    let entries = tx.find(entries).await?;
    let entry_ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let among = tx
        .dialect()
        .among(event_group_member::Column::RosterEntryId, &entry_ids);
    let grouped: HashSet<Uuid> = tx
        .find(event_group_member::Entity::find().filter(among))
        .await?
        .iter()
        .map(|row| row.roster_entry_id)
        .collect();
    for entry in entries.iter().filter(|entry| !grouped.contains(&entry.id)) {
        found.push(Found(
            2,
            "On the roster without an event group.".to_owned(),
            entry.athlete_id,
            None,
        ));
    }
    found.truncate(MAX_WARNINGS);
    Ok(found)
}

async fn missing_benchmarks(tx: &Tx, sessions: &[session::Model]) -> Result<Vec<Found>, Refusal> {
    let undone: Vec<&session::Model> = sessions.iter().filter(|row| !derive::is_logged(row)).collect();
    let revisions: Vec<Uuid> = undone
        .iter()
        .filter_map(|row| row.workout_revision_id)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let among = tx
        .dialect()
        .among(workout_element::Column::WorkoutRevisionId, &revisions);
    let mut elements: HashMap<Uuid, Vec<workout_element::Model>> = HashMap::new();
    for row in tx.find(workout_element::Entity::find().filter(among)).await? {
        elements.entry(row.workout_revision_id).or_default().push(row);
    }
    let athletes: Vec<Uuid> = undone
        .iter()
        .map(|row| row.athlete_id)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let among = tx.dialect().among(entity::benchmark::Column::AthleteId, &athletes);
    let mut benchmarks: HashMap<Uuid, Vec<science::intensity::Benchmark>> = HashMap::new();
    for row in tx.find(entity::benchmark::Entity::find().filter(among)).await? {
        benchmarks
            .entry(row.athlete_id)
            .or_default()
            .push(crate::workouts::resolve::benchmark(&row));
    }
    let ids: Vec<Uuid> = undone.iter().map(|row| row.id).collect();
    let details = tx
        .find(detail::Entity::find().filter(tx.dialect().among(detail::Column::Id, &ids)))
        .await?;
    let details: HashMap<Uuid, detail::Model> = details.into_iter().map(|row| (row.id, row)).collect();
    let mut found = Vec::new();
    for row in undone {
        let Some(rows) = row.workout_revision_id.and_then(|revision| elements.get(&revision)) else {
            continue;
        };
        let overrides = details
            .get(&row.id)
            .map(|row| row.step_overrides.0.as_slice())
            .unwrap_or_default();
        let steps = science::prescription::expand(&crate::workouts::element::from_rows(rows), &[overrides]);
        let known = benchmarks.get(&row.athlete_id).map(Vec::as_slice).unwrap_or_default();
        let mut missing: BTreeMap<&str, ()> = BTreeMap::new();
        for target in steps.unwrap_or_default().iter().filter_map(|step| step.target.as_ref()) {
            for lack in science::intensity::resolve(target, known, row.day).missing {
                missing.insert(name(lack), ());
            }
        }
        if !missing.is_empty() {
            let names: Vec<&str> = missing.into_keys().collect();
            let message = format!("Missing for the athlete's own numbers: {}.", names.join(", "));
            found.push(Found(1, message, row.athlete_id, row.practice_session_workout_id));
        }
    }
    Ok(found)
}

fn name(missing: Missing) -> &'static str {
    match missing {
        Missing::HeartRateZones => "heart rate zones",
        Missing::PowerZones => "power zones",
        Missing::PaceZones => "pace zones",
        Missing::MaxHeartRate => "maximal heart rate",
        Missing::ThresholdPower => "threshold power",
        Missing::OneRepMax => "one-repetition maximum",
        Missing::ReferencePace => "reference pace",
    }
}
