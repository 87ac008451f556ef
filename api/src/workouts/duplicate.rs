//! Workouts copied, within a program or into another.
use super::{
    compose::{WorkoutPayload, optional, store, texts},
    element,
    step_input::Steps,
    workout::Workout,
};
use crate::{
    access::{Action, allowed},
    error::Refusal,
    payload::{Mistakes, UserError},
    scope::new_id,
    sql::folded,
    write::{Tx, write_once},
};
use async_graphql::{Context, ID, InputObject};
use entity::{
    enums::ChangeOperation,
    program, training_event,
    workout::{ActiveModel, Entity},
    workout_description, workout_note, workout_revision,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

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

impl Workout {
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
            let revision = workout_revision::Entity::find_by_id(original.workout_revision_id).filter(allowed::<
                workout_revision::Entity,
            >(
                tx.viewer(),
                Action::Read,
            ));
            // An athlete sees a workout, but of its steps only those that were given.
            if tx.find_one(revision).await?.is_none() {
                return Err(UserError::not_allowed("id").into());
            }
            let mut steps = Steps::copied(element::rows_of(&tx, original.workout_revision_id).await?);
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
            let notes = workout_note::Entity::find_by_id(original.id)
                .filter(allowed::<workout_note::Entity>(tx.viewer(), Action::Read));
            let notes = tx.find_one(notes).await?;
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
}

/// Puts the other program's building blocks of the same name in the place of those of the original; copies those that
/// it lacks.
async fn bring_training_events(tx: &Tx, steps: &mut Steps, target: Uuid) -> Result<(), Refusal> {
    let ids: Vec<Uuid> = steps.training_events().map(|id| *id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let originals = training_event::Entity::find().filter(tx.dialect().among(training_event::Column::Id, &ids));
    let originals = tx.find(originals).await?;
    let names: Vec<&str> = originals.iter().map(|event| event.sort_name.as_str()).collect();
    let there = training_event::Entity::find()
        .filter(training_event::Column::ProgramId.eq(target))
        .filter(training_event::Column::SortName.is_in(names));
    let there: HashMap<String, Uuid> = tx
        .find(there)
        .await?
        .into_iter()
        .map(|event| (event.sort_name, event.id))
        .collect();
    let mut ids: HashMap<Uuid, Uuid> = HashMap::new();
    let mut copies = Vec::new();
    for event in originals {
        let id = match there.get(&event.sort_name) {
            Some(id) => *id,
            None => {
                let copy = training_event::Model {
                    id: new_id(),
                    program_id: target,
                    version: 1,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    ..event.clone()
                };
                tx.emit::<training_event::Entity>(&copy, ChangeOperation::Created);
                let id = copy.id;
                copies.push(copy.into_active_model().reset_all());
                id
            }
        };
        ids.insert(event.id, id);
    }
    tx.insert_rows(copies).await?;
    for id in steps.training_events() {
        *id = ids.get(id).copied().unwrap_or(*id);
    }
    Ok(())
}
