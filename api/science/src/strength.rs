//! Strength: what a set says about the heaviest single lift.

use serde::{Deserialize, Serialize};

/// Most repetitions a set may have to be worth an estimate; beyond, the formulas part ways.
pub const MAX_REPETITIONS: i32 = 12;

/// A published formula for the one-repetition maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Formula {
    /// `w (1 + r / 30)`. Source: Epley, "Poundage chart", Boyd Epley Workout (1985).
    Epley,
    /// `36 w / (37 - r)`. Source: Brzycki, "Strength testing", JOPERD 64 (1993).
    Brzycki,
}

/// Estimated one-repetition maximum in kg, from one set of `reps` repetitions with `weight_kg` kg.
///
/// A single repetition is its own maximum by either formula (Epley's, taken literally, would add 3 %).
/// `None` when the weight is not a positive number or `reps` is not 1 to [`MAX_REPETITIONS`].
pub fn estimated_one_rep_max(formula: Formula, weight_kg: f64, reps: i32) -> Option<f64> {
    if !weight_kg.is_finite() || weight_kg <= 0.0 || !(1..=MAX_REPETITIONS).contains(&reps) {
        return None;
    }
    let repetitions = f64::from(reps);
    Some(match formula {
        _ if reps == 1 => weight_kg,
        Formula::Epley => weight_kg * (1.0 + repetitions / 30.0),
        Formula::Brzycki => weight_kg * 36.0 / (37.0 - repetitions),
    })
}
