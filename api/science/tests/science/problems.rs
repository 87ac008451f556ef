use crate::tree::id;
use crate::{meters, pace, seconds, sets};
use science::prescription::{
    Length, Lift, Node, Override, PaceReference, Problem, Reason, StepKind, Target, ZoneMetric,
};

/// Paths and reasons, as "a.b OutOfRange".
fn summary(problems: Vec<Problem>) -> Vec<String> {
    problems
        .into_iter()
        .map(|problem| format!("{} {:?}", problem.path.join("."), problem.reason))
        .collect()
}

fn relative(reference: Option<PaceReference>, min_percent: Option<f64>, max_percent: Option<f64>) -> Target {
    Target::Pace {
        fastest_seconds_per_km: None,
        slowest_seconds_per_km: None,
        reference,
        min_percent,
        max_percent,
    }
}

fn heart_rate(bpm: (Option<i32>, Option<i32>), percent: (Option<f64>, Option<f64>)) -> Target {
    Target::HeartRate {
        min_bpm: bpm.0,
        max_bpm: bpm.1,
        min_percent_of_max: percent.0,
        max_percent_of_max: percent.1,
    }
}

fn power(min_watts: Option<i32>, max_watts: Option<i32>, min_percent: Option<f64>) -> Target {
    Target::Power {
        min_watts,
        max_watts,
        min_percent_of_threshold: min_percent,
        max_percent_of_threshold: None,
    }
}

#[test]
fn lengths_at_their_bounds_are_sound() {
    let lengths = [
        meters(1.0),
        meters(1_000_000.0),
        seconds(1),
        seconds(604_800),
        sets(1, 1, 1, None),
        sets(50, 1, 1_000, Some(0)),
        Length::Open {
            instruction: Some("ü".repeat(2_000)),
        },
        Length::Open { instruction: None },
    ];
    for length in lengths {
        assert_eq!(length.problems(), [], "{length:?}");
    }
}

#[test]
fn lengths_beyond_their_bounds_name_the_field() {
    for value in [0.99, 1_000_000.1, -5.0, f64::NAN, f64::INFINITY] {
        assert_eq!(summary(meters(value).problems()), ["distanceMeters OutOfRange"]);
    }
    for value in [0, -1, 604_801] {
        assert_eq!(summary(seconds(value).problems()), ["durationSeconds OutOfRange"]);
    }
    assert_eq!(
        summary(sets(51, 0, 1_001, Some(-1)).problems()),
        [
            "repetitions.sets OutOfRange",
            "repetitions.repsMin OutOfRange",
            "repetitions.repsMax OutOfRange",
            "repetitions.restSeconds OutOfRange"
        ]
    );
    assert_eq!(summary(sets(3, 8, 5, None).problems()), ["repetitions.repsMax Invalid"]);
    let long = Length::Open {
        instruction: Some("a".repeat(2_001)),
    };
    assert_eq!(summary(long.problems()), ["open.instruction OutOfRange"]);
    assert_eq!(
        sets(0, 5, 5, None).problems(),
        [Problem {
            path: vec!["repetitions", "sets"],
            reason: Reason::OutOfRange,
            message: "must be 1 to 50 sets".into()
        }]
    );
}

#[test]
fn sound_targets_have_no_problems() {
    let targets = [
        Target::Zone {
            metric: ZoneMetric::Pace,
            min_zone: 1,
            max_zone: 10,
        },
        pace(Some(60.0), Some(3_600.0)),
        pace(None, Some(300.0)),
        relative(Some(PaceReference::Threshold), Some(98.0), Some(102.0)),
        relative(Some(PaceReference::FiveK), None, None),
        heart_rate((Some(30), Some(250)), (None, None)),
        heart_rate((None, None), (None, Some(80.0))),
        power(Some(1), Some(3_000), None),
        power(None, None, Some(300.0)),
        Target::PercentOneRepMax {
            lift: Lift::Squat,
            min_percent: 1.0,
            max_percent: 150.0,
        },
        Target::Rpe { min: 1.0, max: 10.0 },
    ];
    for target in targets {
        assert_eq!(target.problems(), [], "{target:?}");
    }
}

