//! How hard a step is, as clients read and write it. The pure side is `science::prescription`.
use crate::words;
use async_graphql::{Enum, InputObject, OneofObject, SimpleObject, Union};
use entity::enums;
use science::prescription::{self, Target};

/// What training zones are measured in.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "prescription::ZoneMetric")]
pub enum ZoneMetric {
    /// Beats a minute.
    HeartRate,
    /// Watts.
    Power,
    /// Seconds a kilometre.
    Pace,
}

/// A personal pace that percentages refer to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "prescription::PaceReference")]
pub enum PaceReference {
    /// Of a race over the mile.
    Mile,
    /// Of a race over 3,000 m.
    ThreeK,
    /// Of a race over 5,000 m.
    FiveK,
    /// Of a race over 10,000 m.
    TenK,
    /// What can be held for about an hour.
    Threshold,
    /// As raced over 21.1 km.
    HalfMarathon,
    /// As raced over 42.2 km.
    Marathon,
}

/// How hard a step is.
#[derive(Union)]
pub enum IntensityTarget {
    /// In a training zone.
    Zone(ZoneTarget),
    /// At a pace.
    Pace(PaceTarget),
    /// At a heart rate.
    HeartRate(HeartRateTarget),
    /// At a power.
    Power(PowerTarget),
    /// At a share of the heaviest single lift.
    PercentOneRepMax(PercentOneRepMaxTarget),
    /// By feel.
    Rpe(RpeTarget),
}

/// Stay in numbered training zones.
#[derive(SimpleObject)]
pub struct ZoneTarget {
    /// What the zones are measured in.
    metric: ZoneMetric,
    /// Lowest zone, from 1.
    min_zone: i32,
    /// Highest zone.
    max_zone: i32,
}

/// Hold a pace, in numbers or relative to a personal one.
#[derive(SimpleObject)]
pub struct PaceTarget {
    /// Fastest seconds a kilometre.
    fastest_seconds_per_km: Option<f64>,
    /// Slowest seconds a kilometre.
    slowest_seconds_per_km: Option<f64>,
    /// Personal pace that the percentages refer to.
    reference: Option<PaceReference>,
    /// Lowest percentage of the speed at that pace.
    min_percent_of_reference: Option<f64>,
    /// Highest percentage of the speed at that pace.
    max_percent_of_reference: Option<f64>,
}

/// Hold a heart rate, in numbers or relative to the maximum.
#[derive(SimpleObject)]
pub struct HeartRateTarget {
    /// Lowest beats a minute.
    min_bpm: Option<i32>,
    /// Highest beats a minute.
    max_bpm: Option<i32>,
    /// Lowest percentage of the maximum.
    min_percent_of_max: Option<f64>,
    /// Highest percentage of the maximum.
    max_percent_of_max: Option<f64>,
}

/// Hold a power, in numbers or relative to threshold.
#[derive(SimpleObject)]
pub struct PowerTarget {
    /// Lowest watts.
    min_watts: Option<i32>,
    /// Highest watts.
    max_watts: Option<i32>,
    /// Lowest percentage of threshold power.
    min_percent_of_threshold: Option<f64>,
    /// Highest percentage of threshold power.
    max_percent_of_threshold: Option<f64>,
}

/// Lift a share of the heaviest single lift.
#[derive(SimpleObject)]
pub struct PercentOneRepMaxTarget {
    /// Lift that the maximum refers to.
    lift: words::Lift,
    /// Lowest percentage.
    min_percent: f64,
    /// Highest percentage.
    max_percent: f64,
}

/// Hold a perceived exertion.
#[derive(SimpleObject)]
pub struct RpeTarget {
    /// Lowest rating, 1 to 10.
    min: f64,
    /// Highest rating, 1 to 10.
    max: f64,
}

impl From<&Target> for IntensityTarget {
    fn from(target: &Target) -> Self {
        match *target {
            Target::Zone {
                metric,
                min_zone,
                max_zone,
            } => Self::Zone(ZoneTarget {
                metric: metric.into(),
                min_zone,
                max_zone,
            }),
            Target::Pace {
                fastest_seconds_per_km,
                slowest_seconds_per_km,
                reference,
                min_percent,
                max_percent,
            } => Self::Pace(PaceTarget {
                fastest_seconds_per_km,
                slowest_seconds_per_km,
                reference: reference.map(Into::into),
                min_percent_of_reference: min_percent,
                max_percent_of_reference: max_percent,
            }),
            Target::HeartRate {
                min_bpm,
                max_bpm,
                min_percent_of_max,
                max_percent_of_max,
            } => Self::HeartRate(HeartRateTarget {
                min_bpm,
                max_bpm,
                min_percent_of_max,
                max_percent_of_max,
            }),
            Target::Power {
                min_watts,
                max_watts,
                min_percent_of_threshold,
                max_percent_of_threshold,
            } => Self::Power(PowerTarget {
                min_watts,
                max_watts,
                min_percent_of_threshold,
                max_percent_of_threshold,
            }),
            Target::PercentOneRepMax {
                lift,
                min_percent,
                max_percent,
            } => {
                let lift = enums::Lift::from(lift).into();
                Self::PercentOneRepMax(PercentOneRepMaxTarget {
                    lift,
                    min_percent,
                    max_percent,
                })
            }
            Target::Rpe { min, max } => Self::Rpe(RpeTarget { min, max }),
        }
    }
}

