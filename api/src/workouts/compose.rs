//! Composing: workouts and their building blocks made, changed, copied, put away.
use super::{
    step_input::{self, Steps, WorkoutElementInput},
    workout::Workout,
};
use crate::{
    access::Action,
    error::Refusal,
    node,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    sql::folded,
    words,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    Json, athlete_training_session, practice_assignment, practice_session_workout, program, training_event,
    workout::{ActiveModel, Entity, Model},
    workout_description, workout_element, workout_note, workout_revision,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::ExprTrait,
};
use std::collections::HashMap;
use uuid::Uuid;

payload! {
    /// A workout that was made or changed.
    WorkoutPayload {
        /// The workout as it is now; null when nothing was done.
        workout: Option<Workout>,
    }
}

payload! {
    /// A workout that was deleted.
    WorkoutDeletePayload {
        /// Id that the workout had; null when nothing was done.
        deleted_workout_id: Option<ID>,
    }
}

/// A workout to compose.
#[derive(InputObject)]
pub struct WorkoutCreateInput {
    /// Made by the client, a UUID for instance; a second request with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Organization that will own it.
    pub program_id: ID,
    /// What it is called, 1 to 200 characters.
    pub title: String,
    /// Running, gym, or something else.
    pub category: words::WorkoutCategory,
    /// What it is for.
    #[graphql(name = "type")]
    pub purpose: words::WorkoutType,
    /// Sport that it trains.
    pub sport: words::Sport,
    /// Whom it suits.
    pub difficulty: Option<words::Difficulty>,
    /// What the athlete reads about it, at most 5,000 characters.
    pub description: Option<String>,
    /// What only staff reads about it, at most 5,000 characters.
    pub coach_notes: Option<String>,
    /// Labels to find it by, at most 20 of at most 50 characters.
    pub tags: Option<Vec<String>>,
    /// Steps and repeats in order; at most 500 steps with all repeats written out.
    pub steps: Vec<WorkoutElementInput>,
}

/// Changes of a workout; what is not given stays. Other steps make a new revision; assignments keep theirs.
#[derive(InputObject)]
pub struct WorkoutUpdateInput {
    /// Workout to change.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// What it is called, 1 to 200 characters.
    pub title: Option<String>,
    /// Running, gym, or something else.
    pub category: Option<words::WorkoutCategory>,
    /// What it is for.
    #[graphql(name = "type")]
    pub purpose: Option<words::WorkoutType>,
    /// Sport that it trains.
    pub sport: Option<words::Sport>,
    /// Whom it suits.
    pub difficulty: MaybeUndefined<words::Difficulty>,
    /// What the athlete reads about it, at most 5,000 characters.
    pub description: MaybeUndefined<String>,
    /// What only staff reads about it, at most 5,000 characters.
    pub coach_notes: MaybeUndefined<String>,
    /// Labels to find it by, at most 20 of at most 50 characters.
    pub tags: Option<Vec<String>>,
    /// All steps and repeats in order, in place of those before.
    pub steps: Option<Vec<WorkoutElementInput>>,
}

/// A workout to copy.
#[derive(InputObject)]
pub struct WorkoutDuplicateInput {
    /// Made by the client, a UUID for instance; a second request with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Workout to copy.
    pub id: ID,
    /// Organization that will own the copy; the same when not given. Its building blocks come along by name.
    pub target_program_id: Option<ID>,
    /// What the copy is called; the same when not given.
    pub title: Option<String>,
}

/// A workout to put away or to take out again.
#[derive(InputObject)]
pub struct WorkoutArchiveInput {
    /// Workout to put away.
    pub id: ID,
    /// Whether it is put away; false takes it out again.
    #[graphql(default = true)]
    pub archived: bool,
}

/// A workout to delete.
#[derive(InputObject)]
pub struct WorkoutDeleteInput {
    /// Workout to delete; refused when a practice or a session uses it.
    pub id: ID,
}

/// Checks labels; shared with building blocks.
pub(super) fn tags(mistakes: &mut Mistakes, tags: Option<&Vec<String>>) {
    let Some(tags) = tags else { return };
    mistakes.items("tags", tags.len(), 0, 20);
    for (index, tag) in tags.iter().enumerate() {
        mistakes.text(&format!("tags.{index}"), tag, 50);
    }
}

