//! Workouts: building blocks, compositions, revisions.
use crate::{error::Nullable, print::One, scope::Scope};
use async_graphql::{Context, ID};
use block::{TrainingEventArchiveInput, TrainingEventCreateInput, TrainingEventPayload, TrainingEventUpdateInput};
use compose::{WorkoutCreateInput, WorkoutPayload, WorkoutUpdateInput};
use duplicate::WorkoutDuplicateInput;
use plain::Object;
use retire::{WorkoutArchiveInput, WorkoutDeleteInput, WorkoutDeletePayload};
use training_event::TrainingEvent;
use workout::Workout;

pub mod block;
pub mod compose;
pub mod duplicate;
pub mod element;
pub mod intensity;
pub mod length;
pub mod resolve;
pub mod retire;
pub mod revision;
pub mod step_input;
mod stored;
pub mod training_event;
mod tree;
pub mod workout;

/// This area's part of the queries.
#[derive(Default)]
pub struct WorkoutsQuery;

#[Object]
impl WorkoutsQuery {
    /// One workout; null when there is none or the viewer may not see it.
    async fn workout(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] id: ID) -> Nullable<One<Workout>> {
        Scope::of(ctx).node(&id).await.into()
    }
}

/// This area's part of the mutations.
#[derive(Default)]
pub struct WorkoutsMutation;

#[Object]
impl WorkoutsMutation {
    /// Composes a workout of steps and repeats. Requires COMPOSE_WORKOUTS.
    pub async fn workout_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to compose.")] input: WorkoutCreateInput,
    ) -> Nullable<WorkoutPayload> {
        Workout::create(ctx, input).await.into()
    }

    /// Changes a workout; other steps make a new revision. Requires COMPOSE_WORKOUTS.
    pub async fn workout_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: WorkoutUpdateInput,
    ) -> Nullable<WorkoutPayload> {
        Workout::update(ctx, input).await.into()
    }

    /// Copies a workout, within its program or into another. Requires COMPOSE_WORKOUTS where the copy goes.
    pub async fn workout_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to copy.")] input: WorkoutDuplicateInput,
    ) -> Nullable<WorkoutPayload> {
        Workout::duplicate(ctx, input).await.into()
    }

    /// Puts a workout away, or takes it out again. Requires COMPOSE_WORKOUTS.
    pub async fn workout_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put away.")] input: WorkoutArchiveInput,
    ) -> Nullable<WorkoutPayload> {
        Workout::archive(ctx, input).await.into()
    }

    /// Deletes a workout that nothing uses. Requires COMPOSE_WORKOUTS.
    pub async fn workout_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: WorkoutDeleteInput,
    ) -> Nullable<WorkoutDeletePayload> {
        Workout::delete(ctx, input).await.into()
    }

    /// Makes a building block. Requires COMPOSE_WORKOUTS.
    pub async fn training_event_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: TrainingEventCreateInput,
    ) -> Nullable<TrainingEventPayload> {
        TrainingEvent::create(ctx, input).await.into()
    }

    /// Changes a building block. Requires COMPOSE_WORKOUTS.
    pub async fn training_event_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TrainingEventUpdateInput,
    ) -> Nullable<TrainingEventPayload> {
        TrainingEvent::update(ctx, input).await.into()
    }

    /// Puts a building block away, or takes it out again. Requires COMPOSE_WORKOUTS.
    pub async fn training_event_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put away.")] input: TrainingEventArchiveInput,
    ) -> Nullable<TrainingEventPayload> {
        TrainingEvent::archive(ctx, input).await.into()
    }
}
