//! How hard a step is.

use super::problem::{Check, PERCENT, Problem, Reason};
use serde::{Deserialize, Serialize};

/// How hard a step is. Stored as JSON, tagged by `kind`.
///
/// Heart rate, power and pace are absolute or relative, never both in one target. A missing bound is open.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// Stay in numbered zones.
    Zone {
        /// What the zones are defined in.
        metric: ZoneMetric,
        /// Lowest zone, 1 to 10.
        min_zone: i32,
        /// Highest zone, not below `min_zone`.
        max_zone: i32,
    },
    /// Hold a pace.
    Pace {
        /// Fastest pace in seconds per kilometer, 60 to 3,600.
        fastest_seconds_per_km: Option<f64>,
        /// Slowest pace in seconds per kilometer, not below the fastest.
        slowest_seconds_per_km: Option<f64>,
        /// Whose speed the percentages are of; without percentages, the pace to hold.
        reference: Option<PaceReference>,
        /// Slowest speed in percent of the reference speed, 1 to 300.
        min_percent: Option<f64>,
        /// Fastest speed in percent of the reference speed, 1 to 300.
        max_percent: Option<f64>,
    },
    /// Hold a heart rate.
    HeartRate {
        /// Lowest heart rate in beats per minute, 30 to 250.
        min_bpm: Option<i32>,
        /// Highest heart rate in beats per minute.
        max_bpm: Option<i32>,
        /// Lowest heart rate in percent of the maximum, 1 to 300.
        min_percent_of_max: Option<f64>,
        /// Highest heart rate in percent of the maximum.
        max_percent_of_max: Option<f64>,
    },
    /// Hold a power.
    Power {
        /// Lowest power in watts, 1 to 3,000.
        min_watts: Option<i32>,
        /// Highest power in watts.
        max_watts: Option<i32>,
        /// Lowest power in percent of the threshold power, 1 to 300.
        min_percent_of_threshold: Option<f64>,
        /// Highest power in percent of the threshold power.
        max_percent_of_threshold: Option<f64>,
    },
    /// Lift a share of the one-repetition maximum.
    PercentOneRepMax {
        /// Which lift's maximum.
        lift: Lift,
        /// Lightest load in percent of it, 1 to 150.
        min_percent: f64,
        /// Heaviest load in percent of it.
        max_percent: f64,
    },
    /// Hold a perceived exertion.
    Rpe {
        /// Lowest rating, 1 to 10.
        min: f64,
        /// Highest rating, 1 to 10.
        max: f64,
    },
}

/// What a zone is defined in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ZoneMetric {
    /// Beats per minute.
    HeartRate,
    /// Watts.
    Power,
    /// Seconds per kilometer.
    Pace,
}

/// A pace of the athlete's own: that of a race, or at threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaceReference {
    /// One mile race.
    Mile,
    /// 3 km race.
    ThreeK,
    /// 5 km race.
    FiveK,
    /// 10 km race.
    TenK,
    /// Threshold pace.
    Threshold,
    /// Half marathon race.
    HalfMarathon,
    /// Marathon race.
    Marathon,
}

impl PaceReference {
    /// Length of the race in meters; `None` for the threshold, which is no race.
    pub fn race_meters(self) -> Option<f64> {
        match self {
            Self::Mile => Some(1_609.344),
            Self::ThreeK => Some(3_000.0),
            Self::FiveK => Some(5_000.0),
            Self::TenK => Some(10_000.0),
            Self::Threshold => None,
            Self::HalfMarathon => Some(21_097.5),
            Self::Marathon => Some(42_195.0),
        }
    }
}

/// A lift that maxima are kept of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Lift {
    /// Bench press.
    BenchPress,
    /// Deadlift.
    Deadlift,
    /// Squat.
    Squat,
}

