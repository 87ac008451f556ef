//! What an athlete is asked to do in a session.
use crate::{
    error::Nullable, patch::Patch, payload::Mistakes, print::One, scope::Scope, workouts::revision::WorkoutRevision,
};
use async_graphql::{Context, InputObject, MaybeUndefined};
use entity::{
    athlete_training_session::{ActiveModel, Model},
    athlete_training_session_detail as detail,
};
use plain::Object;
use std::sync::Arc;

/// Longest distance of a session, metres.
pub const MAX_METERS: i32 = 2_000_000;
/// Longest session, seconds: a week.
pub const MAX_SECONDS: i32 = 604_800;

/// What an athlete was asked to do.
pub struct PlannedTraining(pub Arc<Model>);

/// What an athlete was asked to do.
#[Object]
impl PlannedTraining {
    /// Instructions.
    async fn description(&self, ctx: &Context<'_>) -> Nullable<String> {
        let wide = Scope::of(ctx).get::<detail::Entity>(self.0.id).await;
        wide.map(|wide| wide.and_then(|wide| wide.planned_description.clone()))
            .into()
    }

    /// Distance in metres; of a workout the estimate.
    async fn distance_meters(&self) -> Option<i32> {
        self.0.planned_distance_meters
    }

    /// Duration in seconds; of a workout the estimate.
    async fn duration_seconds(&self) -> Option<i32> {
        self.0.planned_duration_seconds
    }

    /// Perceived exertion, 1 to 10.
    async fn rpe(&self) -> Option<i32> {
        self.0.planned_rpe
    }

    /// The workout as it was when it was assigned; null without a workout, and for who may not see it.
    async fn workout_revision(&self, ctx: &Context<'_>) -> Nullable<One<WorkoutRevision>> {
        Scope::of(ctx).referred_if(ctx, self.0.workout_revision_id).await.into()
    }
}

/// What is asked. What is omitted stays as it is; null clears.
#[derive(InputObject, Clone, Default)]
pub struct PlannedTrainingInput {
    /// Instructions, at most 10,000 characters.
    pub description: MaybeUndefined<String>,
    /// Distance in metres, 0 to 2,000,000.
    pub distance_meters: MaybeUndefined<i32>,
    /// Duration in seconds, 0 to 604,800.
    pub duration_seconds: MaybeUndefined<i32>,
    /// Perceived exertion, 1 to 10.
    pub rpe: MaybeUndefined<i32>,
}

impl PlannedTrainingInput {
    /// Tells what is wrong; `path` is where the input lies.
    pub fn check(&self, path: &str, mistakes: &mut Mistakes) {
        if let MaybeUndefined::Value(text) = &self.description {
            mistakes.longest(&format!("{path}.description"), text, 10_000);
        }
        for (field, value, least, most) in [
            ("distanceMeters", &self.distance_meters, 0, MAX_METERS),
            ("durationSeconds", &self.duration_seconds, 0, MAX_SECONDS),
            ("rpe", &self.rpe, 1, 10),
        ] {
            if let MaybeUndefined::Value(value) = value {
                mistakes.range(&format!("{path}.{field}"), *value, least, most);
            }
        }
    }

    /// As changes of the two sides of a session.
    pub fn put(self, row: &mut ActiveModel, wide: &mut detail::ActiveModel) {
        let Self {
            description,
            distance_meters,
            duration_seconds,
            rpe,
        } = self;
        description.onto(&mut wide.planned_description);
        row.planned_distance_meters = distance_meters.patch();
        row.planned_duration_seconds = duration_seconds.patch();
        row.planned_rpe = rpe.patch();
    }
}