#[test]
fn targets_beyond_their_bounds_name_the_field() {
    let cases = [
        (
            Target::Zone {
                metric: ZoneMetric::Power,
                min_zone: 0,
                max_zone: 11,
            },
            vec!["zone.minZone OutOfRange", "zone.maxZone OutOfRange"],
        ),
        (
            Target::Zone {
                metric: ZoneMetric::Power,
                min_zone: 3,
                max_zone: 2,
            },
            vec!["zone.maxZone Invalid"],
        ),
        (pace(Some(59.9), None), vec!["pace.fastestSecondsPerKm OutOfRange"]),
        (pace(None, Some(f64::NAN)), vec!["pace.slowestSecondsPerKm OutOfRange"]),
        (pace(Some(300.0), Some(240.0)), vec!["pace.slowestSecondsPerKm Invalid"]),
        (
            relative(Some(PaceReference::Mile), Some(0.0), Some(300.1)),
            vec![
                "pace.minPercentOfReference OutOfRange",
                "pace.maxPercentOfReference OutOfRange",
            ],
        ),
        (
            relative(Some(PaceReference::Mile), Some(102.0), Some(98.0)),
            vec!["pace.maxPercentOfReference Invalid"],
        ),
        (
            heart_rate((Some(29), Some(251)), (None, None)),
            vec!["heartRate.minBpm OutOfRange", "heartRate.maxBpm OutOfRange"],
        ),
        (
            heart_rate((Some(150), Some(140)), (None, None)),
            vec!["heartRate.maxBpm Invalid"],
        ),
        (
            power(Some(0), Some(3_001), None),
            vec!["power.minWatts OutOfRange", "power.maxWatts OutOfRange"],
        ),
        (
            Target::PercentOneRepMax {
                lift: Lift::Squat,
                min_percent: 0.5,
                max_percent: 150.5,
            },
            vec![
                "percentOneRepMax.minPercent OutOfRange",
                "percentOneRepMax.maxPercent OutOfRange",
            ],
        ),
        (
            Target::Rpe {
                min: 0.0,
                max: f64::NAN,
            },
            vec!["rpe.min OutOfRange", "rpe.max OutOfRange"],
        ),
        (Target::Rpe { min: 5.0, max: 4.5 }, vec!["rpe.max Invalid"]),
    ];
    for (target, expected) in cases {
        assert_eq!(summary(target.problems()), expected, "{target:?}");
    }
}

#[test]
fn targets_are_absolute_or_relative() {
    let mixed = Target::Pace {
        fastest_seconds_per_km: Some(200.0),
        slowest_seconds_per_km: None,
        reference: Some(PaceReference::TenK),
        min_percent: Some(95.0),
        max_percent: None,
    };
    assert_eq!(summary(mixed.problems()), ["pace Invalid"]);
    assert_eq!(summary(pace(None, None).problems()), ["pace Invalid"]);
    assert_eq!(
        summary(relative(None, Some(95.0), None).problems()),
        ["pace.reference Invalid"]
    );
    assert_eq!(
        summary(heart_rate((None, None), (None, None)).problems()),
        ["heartRate Invalid"]
    );
    assert_eq!(
        summary(heart_rate((Some(120), None), (None, Some(80.0))).problems()),
        ["heartRate Invalid"]
    );
    assert_eq!(summary(power(None, None, None).problems()), ["power Invalid"]);
    assert_eq!(
        summary(power(Some(200), None, Some(80.0)).problems()),
        ["power Invalid"]
    );
}

#[test]
fn nodes_and_overrides_report_what_is_in_them() {
    let step = Node::Step {
        kind: StepKind::Work,
        name: Some("n".repeat(2_001)),
        notes: None,
        length: meters(0.0),
        target: Some(Target::Rpe { min: 0.0, max: 3.0 }),
    };
    assert_eq!(
        summary(step.problems()),
        [
            "name OutOfRange",
            "length.distanceMeters OutOfRange",
            "target.rpe.min OutOfRange"
        ]
    );
    let repeat = Node::Repeat {
        count: 1,
        rest_between_seconds: Some(-1),
        notes: None,
    };
    assert_eq!(
        summary(repeat.problems()),
        ["count OutOfRange", "restBetweenSeconds OutOfRange"]
    );
    let change = Override {
        element: id(1),
        is_skipped: false,
        count: Some(0),
        length: Some(seconds(0)),
        target: None,
        notes: None,
    };
    assert_eq!(
        summary(change.problems()),
        ["count OutOfRange", "length.durationSeconds OutOfRange"]
    );
}