async fn texts(
    tx: &Tx,
    workout: &Model,
    description: MaybeUndefined<String>,
    notes: MaybeUndefined<String>,
) -> Result<(), Refusal> {
    match description {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => {
            let own = Condition::all().add(workout_description::Column::Id.eq(workout.id));
            tx.delete_rows::<workout_description::Entity>(own).await?;
        }
        MaybeUndefined::Value(description) => {
            let row = workout_description::ActiveModel {
                id: Set(workout.id),
                program_id: Set(workout.program_id),
                description: Set(description),
            };
            tx.upsert(row, &[workout_description::Column::Id]).await?;
        }
    }
    match notes {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => {
            let own = Condition::all().add(workout_note::Column::Id.eq(workout.id));
            tx.delete_rows::<workout_note::Entity>(own).await?;
        }
        MaybeUndefined::Value(coach_notes) => {
            let row = workout_note::ActiveModel {
                id: Set(workout.id),
                program_id: Set(workout.program_id),
                coach_notes: Set(coach_notes),
            };
            tx.upsert(row, &[workout_note::Column::Id]).await?;
        }
    }
    Ok(())
}

async fn store(tx: &Tx, workout: &Model, version: i32, steps: Steps) -> Result<(), Refusal> {
    let estimate = science::estimate::workout(&steps.elements());
    let revision = workout_revision::ActiveModel {
        id: Set(workout.workout_revision_id),
        program_id: Set(workout.program_id),
        workout_id: Set(workout.id),
        version: Set(version),
        title: Set(workout.title.clone()),
        estimated_duration_seconds: Set(estimate.duration_seconds),
        estimated_distance_meters: Set(estimate.distance_meters),
        is_nominal: Set(estimate.is_nominal),
        created_at: Set(tx.now()),
    };
    tx.insert(revision).await?;
    tx.insert_rows(steps.rows(workout.program_id, workout.workout_revision_id))
        .await
}

async fn elements(tx: &Tx, revision: Uuid) -> Result<Vec<workout_element::Model>, Refusal> {
    tx.find(workout_element::Entity::find().filter(workout_element::Column::WorkoutRevisionId.eq(revision)))
        .await
}

