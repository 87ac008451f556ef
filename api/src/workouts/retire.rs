//! Workouts put away and deleted.
use super::{compose::WorkoutPayload, workout::Workout};
use crate::{
    access::Action,
    error::Refusal,
    node, payload,
    payload::{UserError, UserErrorCode},
    write::{Tx, write},
};
use async_graphql::{Context, ID, InputObject};
use entity::{
    athlete_training_session, practice_assignment, practice_session_workout,
    workout::{ActiveModel, Entity, Model},
    workout_description, workout_element, workout_note, workout_revision,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::ExprTrait};
use uuid::Uuid;

payload! {
    /// A workout that was deleted.
    WorkoutDeletePayload {
        /// Id that the workout had; null when nothing was done.
        deleted_workout_id: Option<ID>,
    }
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

/// What to remove for good.
#[derive(InputObject)]
pub struct WorkoutDeleteInput {
    /// Workout to delete; refused when a practice or a session uses it.
    pub id: ID,
}

impl Workout {
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
