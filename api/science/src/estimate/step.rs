//! One step: its own numbers, its target's pace, or a nominal speed.

use super::{Basis, sum::Sum};
use crate::prescription::{Length, StepKind, Target};

/// Seconds one repetition of a lift or drill is supposed to take.
pub const SECONDS_PER_REPETITION: f64 = 3.0;

/// Speed in m/s supposed for a step that has no absolute pace.
///
/// Warm-up, cool-down, recovery and other: 3.0 (5:33 per km). Work: 4.0 (4:10 per km). Drill: 2.0. Rest: 1.5, a
/// walk. Strength: 1.0, as in carries and sleds. Conventions of this crate for a club runner, not measurements.
pub fn nominal_speed(kind: StepKind) -> f64 {
    match kind {
        StepKind::Work => 4.0,
        StepKind::Warmup | StepKind::Cooldown | StepKind::Recovery | StepKind::Other => 3.0,
        StepKind::Drill => 2.0,
        StepKind::Rest => 1.5,
        StepKind::Strength => 1.0,
    }
}

impl Sum {
    pub(super) fn step(kind: StepKind, length: &Length, target: Option<&Target>) -> Self {
        match *length {
            Length::Distance { meters } => {
                let (speed, basis) = speed(kind, target);
                Self {
                    seconds: Some(meters / speed),
                    meters: Some(meters),
                    basis,
                }
            }
            Length::Time { seconds } if covers_distance(kind) => {
                let (speed, basis) = speed(kind, target);
                let seconds = f64::from(seconds);
                Self {
                    seconds: Some(seconds),
                    meters: Some(seconds * speed),
                    basis,
                }
            }
            Length::Time { seconds } => Self {
                seconds: Some(f64::from(seconds)),
                meters: None,
                basis: Basis::Exact,
            },
            Length::Repetitions {
                sets,
                reps_min,
                reps_max,
                rest_seconds,
                ..
            } => {
                let reps = (f64::from(reps_min) + f64::from(reps_max)) / 2.0;
                let seconds = f64::from(sets) * reps * SECONDS_PER_REPETITION;
                let lifting = Self {
                    seconds: Some(seconds),
                    meters: None,
                    basis: Basis::NominalSpeed,
                };
                lifting.plus(Self::rest(rest_seconds, sets.saturating_sub(1)))
            }
            Length::Open { .. } => Self::default(),
        }
    }
}

fn covers_distance(kind: StepKind) -> bool {
    matches!(
        kind,
        StepKind::Warmup | StepKind::Work | StepKind::Recovery | StepKind::Cooldown
    )
}

fn speed(kind: StepKind, target: Option<&Target>) -> (f64, Basis) {
    match target.and_then(mean_pace) {
        Some(seconds_per_km) => (1_000.0 / seconds_per_km, Basis::Target),
        None => (nominal_speed(kind), Basis::NominalSpeed),
    }
}

/// Mean of a target's absolute paces in s/km, or the one that is given.
fn mean_pace(target: &Target) -> Option<f64> {
    let Target::Pace {
        fastest_seconds_per_km,
        slowest_seconds_per_km,
        ..
    } = *target
    else {
        return None;
    };
    let pace = match (fastest_seconds_per_km, slowest_seconds_per_km) {
        (Some(fastest), Some(slowest)) => (fastest + slowest) / 2.0,
        (fastest, slowest) => fastest.or(slowest)?,
    };
    (pace.is_finite() && pace > 0.0).then_some(pace)
}
