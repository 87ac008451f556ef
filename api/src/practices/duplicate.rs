//! Practices made after others: on another day, or to make up for one that was cancelled.
use super::{derive, plan::PracticeSessionPayload, practice::PracticeSession};
use crate::{
    access::Action,
    error::Refusal,
    history::day,
    scope::new_id,
    write::{Tx, write_once},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    practice_assignment,
    practice_session::{ActiveModel, Entity, Model},
    practice_session_workout, practice_workout_athlete, practice_workout_group,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

/// A practice to repeat at another time, as a draft.
#[derive(InputObject)]
pub struct PracticeSessionDuplicateInput {
    /// Made by the client, a UUID for instance; a second request with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Practice to repeat.
    pub id: ID,
    /// When the new one begins; it lasts as long.
    pub starts_at: DateTime<Utc>,
    /// Whether changes for single athletes come along; excusals stay behind.
    #[graphql(default = true)]
    pub include_overrides: bool,
    /// Whether the new one makes up for this one.
    #[graphql(default)]
    pub as_makeup: bool,
}

impl PracticeSession {
    pub(super) async fn duplicate(
        ctx: &Context<'_>,
        input: PracticeSessionDuplicateInput,
    ) -> Result<PracticeSessionPayload, Refusal> {
        let PracticeSessionDuplicateInput {
            idempotency_key,
            id,
            starts_at,
            include_overrides,
            as_makeup,
        } = input;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let original = tx.lock::<Entity>(&id, Action::ManagePractices, "id").await?;
            let starts_at = crate::sql::instant(starts_at);
            let copy = ActiveModel {
                id: Set(new_id()),
                starts_at: Set(starts_at),
                ends_at: Set(starts_at + (original.ends_at - original.starts_at)),
                day: Set(day::local_day(starts_at, day::zone(&original.timezone))),
                published_at: Set(None),
                cancelled_at: Set(None),
                cancellation_reason: Set(None),
                makeup_for_id: Set(as_makeup.then_some(original.id)),
                version: Set(1),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..sea_orm::ActiveModelTrait::reset_all(original.clone().into_active_model())
            };
            let copy = tx.insert(copy).await?;
            copy_workouts(&tx, &original, &copy, include_overrides).await?;
            derive::practices(&tx, std::slice::from_ref(&copy)).await?;
            Ok(copy.id)
        })
        .await?;
        Ok(PracticeSessionPayload {
            practice_session: scope.record(id).await?,
            ..Default::default()
        })
    }
}

async fn copy_workouts(tx: &Tx, from: &Model, to: &Model, include_overrides: bool) -> Result<(), Refusal> {
    use sea_orm::ActiveModelTrait;
    let workouts = practice_session_workout::Entity::find()
        .filter(practice_session_workout::Column::PracticeSessionId.eq(from.id));
    let mut copies: HashMap<Uuid, Uuid> = HashMap::new();
    for workout in tx.find(workouts).await? {
        let copy = practice_session_workout::ActiveModel {
            id: Set(new_id()),
            practice_session_id: Set(to.id),
            published_at: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
            ..workout.clone().into_active_model().reset_all()
        };
        copies.insert(workout.id, tx.insert(copy).await?.id);
    }
    let originals: Vec<Uuid> = copies.keys().copied().collect();
    let copy_of = |id: Uuid| copies.get(&id).copied().unwrap_or(id);
    let among = tx
        .dialect()
        .among(practice_workout_group::Column::PracticeSessionWorkoutId, &originals);
    let groups = tx
        .find(practice_workout_group::Entity::find().filter(among))
        .await?
        .into_iter()
        .map(|row| practice_workout_group::ActiveModel {
            id: Set(new_id()),
            practice_session_workout_id: Set(copy_of(row.practice_session_workout_id)),
            ..row.into_active_model().reset_all()
        });
    tx.insert_rows(groups.collect()).await?;
    let among = tx
        .dialect()
        .among(practice_workout_athlete::Column::PracticeSessionWorkoutId, &originals);
    let athletes = tx
        .find(practice_workout_athlete::Entity::find().filter(among))
        .await?
        .into_iter()
        .map(|row| practice_workout_athlete::ActiveModel {
            id: Set(new_id()),
            practice_session_workout_id: Set(copy_of(row.practice_session_workout_id)),
            ..row.into_active_model().reset_all()
        });
    tx.insert_rows(athletes.collect()).await?;
    if !include_overrides {
        return Ok(());
    }
    use entity::enums::AssignmentKind;
    let changed = practice_assignment::Entity::find()
        .filter(
            tx.dialect()
                .among(practice_assignment::Column::PracticeSessionWorkoutId, &originals),
        )
        .filter(practice_assignment::Column::WithdrawnAt.is_null())
        .filter(practice_assignment::Column::Kind.is_in([AssignmentKind::Modified, AssignmentKind::Replaced]));
    let changed = tx
        .find(changed)
        .await?
        .into_iter()
        .map(|row| practice_assignment::ActiveModel {
            id: Set(new_id()),
            practice_session_id: Set(to.id),
            practice_session_workout_id: Set(copy_of(row.practice_session_workout_id)),
            version: Set(1),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
            ..row.into_active_model().reset_all()
        });
    tx.insert_rows(changed.collect()).await
}
