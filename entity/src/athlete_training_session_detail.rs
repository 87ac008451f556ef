//! The wide side of a training session.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use science::{intensity::Resolved, prescription::Override};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How hard the steps with a target are in an athlete's own numbers, by the step.
pub type ResolvedTargets = BTreeMap<Uuid, Resolved>;

/// A part of a session: a lap, a repetition, a leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Order from 0.
    pub index: i32,
    /// Step of the workout that it fulfils.
    pub step_id: Option<Uuid>,
    /// Which repetition of the step, from 1.
    pub repetition: Option<i32>,
    /// Metres.
    pub distance_meters: Option<f64>,
    /// Seconds.
    pub duration_seconds: f64,
    /// Seconds of rest after it.
    pub rest_seconds: Option<i32>,
    /// Mean heart rate in beats a minute.
    pub average_heart_rate_bpm: Option<i32>,
    /// Mean power in watts.
    pub average_power_watts: Option<i32>,
}

/// One set of a lift as it was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetResult {
    /// Step of the workout that it fulfils.
    pub step_id: Option<Uuid>,
    /// Building block that was done.
    pub exercise_id: Option<Uuid>,
    /// Which set, from 1.
    pub set: i32,
    /// Repetitions done.
    pub reps: i32,
    /// Kilograms.
    pub load_kg: Option<f64>,
    /// Perceived exertion, 1 to 10.
    pub rpe: Option<f64>,
    /// Repetitions that were left in reserve.
    pub reps_in_reserve: Option<i32>,
}

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "athlete_training_session_detail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub athlete_id: Uuid,
        pub planned_description: Option<String>,
        pub step_overrides: Json<Vec<Override>>,
        pub resolved_targets: Option<Json<ResolvedTargets>>,
        pub actual_description: Option<String>,
        pub coach_feedback: Option<String>,
        pub metrics: Option<Json<serde_json::Value>>,
        pub splits: Json<Vec<Split>>,
        pub sets: Json<Vec<SetResult>>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
