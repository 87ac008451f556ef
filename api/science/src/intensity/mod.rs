//! Targets in one athlete's own numbers, from the benchmarks that were in force on a day.

mod resolve;

pub use resolve::resolve;

use crate::prescription::Lift;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a benchmark measures; the unit of its value is beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BenchmarkKind {
    /// Heaviest single repetition of a lift, kg.
    OneRepMax,
    /// Maximum a coach plans a lift with, kg. Never taken for the one-repetition maximum.
    TrainingMax,
    /// Pace at threshold, s/km.
    ThresholdPace,
    /// Power at threshold, W.
    ThresholdPower,
    /// Heart rate at threshold, beats per minute.
    ThresholdHeartRate,
    /// Highest heart rate, beats per minute.
    MaxHeartRate,
    /// Heart rate at rest, beats per minute.
    RestingHeartRate,
    /// Time of a race, s.
    RaceTime,
    /// Body weight, kg.
    BodyWeight,
}

/// A dated measure of an athlete.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// Identifies it.
    pub id: Uuid,
    /// What it measures.
    pub kind: BenchmarkKind,
    /// The lift of a maximum.
    pub lift: Option<Lift>,
    /// The length of a race in meters.
    pub race_distance_meters: Option<f64>,
    /// The value, in the unit of the kind. One that is not a positive number is passed over.
    pub value: f64,
    /// First day it holds; it holds until the next of its sort does.
    pub effective_from: NaiveDate,
}

/// What an athlete lacks for a target to be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Missing {
    /// Zones of heart rate.
    HeartRateZones,
    /// Zones of power.
    PowerZones,
    /// Zones of pace.
    PaceZones,
    /// A maximum heart rate.
    MaxHeartRate,
    /// A threshold power.
    ThresholdPower,
    /// A one-repetition maximum of the lift.
    OneRepMax,
    /// A race time or threshold pace.
    ReferencePace,
}

/// A target in absolute numbers. Bounds that the target leaves open, or that cannot be known, are `None`.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    /// Lowest heart rate, beats per minute.
    pub min_heart_rate_bpm: Option<i32>,
    /// Highest heart rate, beats per minute.
    pub max_heart_rate_bpm: Option<i32>,
    /// Lowest power, W.
    pub min_power_watts: Option<i32>,
    /// Highest power, W.
    pub max_power_watts: Option<i32>,
    /// Fastest pace, s/km, not rounded.
    pub fastest_pace_seconds_per_km: Option<f64>,
    /// Slowest pace, s/km, not rounded.
    pub slowest_pace_seconds_per_km: Option<f64>,
    /// Lightest load, kg, to 0.01.
    pub min_load_kg: Option<f64>,
    /// Heaviest load, kg, to 0.01.
    pub max_load_kg: Option<f64>,
    /// Lowest exertion, 1 to 10.
    pub min_rpe: Option<f64>,
    /// Highest exertion, 1 to 10.
    pub max_rpe: Option<f64>,
    /// What is lacking; empty when resolved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Benchmarks the numbers rest on; empty for absolute targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<Uuid>,
    /// The day whose benchmarks were taken.
    pub on_date: NaiveDate,
}

impl Resolved {
    /// A result that says nothing yet.
    fn empty(on_date: NaiveDate) -> Self {
        Self {
            min_heart_rate_bpm: None,
            max_heart_rate_bpm: None,
            min_power_watts: None,
            max_power_watts: None,
            fastest_pace_seconds_per_km: None,
            slowest_pace_seconds_per_km: None,
            min_load_kg: None,
            max_load_kg: None,
            min_rpe: None,
            max_rpe: None,
            missing: Vec::new(),
            basis: Vec::new(),
            on_date,
        }
    }
}
