//! What an athlete did in a session.
use super::{
    planned::{MAX_METERS, MAX_SECONDS},
    splits::{SetResult, SetResultInput, Split, SplitInput},
};
use crate::{
    auth::user::User,
    error::{Failure, Nullable},
    payload::{Mistakes, UserError, UserErrorCode},
    print::{List, One},
    scope::Scope,
    words,
    workouts::element::Tree,
};
use async_graphql::{Context, ID, InputObject, Json, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::{
    athlete_training_session::Model,
    athlete_training_session_detail as detail,
    enums::{LoadMethod, SessionOutcome},
};
use plain::Object;
use std::sync::Arc;
use uuid::Uuid;

/// Highest load of a session.
pub const MAX_LOAD: f64 = 100_000.0;

/// What an athlete did.
pub struct ActualTraining(pub Arc<Model>);

/// What an athlete did.
#[Object]
impl ActualTraining {
    /// The athlete's own account.
    async fn description(&self, ctx: &Context<'_>) -> Nullable<String> {
        let wide = Scope::of(ctx).get::<detail::Entity>(self.0.id).await;
        wide.map(|wide| wide.and_then(|wide| wide.actual_description.clone()))
            .into()
    }

    /// Distance in metres.
    async fn distance_meters(&self) -> Option<i32> {
        self.0.actual_distance_meters
    }

    /// How long it took, in seconds.
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
    async fn splits(&self, ctx: &Context<'_>) -> Result<List<Split>, Failure> {
        let wide = Scope::of(ctx).get::<detail::Entity>(self.0.id).await?;
        let tree = tree(ctx, self.0.workout_revision_id).await?;
        let split = |split: &detail::Split| Split(split.clone(), tree.clone());
        Ok(wide.map_or_else(List::default, |wide| wide.splits.0.iter().map(split).collect()))
    }

    /// Sets of lifts, in the order logged.
    async fn sets(&self, ctx: &Context<'_>) -> Result<List<SetResult>, Failure> {
        let wide = Scope::of(ctx).get::<detail::Entity>(self.0.id).await?;
        let tree = tree(ctx, self.0.workout_revision_id).await?;
        let set = |set: &detail::SetResult| SetResult(set.clone(), tree.clone());
        Ok(wide.map_or_else(List::default, |wide| wide.sets.0.iter().map(set).collect()))
    }

    /// Other figures as the athlete's device or app gave them.
    async fn metrics(&self, ctx: &Context<'_>) -> Nullable<Json<serde_json::Value>> {
        let wide = Scope::of(ctx).get::<detail::Entity>(self.0.id).await;
        wide.map(|wide| wide.and_then(|wide| wide.metrics.clone().map(|metrics| Json(metrics.0))))
            .into()
    }

    /// Who logged it: the athlete, or staff on behalf of the athlete.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Nullable<One<User>> {
        Scope::of(ctx).referred_if(ctx, self.0.recorded_by_id).await.into()
    }

    /// When it was logged or last corrected.
    async fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.0.recorded_at
    }
}

/// The steps of a workout, when a step is asked for.
async fn tree(ctx: &Context<'_>, revision: Option<Uuid>) -> Result<Option<Arc<Tree>>, Failure> {
    match revision {
        Some(revision) if ctx.look_ahead().field("step").exists() => {
            Tree::of(&Scope::of(ctx), revision).await.map(Some)
        }
        _ => Ok(None),
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

    /// Exercises that the sets name, each with its place in the input.
    pub fn exercises(&self) -> impl Iterator<Item = (String, &ID)> {
        let sets = self.sets.iter().flatten().enumerate();
        sets.filter_map(|(place, set)| Some((format!("sets.{place}.exerciseId"), set.exercise_id.as_ref()?)))
    }

    /// Steps that splits and sets name, each with its place in the input.
    pub fn steps(&self) -> impl Iterator<Item = (String, &ID)> {
        let sets = self.sets.iter().flatten().enumerate();
        let splits = self.splits.iter().flatten().enumerate();
        sets.filter_map(|(place, set)| Some((format!("sets.{place}.stepId"), set.step_id.as_ref()?)))
            .chain(
                splits.filter_map(|(place, split)| Some((format!("splits.{place}.stepId"), split.step_id.as_ref()?))),
            )
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