impl Workout {
    pub(super) async fn create(ctx: &Context<'_>, input: WorkoutCreateInput) -> Result<WorkoutPayload, Refusal> {
        let WorkoutCreateInput {
            idempotency_key,
            program_id,
            title,
            category,
            purpose,
            sport,
            difficulty,
            description,
            coach_notes,
            tags,
            steps,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.text("title", &title, 200);
        mistakes.longest("description", description.as_deref().unwrap_or_default(), 5_000);
        mistakes.longest("coachNotes", coach_notes.as_deref().unwrap_or_default(), 5_000);
        self::tags(&mut mistakes, tags.as_ref());
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let program = tx
                .read::<program::Entity>(&program_id, Action::Compose, "programId")
                .await?;
            let steps = mistakes.take(step_input::checked(&tx, program.id, &steps).await)?;
            mistakes.check()?;
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(program.id),
                sort_name: Set(folded(&title)),
                title: Set(title),
                category: Set(category.into()),
                r#type: Set(purpose.into()),
                sport: Set(sport.into()),
                difficulty: Set(difficulty.map(Into::into)),
                tags: Set(Json(tags.unwrap_or_default())),
                author_id: Set(tx.viewer().membership(program.id).map(|membership| membership.id)),
                workout_revision_id: Set(new_id()),
                archived_at: Set(None),
                version: Set(1),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
            };
            let workout = tx.insert(row).await?;
            if let Some(steps) = steps {
                store(&tx, &workout, 1, steps).await?;
            }
            texts(&tx, &workout, optional(description), optional(coach_notes)).await?;
            Ok(workout.id)
        })
        .await?;
        Ok(WorkoutPayload {
            workout: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn update(ctx: &Context<'_>, input: WorkoutUpdateInput) -> Result<WorkoutPayload, Refusal> {
        let WorkoutUpdateInput {
            id,
            expected_version,
            title,
            category,
            purpose,
            sport,
            difficulty,
            description,
            coach_notes,
            tags,
            steps,
        } = input;
        let mut mistakes = Mistakes::default();
        if let Some(title) = &title {
            mistakes.text("title", title, 200);
        }
        mistakes.longest(
            "description",
            description.as_opt_deref().flatten().unwrap_or_default(),
            5_000,
        );
        mistakes.longest(
            "coachNotes",
            coach_notes.as_opt_deref().flatten().unwrap_or_default(),
            5_000,
        );
        self::tags(&mut mistakes, tags.as_ref());
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let before = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            let steps = match steps {
                Some(steps) => mistakes.take(step_input::checked(&tx, before.program_id, &steps).await)?,
                None => None,
            };
            mistakes.check()?;
            let stored = elements(&tx, before.workout_revision_id).await?;
            let steps = steps.filter(|steps| !steps.say_the_same_as(&stored));
            let changes = ActiveModel {
                id: Set(before.id),
                sort_name: title.as_deref().map(folded).patch(),
                title: title.patch(),
                category: category.map(Into::into).patch(),
                r#type: purpose.map(Into::into).patch(),
                sport: sport.map(Into::into).patch(),
                difficulty: difficulty.map_value(Into::into).patch(),
                tags: tags.map(Json).patch(),
                workout_revision_id: steps.as_ref().map(|_| new_id()).patch(),
                ..Default::default()
            };
            let workout = tx.update(changes, Action::Update, expected_version).await?;
            if let Some(steps) = steps {
                let last = tx
                    .find_one(workout_revision::Entity::find_by_id(before.workout_revision_id))
                    .await?;
                store(&tx, &workout, last.map_or(1, |last| last.version + 1), steps).await?;
            }
            texts(&tx, &workout, description, coach_notes).await?;
            Ok(workout.id)
        })
        .await?;
        Ok(WorkoutPayload {
            workout: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn duplicate(ctx: &Context<'_>, input: WorkoutDuplicateInput) -> Result<WorkoutPayload, Refusal> {
        let WorkoutDuplicateInput {
            idempotency_key,
            id,
            target_program_id,
            title,
        } = input;
        let mut mistakes = Mistakes::default();
        if let Some(title) = &title {
            mistakes.text("title", title, 200);
        }
        mistakes.check()?;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let own = target_program_id.is_none();
            let original = tx
                .read::<Entity>(&id, if own { Action::Compose } else { Action::Read }, "id")
                .await?;
            let target = match target_program_id {
                Some(id) => {
                    tx.read::<program::Entity>(&id, Action::Compose, "targetProgramId")
                        .await?
                        .id
                }
                None => original.program_id,
            };
            let mut steps = Steps::copied(elements(&tx, original.workout_revision_id).await?);
            if target != original.program_id {
                bring_training_events(&tx, &mut steps, target).await?;
            }
            let title = title.unwrap_or_else(|| original.title.clone());
            let copy = ActiveModel {
                id: Set(new_id()),
                program_id: Set(target),
                sort_name: Set(folded(&title)),
                title: Set(title),
                author_id: Set(tx.viewer().membership(target).map(|membership| membership.id)),
                workout_revision_id: Set(new_id()),
                archived_at: Set(None),
                version: Set(1),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..original.clone().into_active_model().reset_all()
            };
            let copy = tx.insert(copy).await?;
            store(&tx, &copy, 1, steps).await?;
            let description = tx
                .find_one(workout_description::Entity::find_by_id(original.id))
                .await?;
            let notes = tx.find_one(workout_note::Entity::find_by_id(original.id)).await?;
            let notes = optional(notes.map(|row| row.coach_notes));
            texts(&tx, &copy, optional(description.map(|row| row.description)), notes).await?;
            Ok(copy.id)
        })
        .await?;
        Ok(WorkoutPayload {
            workout: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn archive(ctx: &Context<'_>, input: WorkoutArchiveInput) -> Result<WorkoutPayload, Refusal> {
        let WorkoutArchiveInput { id, archived } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let workout = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            if workout.archived_at.is_some() == archived {
                return Ok(workout.id);
            }
            let archived_at = Set(archived.then(|| tx.now()));
            let changes = ActiveModel {
                id: Set(workout.id),
                archived_at,
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, None).await?.id)
        })
        .await?;
        Ok(WorkoutPayload {
            workout: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn delete(ctx: &Context<'_>, input: WorkoutDeleteInput) -> Result<WorkoutDeletePayload, Refusal> {
        let WorkoutDeleteInput { id } = input;
        let (_, id) = write(ctx, async move |tx: Tx| {
            let workout = tx.lock::<Entity>(&id, Action::Delete, "id").await?;
            let of_workout = workout_revision::Column::WorkoutId.eq(workout.id);
            let revisions = tx
                .find(workout_revision::Entity::find().filter(of_workout.clone()))
                .await?;
            let ids: Vec<Uuid> = revisions.iter().map(|revision| revision.id).collect();
            refuse_if_used(&tx, &workout, &ids).await?;
            let own = |column: workout_element::Column| Condition::all().add(tx.dialect().among(column, &ids));
            // What stands in repeats goes before the repeats.
            loop {
                let parents = workout_element::Entity::find()
                    .filter(tx.dialect().among(workout_element::Column::WorkoutRevisionId, &ids))
                    .filter(workout_element::Column::ParentId.is_not_null());
                let parents: Vec<Uuid> = tx.find(parents).await?.iter().filter_map(|row| row.parent_id).collect();
                let leaves = own(workout_element::Column::WorkoutRevisionId).add(ExprTrait::not(
                    tx.dialect().among(workout_element::Column::Id, &parents),
                ));
                tx.delete_rows::<workout_element::Entity>(leaves).await?;
                if parents.is_empty() {
                    break;
                }
            }
            let description = workout_description::Column::Id.eq(workout.id);
            tx.delete_rows::<workout_description::Entity>(Condition::all().add(description))
                .await?;
            let note = workout_note::Column::Id.eq(workout.id);
            tx.delete_rows::<workout_note::Entity>(Condition::all().add(note))
                .await?;
            tx.delete_rows::<workout_revision::Entity>(Condition::all().add(of_workout))
                .await?;
            let id = workout.id;
            tx.delete::<Entity>(workout).await?;
            Ok(id)
        })
        .await?;
        Ok(WorkoutDeletePayload {
            deleted_workout_id: Some(node::global::<Entity>(id)),
            ..Default::default()
        })
    }
}

fn optional(text: Option<String>) -> MaybeUndefined<String> {
    text.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value)
}

async fn refuse_if_used(tx: &Tx, workout: &Model, revisions: &[Uuid]) -> Result<(), Refusal> {
    let assigned = practice_session_workout::Column::WorkoutId.eq(workout.id);
    let replaced = practice_assignment::Column::ReplacementWorkoutId.eq(workout.id);
    let done = tx
        .dialect()
        .among(athlete_training_session::Column::WorkoutRevisionId, revisions);
    let is_used = tx
        .find_one(practice_session_workout::Entity::find().filter(assigned))
        .await?
        .is_some()
        || tx
            .find_one(practice_assignment::Entity::find().filter(replaced))
            .await?
            .is_some()
        || tx
            .find_one(athlete_training_session::Entity::find().filter(done))
            .await?
            .is_some();
    if is_used {
        let message = "A practice or a session uses the workout; archive it instead.";
        return Err(UserError::new(UserErrorCode::InUse, message).at("id").into());
    }
    Ok(())
}

/// Puts the other program's building blocks of the same name in the place of those of the original; copies those that
/// it lacks.
async fn bring_training_events(tx: &Tx, steps: &mut Steps, target: Uuid) -> Result<(), Refusal> {
    let ids: Vec<Uuid> = steps.training_events().map(|id| *id).collect();
    let originals = training_event::Entity::find().filter(tx.dialect().among(training_event::Column::Id, &ids));
    let originals = tx.find(originals).await?;
    let names: Vec<&str> = originals.iter().map(|event| event.sort_name.as_str()).collect();
    let there = training_event::Entity::find()
        .filter(training_event::Column::ProgramId.eq(target))
        .filter(training_event::Column::SortName.is_in(names));
    let mut there: HashMap<String, Uuid> = tx
        .find(there)
        .await?
        .into_iter()
        .map(|event| (event.sort_name, event.id))
        .collect();
    let mut ids: HashMap<Uuid, Uuid> = HashMap::new();
    for event in originals {
        let id = match there.get(&event.sort_name) {
            Some(id) => *id,
            None => {
                let copy = training_event::ActiveModel {
                    id: Set(new_id()),
                    program_id: Set(target),
                    version: Set(1),
                    created_at: Set(tx.now()),
                    updated_at: Set(tx.now()),
                    ..event.clone().into_active_model().reset_all()
                };
                tx.insert(copy).await?.id
            }
        };
        there.insert(event.sort_name, id);
        ids.insert(event.id, id);
    }
    for id in steps.training_events() {
        *id = ids.get(id).copied().unwrap_or(*id);
    }
    Ok(())
}
