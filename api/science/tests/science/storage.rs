use crate::{meters, pace, sets};
use chrono::NaiveDate;
use science::intensity::{BenchmarkKind, Missing, Resolved, resolve};
use science::prescription::{Length, Lift, Override, PaceReference, StepKind, Target, ZoneMetric};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value, json, to_value};
use std::fmt::Debug;
use uuid::Uuid;

/// A value is stored as `full` says but for its nulls, and read with them and without.
fn is_stored_as<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, full: &Value) {
    let mut short = full.clone();
    short
        .as_object_mut()
        .expect("an object")
        .retain(|_, field| !field.is_null());
    assert_eq!(to_value(value).expect("JSON"), short);
    for stored in [full.clone(), short] {
        assert_eq!(from_value::<T>(stored).expect("what was stored"), *value);
    }
}

#[test]
fn lengths_keep_their_stored_form() {
    let stored = [
        (meters(800.0), json!({"kind": "distance", "meters": 800.0})),
        (Length::Time { seconds: 90 }, json!({"kind": "time", "seconds": 90})),
        (
            sets(4, 5, 8, Some(150)),
            json!({"kind": "repetitions", "sets": 4, "reps_min": 5, "reps_max": 8, "rest_seconds": 150, "tempo": null}),
        ),
        (
            Length::Open { instruction: None },
            json!({"kind": "open", "instruction": null}),
        ),
    ];
    for (length, full) in stored {
        is_stored_as(&length, &full);
    }
}

#[test]
fn targets_keep_their_stored_form() {
    let stored = [
        (
            Target::Zone {
                metric: ZoneMetric::HeartRate,
                min_zone: 1,
                max_zone: 2,
            },
            json!({"kind": "zone", "metric": "HEART_RATE", "min_zone": 1, "max_zone": 2}),
        ),
        (
            pace(Some(210.5), None),
            json!({"kind": "pace", "fastest_seconds_per_km": 210.5, "slowest_seconds_per_km": null,
                "reference": null, "min_percent": null, "max_percent": null}),
        ),
        (
            Target::HeartRate {
                min_bpm: Some(120),
                max_bpm: None,
                min_percent_of_max: None,
                max_percent_of_max: Some(80.0),
            },
            json!({"kind": "heart_rate", "min_bpm": 120, "max_bpm": null, "min_percent_of_max": null,
                "max_percent_of_max": 80.0}),
        ),
        (
            Target::Power {
                min_watts: Some(200),
                max_watts: Some(250),
                min_percent_of_threshold: None,
                max_percent_of_threshold: None,
            },
            json!({"kind": "power", "min_watts": 200, "max_watts": 250, "min_percent_of_threshold": null,
                "max_percent_of_threshold": null}),
        ),
        (
            Target::PercentOneRepMax {
                lift: Lift::BenchPress,
                min_percent: 70.0,
                max_percent: 75.0,
            },
            json!({"kind": "percent_one_rep_max", "lift": "BENCH_PRESS", "min_percent": 70.0, "max_percent": 75.0}),
        ),
        (
            Target::Rpe { min: 2.0, max: 3.0 },
            json!({"kind": "rpe", "min": 2.0, "max": 3.0}),
        ),
    ];
    for (target, full) in stored {
        is_stored_as(&target, &full);
    }
}

#[test]
fn overrides_and_numbers_keep_their_stored_form() {
    let id = Uuid::from_u128(1);
    let change = Override {
        element: id,
        is_skipped: false,
        count: Some(3),
        length: None,
        target: None,
        notes: None,
    };
    is_stored_as(
        &change,
        &json!({"element": id, "is_skipped": false, "count": 3, "length": null, "target": null, "notes": null}),
    );
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
    let resolved = resolve(&Target::Rpe { min: 2.0, max: 3.0 }, &[], day);
    let full = json!({"min_heart_rate_bpm": null, "max_heart_rate_bpm": null, "min_power_watts": null,
        "max_power_watts": null, "fastest_pace_seconds_per_km": null, "slowest_pace_seconds_per_km": null,
        "min_load_kg": null, "max_load_kg": null, "min_rpe": 2.0, "max_rpe": 3.0, "on_date": "2026-03-01"});
    is_stored_as(&resolved, &full);
    let mut with_lists = full;
    with_lists["missing"] = json!([]);
    with_lists["basis"] = json!([]);
    assert_eq!(from_value::<Resolved>(with_lists).expect("what was stored"), resolved);
}

#[test]
fn fields_may_be_absent_and_must_not_be_unknown() {
    let value = json!({"kind": "pace", "reference": "FIVE_K"});
    let Target::Pace { reference, .. } = from_value(value).expect("a target") else {
        panic!("not a pace")
    };
    assert_eq!(reference, Some(PaceReference::FiveK));
    assert!(from_value::<Length>(json!({"kind": "time", "seconds": 90, "minutes": 1})).is_err());
    assert!(from_value::<Target>(json!({"kind": "rpe", "min": 2.0, "max": 3.0, "median": 2.5})).is_err());
    assert!(from_value::<Length>(json!({"kind": "forever"})).is_err());
}

#[test]
fn words_are_those_of_the_api() {
    assert_eq!(to_value(StepKind::Warmup).expect("JSON"), "WARMUP");
    assert_eq!(to_value(PaceReference::ThreeK).expect("JSON"), "THREE_K");
    assert_eq!(to_value(PaceReference::HalfMarathon).expect("JSON"), "HALF_MARATHON");
    assert_eq!(to_value(BenchmarkKind::OneRepMax).expect("JSON"), "ONE_REP_MAX");
    assert_eq!(
        to_value(BenchmarkKind::ThresholdHeartRate).expect("JSON"),
        "THRESHOLD_HEART_RATE"
    );
    assert_eq!(to_value(Missing::HeartRateZones).expect("JSON"), "HEART_RATE_ZONES");
}
