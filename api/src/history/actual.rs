//! What an athlete did in a session.
use super::planned::{MAX_METERS, MAX_SECONDS};
use crate::{
    auth::user::User,
    error::{Failure, Nullable},
    payload::{Mistakes, UserError, UserErrorCode},
    scope::Scope,
    words,
    workouts::training_event::TrainingEvent,
};
use async_graphql::{Context, ID, InputObject, Json, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::{
    athlete_training_session::Model,
    athlete_training_session_detail as detail,
    enums::{LoadMethod, SessionOutcome},
};
use std::sync::Arc;

/// Highest load of a session.
pub const MAX_LOAD: f64 = 100_000.0;

/// What an athlete did.
pub struct ActualTraining(pub Arc<Model>);

/// What an athlete did.
#[Object]
impl ActualTraining {
    /// The athlete's own account.
    async fn description(&self, ctx: &Context<'_>) -> Nullable<String> {
        let wide = self.wide(&Scope::of(ctx)).await;
        wide.map(|wide| wide.and_then(|wide| wide.actual_description.clone()))
            .into()
    }

    /// Distance in metres.
    async fn distance_meters(&self) -> Option<i32> {
        self.0.actual_distance_meters
    }

    /// Duration in seconds.
    async fn duration_seconds(&self) -> Option<i32> {
        self.0.actual_duration_seconds
    }

    /// Perceived exertion, 1 to 10.
    async fn rpe(&self) -> Option<i32> {
        self.0.actual_rpe
    }

    /// How much the session asked of the athlete, in arbitrary units; `sessionLoadMethod` says how it was found.
    async fn session_load(&self) -> Option<f64> {
        self.0.session_load
    }

    /// How `sessionLoad` was found: entered, or perceived exertion times minutes.
    async fn session_load_method(&self) -> Option<words::LoadMethod> {
        self.0.session_load_method.map(Into::into)
    }

    /// Laps, repetitions or legs, in order.
    async fn splits(&self, ctx: &Context<'_>) -> Result<Vec<Split>, Failure> {
        let wide = self.wide(&Scope::of(ctx)).await?;
        Ok(wide.map_or_else(Vec::new, |wide| wide.splits.0.iter().cloned().map(Split).collect()))
    }

    /// Sets of lifts, in the order logged.
    async fn sets(&self, ctx: &Context<'_>) -> Result<Vec<SetResult>, Failure> {
        let wide = self.wide(&Scope::of(ctx)).await?;
        Ok(wide.map_or_else(Vec::new, |wide| wide.sets.0.iter().cloned().map(SetResult).collect()))
    }

    /// Other figures as the athlete's device or app gave them.
    async fn metrics(&self, ctx: &Context<'_>) -> Nullable<Json<serde_json::Value>> {
        let wide = self.wide(&Scope::of(ctx)).await;
        wide.map(|wide| wide.and_then(|wide| wide.metrics.clone().map(|metrics| Json(metrics.0))))
            .into()
    }

    /// Who logged it: the athlete, or staff on behalf of the athlete.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Nullable<User> {
        Scope::of(ctx).record_if(self.0.recorded_by_id).await.into()
    }

    /// When it was logged or last corrected.
    async fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.0.recorded_at
    }
}

impl ActualTraining {
    async fn wide(&self, scope: &Scope) -> Result<Option<Arc<detail::Model>>, Failure> {
        scope.get::<detail::Entity>(self.0.id).await
    }
}

/// A part of a session.
pub struct Split(detail::Split);