/// Exactly one kind of target.
#[derive(OneofObject, Clone, Debug)]
pub enum IntensityTargetInput {
    /// Training zones.
    Zone(ZoneTargetInput),
    /// Seconds a kilometre, or a share of a personal speed.
    Pace(PaceTargetInput),
    /// Beats a minute, or a share of the maximum.
    HeartRate(HeartRateTargetInput),
    /// Watts, or a share of the threshold.
    Power(PowerTargetInput),
    /// A share of the heaviest single lift.
    PercentOneRepMax(PercentOneRepMaxTargetInput),
    /// A perceived exertion.
    Rpe(RpeTargetInput),
}

/// Training zones.
#[derive(InputObject, Clone, Debug)]
pub struct ZoneTargetInput {
    /// What the zones are measured in.
    pub metric: ZoneMetric,
    /// Lowest zone, 1 to 10.
    pub min_zone: i32,
    /// Highest zone; the lowest when not given.
    pub max_zone: Option<i32>,
}

/// A pace: bounds in numbers, or percentages of a personal one.
#[derive(InputObject, Clone, Debug)]
pub struct PaceTargetInput {
    /// Fastest seconds a kilometre.
    pub fastest_seconds_per_km: Option<f64>,
    /// Slowest seconds a kilometre.
    pub slowest_seconds_per_km: Option<f64>,
    /// Personal pace that the percentages refer to.
    pub reference: Option<PaceReference>,
    /// Lowest percentage of the speed at that pace.
    pub min_percent_of_reference: Option<f64>,
    /// Highest percentage of the speed at that pace.
    pub max_percent_of_reference: Option<f64>,
}

/// A heart rate: bounds in numbers, or percentages of the maximum.
#[derive(InputObject, Clone, Debug)]
pub struct HeartRateTargetInput {
    /// Lowest beats a minute.
    pub min_bpm: Option<i32>,
    /// Highest beats a minute.
    pub max_bpm: Option<i32>,
    /// Lowest percentage of the maximum.
    pub min_percent_of_max: Option<f64>,
    /// Highest percentage of the maximum.
    pub max_percent_of_max: Option<f64>,
}

/// A power: bounds in numbers, or percentages of threshold.
#[derive(InputObject, Clone, Debug)]
pub struct PowerTargetInput {
    /// Lowest watts.
    pub min_watts: Option<i32>,
    /// Highest watts.
    pub max_watts: Option<i32>,
    /// Lowest percentage of threshold power.
    pub min_percent_of_threshold: Option<f64>,
    /// Highest percentage of threshold power.
    pub max_percent_of_threshold: Option<f64>,
}

/// A share of the heaviest single lift.
#[derive(InputObject, Clone, Debug)]
pub struct PercentOneRepMaxTargetInput {
    /// Lift that the maximum refers to.
    pub lift: words::Lift,
    /// Lowest percentage.
    pub min_percent: f64,
    /// Highest percentage; the lowest when not given.
    pub max_percent: Option<f64>,
}

/// A perceived exertion.
#[derive(InputObject, Clone, Debug)]
pub struct RpeTargetInput {
    /// Lowest rating, 1 to 10.
    pub min: f64,
    /// Highest rating; the lowest when not given.
    pub max: Option<f64>,
}

impl IntensityTargetInput {
    /// The target, not checked yet; see `Target::problems`.
    pub fn into_target(self) -> Target {
        match self {
            Self::Zone(ZoneTargetInput {
                metric,
                min_zone,
                max_zone,
            }) => Target::Zone {
                metric: metric.into(),
                min_zone,
                max_zone: max_zone.unwrap_or(min_zone),
            },
            Self::Pace(PaceTargetInput {
                fastest_seconds_per_km,
                slowest_seconds_per_km,
                reference,
                min_percent_of_reference,
                max_percent_of_reference,
            }) => Target::Pace {
                fastest_seconds_per_km,
                slowest_seconds_per_km,
                reference: reference.map(Into::into),
                min_percent: min_percent_of_reference,
                max_percent: max_percent_of_reference,
            },
            Self::HeartRate(HeartRateTargetInput {
                min_bpm,
                max_bpm,
                min_percent_of_max,
                max_percent_of_max,
            }) => Target::HeartRate {
                min_bpm,
                max_bpm,
                min_percent_of_max,
                max_percent_of_max,
            },
            Self::Power(PowerTargetInput {
                min_watts,
                max_watts,
                min_percent_of_threshold,
                max_percent_of_threshold,
            }) => Target::Power {
                min_watts,
                max_watts,
                min_percent_of_threshold,
                max_percent_of_threshold,
            },
            Self::PercentOneRepMax(PercentOneRepMaxTargetInput {
                lift,
                min_percent,
                max_percent,
            }) => Target::PercentOneRepMax {
                lift: enums::Lift::from(lift).into(),
                min_percent,
                max_percent: max_percent.unwrap_or(min_percent),
            },
            Self::Rpe(RpeTargetInput { min, max }) => Target::Rpe {
                min,
                max: max.unwrap_or(min),
            },
        }
    }
}
