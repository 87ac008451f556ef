//! The crate from outside: its numbers against published ones, its step lists against a plain walk of the tree.

mod compliance;
mod estimate;
mod expand;
mod expand_properties;
mod intensity;
mod load;
mod problems;
mod storage;
mod strength;
mod tree;

use science::prescription::{Length, Target};

/// Equal to the tolerance of the reference vectors.
fn assert_close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-6, "{actual} is not {expected}");
}

fn meters(meters: f64) -> Length {
    Length::Distance { meters }
}

fn seconds(seconds: i32) -> Length {
    Length::Time { seconds }
}

fn sets(sets: i32, reps_min: i32, reps_max: i32, rest_seconds: Option<i32>) -> Length {
    Length::Repetitions {
        sets,
        reps_min,
        reps_max,
        rest_seconds,
        tempo: None,
    }
}

fn pace(fastest: Option<f64>, slowest: Option<f64>) -> Target {
    Target::Pace {
        fastest_seconds_per_km: fastest,
        slowest_seconds_per_km: slowest,
        reference: None,
        min_percent: None,
        max_percent: None,
    }
}
