//! Unrounded amounts that add up.

use super::{Basis, Estimate};

#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) seconds: Option<f64>,
    pub(super) meters: Option<f64>,
    pub(super) basis: Basis,
}

impl Sum {
    /// `count` rests of some seconds, if any.
    pub(super) fn rest(seconds: Option<i32>, count: i32) -> Self {
        let seconds = seconds.filter(|seconds| *seconds > 0 && count > 0);
        Self {
            seconds: seconds.map(|seconds| f64::from(seconds) * f64::from(count)),
            ..Self::default()
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            seconds: add(self.seconds, other.seconds),
            meters: add(self.meters, other.meters),
            basis: self.basis.max(other.basis),
        }
    }

    pub(super) fn times(self, count: i32) -> Self {
        let count = f64::from(count);
        Self {
            seconds: self.seconds.map(|seconds| seconds * count),
            meters: self.meters.map(|meters| meters * count),
            ..self
        }
    }
}

fn add(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

impl From<Sum> for Estimate {
    fn from(sum: Sum) -> Self {
        // The casts saturate, which is what an absurd workout deserves.
        Self {
            duration_seconds: sum.seconds.map(|seconds| seconds.round() as i32),
            distance_meters: sum.meters.map(|meters| meters.round() as i32),
            is_nominal: sum.basis == Basis::NominalSpeed,
            basis: sum.basis,
        }
    }
}