/// A part of a session: a lap, a repetition, a leg.
#[Object]
impl Split {
    /// Place in the session, from 0.
    async fn index(&self) -> i32 {
        self.0.index
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
pub struct SetResult(detail::SetResult);

/// One set of a lift as it was done.
#[Object]
impl SetResult {
    /// The exercise that was done.
    async fn exercise(&self, ctx: &Context<'_>) -> Nullable<TrainingEvent> {
        Scope::of(ctx).record_if(self.0.exercise_id).await.into()
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

/// What was done. What is omitted stays as it is; null clears.
#[derive(InputObject, Clone, Default)]
pub struct ActualTrainingInput {
    /// The athlete's own account, at most 10,000 characters.
    pub description: MaybeUndefined<String>,
    /// Distance in metres, 0 to 2,000,000.
    pub distance_meters: MaybeUndefined<i32>,
    /// Duration in seconds, 0 to 604,800.
    pub duration_seconds: MaybeUndefined<i32>,
    /// Perceived exertion, 1 to 10.
    pub rpe: MaybeUndefined<i32>,
    /// Load of the session, 0 to 100,000; when not given it follows from exertion and duration, if both are known.
    pub session_load: MaybeUndefined<f64>,
    /// Laps, repetitions or legs, at most 500, in place of those before.
    pub splits: Option<Vec<SplitInput>>,
    /// Sets of lifts, at most 500, in place of those before.
    pub sets: Option<Vec<SetResultInput>>,
    /// Other figures as a device or app gives them, at most 32 KiB.
    pub metrics: MaybeUndefined<Json<serde_json::Value>>,
}

/// A part of a session: a lap, a repetition, a leg.
#[derive(InputObject, Clone)]
pub struct SplitInput {
    /// Place in the session, from 0; each once.
    pub index: i32,
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

impl ActualTrainingInput {
    /// Tells what is wrong; `path` is where the input lies.
    pub fn check(&self, path: &str, outcome: SessionOutcome, mistakes: &mut Mistakes) {
        let at = |field: &str| format!("{path}.{field}");
        if let MaybeUndefined::Value(text) = &self.description {
            mistakes.longest(&at("description"), text, 10_000);
        }
        for (field, value, least, most) in [
            ("distanceMeters", &self.distance_meters, 0, MAX_METERS),
            ("durationSeconds", &self.duration_seconds, 0, MAX_SECONDS),
            ("rpe", &self.rpe, 1, 10),
        ] {
            if let MaybeUndefined::Value(value) = value {
                mistakes.range(&at(field), *value, least, most);
            }
        }
        if let MaybeUndefined::Value(load) = &self.session_load {
            mistakes.range(&at("sessionLoad"), *load, 0.0, MAX_LOAD);
        }
        if let MaybeUndefined::Value(Json(metrics)) = &self.metrics
            && metrics.to_string().len() > 32_768
        {
            mistakes.add(UserError::new(UserErrorCode::TooLong, "Give at most 32 KiB.").at(&at("metrics")));
        }
        let (splits, sets) = (self.splits.as_deref(), self.sets.as_deref());
        SplitInput::check(splits.unwrap_or_default(), &at("splits"), mistakes);
        SetResultInput::check(sets.unwrap_or_default(), &at("sets"), mistakes);
        if outcome == SessionOutcome::Skipped && self.has_amounts() {
            let message = "A skipped session has no amounts; a description may tell why.";
            mistakes.add(UserError::new(UserErrorCode::Invalid, message).at(path));
        }
    }

    fn has_amounts(&self) -> bool {
        self.distance_meters.is_value()
            || self.duration_seconds.is_value()
            || self.rpe.is_value()
            || self.session_load.is_value()
            || self.splits.as_ref().is_some_and(|splits| !splits.is_empty())
            || self.sets.as_ref().is_some_and(|sets| !sets.is_empty())
    }

    /// Exercises that the sets name.
    pub fn exercises(&self) -> Vec<ID> {
        let sets = self.sets.iter().flatten();
        sets.filter_map(|set| set.exercise_id.clone()).collect()
    }
}

impl SplitInput {
    fn check(splits: &[Self], path: &str, mistakes: &mut Mistakes) {
        mistakes.items(path, splits.len(), 0, 500);
        let mut indexes = std::collections::HashSet::new();
        for split in splits {
            let at = |field: &str| format!("{path}.{field}");
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

    pub(super) fn stored(self) -> detail::Split {
        let Self {
            index,
            repetition,
            distance_meters,
            duration_seconds,
            rest_seconds,
            average_heart_rate_bpm,
            average_power_watts,
        } = self;
        detail::Split {
            index,
            step_id: None,
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
    fn check(sets: &[Self], path: &str, mistakes: &mut Mistakes) {
        mistakes.items(path, sets.len(), 0, 500);
        for set in sets {
            let at = |field: &str| format!("{path}.{field}");
            mistakes.range(&at("set"), set.set, 1, 100);
            mistakes.range(&at("reps"), set.reps, 0, 1_000);
            mistakes.range(&at("loadKg"), set.load_kg.unwrap_or(0.0), 0.0, 1_000.0);
            mistakes.range(&at("rpe"), set.rpe.unwrap_or(1.0), 1.0, 10.0);
            mistakes.range(&at("repsInReserve"), set.reps_in_reserve.unwrap_or(0), 0, 100);
        }
    }

    pub(super) fn stored(self, exercise_id: Option<uuid::Uuid>) -> detail::SetResult {
        let Self {
            exercise_id: _,
            set,
            reps,
            load_kg,
            rpe,
            reps_in_reserve,
        } = self;
        detail::SetResult {
            step_id: None,
            exercise_id,
            set,
            reps,
            load_kg,
            rpe,
            reps_in_reserve,
        }
    }
}

/// The load of a session and how it was found: as entered, else from exertion and time, else none.
pub fn load_of(entered: Option<f64>, rpe: Option<i32>, seconds: Option<i32>) -> Option<(f64, LoadMethod)> {
    if let Some(load) = entered {
        return Some((load, LoadMethod::Manual));
    }
    let load = science::load::session_rpe(rpe?.into(), seconds?.into());
    (load <= MAX_LOAD).then_some((load, LoadMethod::SessionRpe))
}
