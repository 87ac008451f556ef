//! Parts of a session, and sets of lifts, as they were done.
use super::{
    log::Work,
    planned::{MAX_METERS, MAX_SECONDS},
};
use crate::{
    error::Nullable,
    payload::{Mistakes, UserError, UserErrorCode},
    print::One,
    scope::Scope,
    workouts::{
        element::{Tree, WorkoutStep},
        training_event::TrainingEvent,
    },
};
use async_graphql::{Context, ID, InputObject};
use entity::{athlete_training_session::Model, athlete_training_session_detail as detail};
use plain::Object;
use std::sync::Arc;

/// A part of a session.
pub struct Split(pub detail::Split, pub Option<Arc<Tree>>);

/// A part of a session: a lap, a repetition, a leg.
#[Object]
impl Split {
    /// Place in the session, from 0.
    async fn index(&self) -> i32 {
        self.0.index
    }

    /// Step of the workout that it fulfils; null for who may not see the workout.
    async fn step(&self) -> Option<WorkoutStep> {
        self.1.as_ref()?.step(self.0.step_id?)
    }

    /// Which repetition of its step it is, from 1.
    async fn repetition(&self) -> Option<i32> {
        self.0.repetition
    }

    /// Distance in metres.
    async fn distance_meters(&self) -> Option<f64> {
        self.0.distance_meters
    }

    /// Time in seconds.
    async fn duration_seconds(&self) -> f64 {
        self.0.duration_seconds
    }

    /// Rest after it in seconds.
    async fn rest_seconds(&self) -> Option<i32> {
        self.0.rest_seconds
    }

    /// Mean heart rate in beats a minute.
    async fn average_heart_rate_bpm(&self) -> Option<i32> {
        self.0.average_heart_rate_bpm
    }

    /// Mean power in watts.
    async fn average_power_watts(&self) -> Option<i32> {
        self.0.average_power_watts
    }
}

/// One set of a lift as it was done.
pub struct SetResult(pub detail::SetResult, pub Option<Arc<Tree>>);

/// One set of a lift as it was done.
#[Object]
impl SetResult {
    /// Step of the workout that it fulfils; null for who may not see the workout.
    async fn step(&self) -> Option<WorkoutStep> {
        self.1.as_ref()?.step(self.0.step_id?)
    }

    /// The exercise that was done.
    async fn exercise(&self, ctx: &Context<'_>) -> Nullable<One<TrainingEvent>> {
        Scope::of(ctx).referred_if(ctx, self.0.exercise_id).await.into()
    }

    /// Which set of the exercise, from 1.
    async fn set(&self) -> i32 {
        self.0.set
    }

    /// Repetitions done.
    async fn reps(&self) -> i32 {
        self.0.reps
    }

    /// Load in kilograms; null for the body's own weight.
    async fn load_kg(&self) -> Option<f64> {
        self.0.load_kg
    }

    /// Perceived exertion of the set, 1 to 10.
    async fn rpe(&self) -> Option<f64> {
        self.0.rpe
    }

    /// Repetitions that could still have been done.
    async fn reps_in_reserve(&self) -> Option<i32> {
        self.0.reps_in_reserve
    }
}

/// A part of a session: a lap, a repetition, a leg.
#[derive(InputObject, Clone)]
pub struct SplitInput {
    /// Place in the session, from 0; each once.
    pub index: i32,
    /// Step of the session's workout that it fulfils.
    pub step_id: Option<ID>,
    /// Which repetition of its step it is, from 1.
    pub repetition: Option<i32>,
    /// Distance in metres.
    pub distance_meters: Option<f64>,
    /// Time in seconds.
    pub duration_seconds: f64,
    /// Rest after it in seconds.
    pub rest_seconds: Option<i32>,
    /// Mean heart rate in beats a minute.
    pub average_heart_rate_bpm: Option<i32>,
    /// Mean power in watts.
    pub average_power_watts: Option<i32>,
}

