//! Workouts composed and changed.
use super::{
    element,
    step_input::{self, Steps, WorkoutElementInput},
    workout::Workout,
};
use crate::{
    access::Action,
    error::Refusal,
    patch::Patch,
    payload,
    payload::Mistakes,
    scope::new_id,
    sql::folded,
    words,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    Json, program,
    workout::{ActiveModel, Entity, Model},
    workout_description, workout_note, workout_revision,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait};

payload! {
    /// A workout that was made or changed.
    WorkoutPayload {
        /// The workout as it is now; null when nothing was done.
        workout: Option<Workout>,
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

/// Checks labels; shared with building blocks.
pub(super) fn tags(mistakes: &mut Mistakes, tags: Option<&Vec<String>>) {
    let Some(tags) = tags else { return };
    mistakes.items("tags", tags.len(), 0, 20);
    for (index, tag) in tags.iter().enumerate() {
        mistakes.text(&format!("tags.{index}"), tag, 50);
    }
}

pub(super) async fn texts(
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

pub(super) async fn store(tx: &Tx, workout: &Model, version: i32, steps: Steps) -> Result<(), Refusal> {
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
            let steps = match steps {
                Some(steps) => {
                    let stored = element::rows_of(&tx, before.workout_revision_id).await?;
                    (!steps.say_the_same_as(&stored)).then_some(steps)
                }
                None => None,
            };
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
}

pub(super) fn optional(text: Option<String>) -> MaybeUndefined<String> {
    text.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value)
}