impl Target {
    /// Everything wrong with the target, as fields of the target's input; empty when it may be stored.
    pub fn problems(&self) -> Vec<Problem> {
        match *self {
            Self::Zone { min_zone, max_zone, .. } => {
                let mut check = Check::at(&["zone"]);
                check.within("minZone", min_zone, 1..=10, "as a zone");
                check.within("maxZone", max_zone, 1..=10, "as a zone");
                check.ordered(("minZone", Some(min_zone)), ("maxZone", Some(max_zone)));
                check.done()
            }
            Self::Pace {
                fastest_seconds_per_km,
                slowest_seconds_per_km,
                reference,
                min_percent,
                max_percent,
            } => {
                let (fastest, slowest) = (fastest_seconds_per_km, slowest_seconds_per_km);
                let has_percent = min_percent.is_some() || max_percent.is_some();
                let mut check = Check::at(&["pace"]);
                check.either(
                    fastest.is_some() || slowest.is_some(),
                    reference.is_some() || has_percent,
                );
                if has_percent && reference.is_none() {
                    check.add(&["reference"], Reason::Invalid, "must be given with percentages".into());
                }
                check.within("fastestSecondsPerKm", fastest, 60.0..=3_600.0, "seconds per km");
                check.within("slowestSecondsPerKm", slowest, 60.0..=3_600.0, "seconds per km");
                check.ordered(("fastestSecondsPerKm", fastest), ("slowestSecondsPerKm", slowest));
                check.within("minPercentOfReference", min_percent, PERCENT, "percent");
                check.within("maxPercentOfReference", max_percent, PERCENT, "percent");
                check.ordered(
                    ("minPercentOfReference", min_percent),
                    ("maxPercentOfReference", max_percent),
                );
                check.done()
            }
            Self::HeartRate {
                min_bpm,
                max_bpm,
                min_percent_of_max,
                max_percent_of_max,
            } => {
                let mut check = Check::at(&["heartRate"]);
                let has_percent = min_percent_of_max.is_some() || max_percent_of_max.is_some();
                check.either(min_bpm.is_some() || max_bpm.is_some(), has_percent);
                check.within("minBpm", min_bpm, 30..=250, "beats per minute");
                check.within("maxBpm", max_bpm, 30..=250, "beats per minute");
                check.ordered(("minBpm", min_bpm), ("maxBpm", max_bpm));
                check.within("minPercentOfMax", min_percent_of_max, PERCENT, "percent");
                check.within("maxPercentOfMax", max_percent_of_max, PERCENT, "percent");
                check.ordered(
                    ("minPercentOfMax", min_percent_of_max),
                    ("maxPercentOfMax", max_percent_of_max),
                );
                check.done()
            }
            Self::Power {
                min_watts,
                max_watts,
                min_percent_of_threshold: low,
                max_percent_of_threshold: high,
            } => {
                let mut check = Check::at(&["power"]);
                check.either(
                    min_watts.is_some() || max_watts.is_some(),
                    low.is_some() || high.is_some(),
                );
                check.within("minWatts", min_watts, 1..=3_000, "watts");
                check.within("maxWatts", max_watts, 1..=3_000, "watts");
                check.ordered(("minWatts", min_watts), ("maxWatts", max_watts));
                check.within("minPercentOfThreshold", low, PERCENT, "percent");
                check.within("maxPercentOfThreshold", high, PERCENT, "percent");
                check.ordered(("minPercentOfThreshold", low), ("maxPercentOfThreshold", high));
                check.done()
            }
            Self::PercentOneRepMax {
                min_percent,
                max_percent,
                ..
            } => {
                let mut check = Check::at(&["percentOneRepMax"]);
                check.within("minPercent", min_percent, 1.0..=150.0, "percent");
                check.within("maxPercent", max_percent, 1.0..=150.0, "percent");
                check.ordered(("minPercent", Some(min_percent)), ("maxPercent", Some(max_percent)));
                check.done()
            }
            Self::Rpe { min, max } => {
                let mut check = Check::at(&["rpe"]);
                check.within("min", min, 1.0..=10.0, "on the scale");
                check.within("max", max, 1.0..=10.0, "on the scale");
                check.ordered(("min", Some(min)), ("max", Some(max)));
                check.done()
            }
        }
    }
}