/// One set of a lift as it was done.
#[derive(InputObject, Clone)]
pub struct SetResultInput {
    /// Step of the session's workout that it fulfils.
    pub step_id: Option<ID>,
    /// Exercise that was done.
    pub exercise_id: Option<ID>,
    /// Which set of the exercise, from 1.
    pub set: i32,
    /// Repetitions done.
    pub reps: i32,
    /// Load in kilograms; omitted for the body's own weight.
    pub load_kg: Option<f64>,
    /// Perceived exertion of the set, 1 to 10.
    pub rpe: Option<f64>,
    /// Repetitions that could still have been done.
    pub reps_in_reserve: Option<i32>,
}

impl SplitInput {
    pub(super) fn check(splits: &[Self], path: &str, mistakes: &mut Mistakes) {
        mistakes.items(path, splits.len(), 0, 500);
        let mut indexes = std::collections::HashSet::new();
        for (place, split) in splits.iter().enumerate() {
            let at = |field: &str| format!("{path}.{place}.{field}");
            let longest = f64::from(MAX_SECONDS);
            mistakes.range(&at("durationSeconds"), split.duration_seconds, 0.0, longest);
            let distance = split.distance_meters.unwrap_or(0.0);
            mistakes.range(&at("distanceMeters"), distance, 0.0, f64::from(MAX_METERS));
            for (field, value, least, most) in [
                ("index", Some(split.index), 0, 10_000),
                ("repetition", split.repetition, 1, 10_000),
                ("restSeconds", split.rest_seconds, 0, MAX_SECONDS),
                ("averageHeartRateBpm", split.average_heart_rate_bpm, 20, 300),
                ("averagePowerWatts", split.average_power_watts, 0, 5_000),
            ] {
                if let Some(value) = value {
                    mistakes.range(&at(field), value, least, most);
                }
            }
            if !indexes.insert(split.index) {
                let message = "Each place in the session is given once.";
                mistakes.add(UserError::new(UserErrorCode::Taken, message).at(&at("index")));
            }
        }
    }

    pub(super) fn stored(self, work: &Work, row: &Model) -> detail::Split {
        let Self {
            index,
            step_id,
            repetition,
            distance_meters,
            duration_seconds,
            rest_seconds,
            average_heart_rate_bpm,
            average_power_watts,
        } = self;
        detail::Split {
            index,
            step_id: step_id.and_then(|id| work.step(&id, row)),
            repetition,
            distance_meters,
            duration_seconds,
            rest_seconds,
            average_heart_rate_bpm,
            average_power_watts,
        }
    }
}

impl SetResultInput {
    pub(super) fn check(sets: &[Self], path: &str, mistakes: &mut Mistakes) {
        mistakes.items(path, sets.len(), 0, 500);
        for (place, set) in sets.iter().enumerate() {
            let at = |field: &str| format!("{path}.{place}.{field}");
            mistakes.range(&at("set"), set.set, 1, 100);
            mistakes.range(&at("reps"), set.reps, 0, 1_000);
            mistakes.range(&at("loadKg"), set.load_kg.unwrap_or(0.0), 0.0, 1_000.0);
            mistakes.range(&at("rpe"), set.rpe.unwrap_or(1.0), 1.0, 10.0);
            mistakes.range(&at("repsInReserve"), set.reps_in_reserve.unwrap_or(0), 0, 100);
        }
    }

    pub(super) fn stored(self, work: &Work, row: &Model) -> detail::SetResult {
        let Self {
            step_id,
            exercise_id,
            set,
            reps,
            load_kg,
            rpe,
            reps_in_reserve,
        } = self;
        detail::SetResult {
            step_id: step_id.and_then(|id| work.step(&id, row)),
            exercise_id: exercise_id.and_then(|id| work.exercise(&id, row)),
            set,
            reps,
            load_kg,
            rpe,
            reps_in_reserve,
        }
    }
}
