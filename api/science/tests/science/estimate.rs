use crate::tree::{Shape, flatten, id, repeat, step};
use crate::{meters, pace, seconds, sets};
use science::estimate::{self, Basis, Estimate};
use science::prescription::{Length, PaceReference, StepKind, Target, expand};

fn estimate(duration: impl Into<Option<i32>>, distance: impl Into<Option<i32>>, basis: Basis) -> Estimate {
    Estimate {
        duration_seconds: duration.into(),
        distance_meters: distance.into(),
        is_nominal: basis == Basis::NominalSpeed,
        basis,
    }
}

#[test]
fn distances_take_the_targets_mean_pace() {
    let kilometer = |target: Target| estimate::step(StepKind::Work, &meters(1_000.0), Some(&target));
    assert_eq!(
        kilometer(pace(Some(200.0), Some(220.0))),
        estimate(210, 1_000, Basis::Target)
    );
    assert_eq!(kilometer(pace(Some(200.0), None)), estimate(200, 1_000, Basis::Target));
    assert_eq!(kilometer(pace(None, Some(220.0))), estimate(220, 1_000, Basis::Target));
}

#[test]
fn distances_without_absolute_pace_take_the_nominal_speed() {
    let relative = Target::Pace {
        fastest_seconds_per_km: None,
        slowest_seconds_per_km: None,
        reference: Some(PaceReference::Threshold),
        min_percent: Some(98.0),
        max_percent: Some(102.0),
    };
    let nominal = estimate(250, 1_000, Basis::NominalSpeed);
    assert_eq!(
        estimate::step(StepKind::Work, &meters(1_000.0), Some(&relative)),
        nominal
    );
    assert_eq!(estimate::step(StepKind::Work, &meters(1_000.0), None), nominal);
    let cases = [
        (StepKind::Warmup, 1_000),
        (StepKind::Cooldown, 1_000),
        (StepKind::Recovery, 1_000),
        (StepKind::Other, 1_000),
        (StepKind::Rest, 2_000),
        (StepKind::Drill, 1_500),
        (StepKind::Strength, 3_000),
    ];
    for (kind, duration) in cases {
        let estimated = estimate::step(kind, &meters(3_000.0), None);
        assert_eq!(estimated, estimate(duration, 3_000, Basis::NominalSpeed), "{kind:?}");
    }
}

#[test]
fn times_have_a_distance_where_one_runs() {
    assert_eq!(
        estimate::step(StepKind::Warmup, &seconds(900), None),
        estimate(900, 2_700, Basis::NominalSpeed)
    );
    let target = pace(Some(240.0), Some(260.0));
    assert_eq!(
        estimate::step(StepKind::Work, &seconds(500), Some(&target)),
        estimate(500, 2_000, Basis::Target)
    );
    for kind in [StepKind::Rest, StepKind::Strength, StepKind::Drill, StepKind::Other] {
        assert_eq!(
            estimate::step(kind, &seconds(90), Some(&target)),
            estimate(90, None, Basis::Exact),
            "{kind:?}"
        );
    }
}

#[test]
fn sets_take_their_repetitions_and_the_rests_between() {
    let lift = |length| estimate::step(StepKind::Strength, &length, None);
    assert_eq!(
        lift(sets(4, 5, 5, Some(150))),
        estimate(4 * 5 * 3 + 3 * 150, None, Basis::NominalSpeed)
    );
    assert_eq!(lift(sets(3, 8, 12, None)), estimate(90, None, Basis::NominalSpeed));
    assert_eq!(lift(sets(1, 5, 5, Some(150))), estimate(15, None, Basis::NominalSpeed));
}

#[test]
fn open_lengths_have_no_estimate() {
    let open = Length::Open { instruction: None };
    assert_eq!(estimate::step(StepKind::Cooldown, &open, None), Estimate::default());
    let block = flatten(&[repeat(3, 30, vec![step(StepKind::Work, open)])]);
    assert_eq!(
        estimate::workout(&block),
        estimate(60, None, Basis::Exact),
        "its rests are known"
    );
}

#[test]
fn a_workout_is_its_elements_and_its_rests() {
    let paced = Shape::Step(StepKind::Work, meters(1_000.0), Some(pace(Some(210.0), Some(210.0))));
    let elements = flatten(&[
        step(StepKind::Rest, seconds(100)),
        repeat(6, 60, vec![paced]),
        step(StepKind::Strength, sets(4, 5, 5, Some(150))),
    ]);
    let each = estimate::elements(&elements);
    assert_eq!(each.len(), 4);
    assert_eq!(each[&id(1)], estimate(100, None, Basis::Exact));
    assert_eq!(each[&id(2)], estimate(6 * 210 + 5 * 60, 6_000, Basis::Target));
    assert_eq!(each[&id(3)], estimate(210, 1_000, Basis::Target));
    assert_eq!(each[&id(4)], estimate(510, None, Basis::NominalSpeed));
    let total = estimate(100 + 1_560 + 510, 6_000, Basis::NominalSpeed);
    assert_eq!(estimate::workout(&elements), total);
    assert_eq!(
        estimate::prescribed(&expand(&elements, &[]).expect("short enough")),
        total
    );
}

#[test]
fn amounts_are_rounded_once() {
    let lap = Shape::Step(StepKind::Work, meters(400.0), Some(pace(Some(178.5), Some(178.5))));
    let elements = flatten(&[repeat(10, None, vec![lap])]);
    assert_eq!(estimate::workout(&elements), estimate(714, 4_000, Basis::Target));
}

#[test]
fn empty_workouts_and_repeats_of_nothing_have_no_estimate() {
    assert_eq!(estimate::workout(&[]), Estimate::default());
    assert_eq!(
        estimate::workout(&flatten(&[repeat(5, 60, vec![])])),
        Estimate::default()
    );
    assert_eq!(estimate::prescribed(&[]), Estimate::default());
}
