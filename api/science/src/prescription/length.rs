//! How long a step lasts.

use super::problem::{Check, Problem};
use serde::{Deserialize, Serialize};

/// How long a step lasts. Stored as JSON, tagged by `kind`.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Length {
    /// Until a distance is covered.
    Distance {
        /// Meters, 1 to 1,000,000.
        meters: f64,
    },
    /// Until a time has passed.
    Time {
        /// Seconds, 1 to 604,800 (a week).
        seconds: i32,
    },
    /// Sets of repetitions.
    Repetitions {
        /// Sets, 1 to 50.
        sets: i32,
        /// Fewest repetitions of a set, 1 to 1,000.
        reps_min: i32,
        /// Most repetitions of a set, not below `reps_min`.
        reps_max: i32,
        /// Seconds between two sets, at most 604,800.
        rest_seconds: Option<i32>,
        /// Lifting tempo, such as "3-1-1".
        tempo: Option<String>,
    },
    /// Until the athlete decides.
    Open {
        /// When to stop.
        instruction: Option<String>,
    },
}

impl Length {
    /// Everything wrong with the length, as fields of the length's input; empty when it may be stored.
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Distance { meters } => {
                let mut check = Check::at(&[]);
                check.within("distanceMeters", *meters, 1.0..=1_000_000.0, "meters");
                check.done()
            }
            Self::Time { seconds } => {
                let mut check = Check::at(&[]);
                check.within("durationSeconds", *seconds, 1..=604_800, "seconds");
                check.done()
            }
            Self::Repetitions {
                sets,
                reps_min,
                reps_max,
                rest_seconds,
                tempo,
            } => {
                let mut check = Check::at(&["repetitions"]);
                check.within("sets", *sets, 1..=50, "sets");
                check.within("repsMin", *reps_min, 1..=1_000, "repetitions");
                check.within("repsMax", *reps_max, 1..=1_000, "repetitions");
                check.ordered(("repsMin", Some(*reps_min)), ("repsMax", Some(*reps_max)));
                check.within("restSeconds", *rest_seconds, 0..=604_800, "seconds");
                check.text("tempo", tempo);
                check.done()
            }
            Self::Open { instruction } => {
                let mut check = Check::at(&["open"]);
                check.text("instruction", instruction);
                check.done()
            }
        }
    }
}
