use crate::tree::id;
use crate::{assert_close, pace};
use chrono::NaiveDate;
use science::intensity::{Benchmark, BenchmarkKind, Missing, Resolved, resolve};
use science::prescription::{Lift, PaceReference, Target, ZoneMetric};

fn march(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a day in March")
}

fn benchmark(number: u128, kind: BenchmarkKind, value: f64, day: u32) -> Benchmark {
    Benchmark {
        id: id(number),
        kind,
        lift: None,
        race_distance_meters: None,
        value,
        effective_from: march(day),
    }
}

fn race(number: u128, meters: f64, seconds: f64) -> Benchmark {
    Benchmark {
        race_distance_meters: Some(meters),
        ..benchmark(number, BenchmarkKind::RaceTime, seconds, 1)
    }
}

fn squat(number: u128, kind: BenchmarkKind, kilograms: f64, day: u32) -> Benchmark {
    Benchmark {
        lift: Some(Lift::Squat),
        ..benchmark(number, kind, kilograms, day)
    }
}

fn relative(reference: PaceReference, min_percent: Option<f64>, max_percent: Option<f64>) -> Target {
    Target::Pace {
        fastest_seconds_per_km: None,
        slowest_seconds_per_km: None,
        reference: Some(reference),
        min_percent,
        max_percent,
    }
}

fn percent_of_squat(min_percent: f64, max_percent: f64) -> Target {
    Target::PercentOneRepMax {
        lift: Lift::Squat,
        min_percent,
        max_percent,
    }
}

fn heart_rate_percent(min: Option<f64>, max: Option<f64>) -> Target {
    Target::HeartRate {
        min_bpm: None,
        max_bpm: None,
        min_percent_of_max: min,
        max_percent_of_max: max,
    }
}

fn loads(resolved: &Resolved) -> (Option<f64>, Option<f64>) {
    (resolved.min_load_kg, resolved.max_load_kg)
}

#[test]
fn the_benchmark_in_force_is_the_latest_not_after_the_day() {
    let benchmarks = [
        squat(2, BenchmarkKind::OneRepMax, 140.0, 10),
        squat(3, BenchmarkKind::OneRepMax, 150.0, 20),
        squat(1, BenchmarkKind::OneRepMax, 120.0, 5),
    ];
    let on = |day| resolve(&percent_of_squat(50.0, 75.0), &benchmarks, march(day));
    assert_eq!(on(4).missing, [Missing::OneRepMax]);
    assert_eq!(loads(&on(4)), (None, None));
    for (day, basis, expected) in [
        (5, 1, (60.0, 90.0)),
        (9, 1, (60.0, 90.0)),
        (10, 2, (70.0, 105.0)),
        (19, 2, (70.0, 105.0)),
        (20, 3, (75.0, 112.5)),
    ] {
        let resolved = on(day);
        assert_eq!(loads(&resolved), (Some(expected.0), Some(expected.1)), "{day} March");
        assert_eq!(
            (resolved.basis, resolved.missing, resolved.on_date),
            (vec![id(basis)], vec![], march(day))
        );
    }
}

#[test]
fn of_one_day_the_greatest_id_holds() {
    let benchmarks = [
        squat(7, BenchmarkKind::OneRepMax, 100.0, 5),
        squat(9, BenchmarkKind::OneRepMax, 110.0, 5),
        squat(8, BenchmarkKind::OneRepMax, 120.0, 5),
    ];
    assert_eq!(
        resolve(&percent_of_squat(100.0, 100.0), &benchmarks, march(6)).basis,
        [id(9)]
    );
}

#[test]
fn neither_a_training_maximum_nor_another_lift_stands_in() {
    let mut bench = squat(1, BenchmarkKind::OneRepMax, 100.0, 1);
    bench.lift = Some(Lift::BenchPress);
    let benchmarks = [bench, squat(2, BenchmarkKind::TrainingMax, 130.0, 1)];
    assert_eq!(
        resolve(&percent_of_squat(70.0, 75.0), &benchmarks, march(2)).missing,
        [Missing::OneRepMax]
    );
}

#[test]
fn loads_are_exact_to_ten_grams() {
    let benchmarks = [squat(1, BenchmarkKind::OneRepMax, 102.5, 1)];
    let resolved = resolve(&percent_of_squat(72.5, 77.77), &benchmarks, march(1));
    assert_eq!(loads(&resolved), (Some(74.31), Some(79.71)));
}

#[test]
fn the_highest_percentage_of_speed_is_the_fastest_pace() {
    let benchmarks = [benchmark(1, BenchmarkKind::ThresholdPace, 240.0, 1)];
    let resolved = resolve(
        &relative(PaceReference::Threshold, Some(80.0), Some(125.0)),
        &benchmarks,
        march(1),
    );
    assert_close(resolved.fastest_pace_seconds_per_km.expect("a pace"), 192.0);
    assert_close(resolved.slowest_pace_seconds_per_km.expect("a pace"), 300.0);
    let at_most = resolve(
        &relative(PaceReference::Threshold, None, Some(80.0)),
        &benchmarks,
        march(1),
    );
    assert_eq!(
        (at_most.fastest_pace_seconds_per_km, at_most.slowest_pace_seconds_per_km),
        (Some(300.0), None)
    );
}

#[test]
fn race_paces_are_time_over_official_length() {
    let benchmarks = [
        race(1, 1_609.0, 280.0),
        race(2, 5_000.0, 1_050.0),
        race(3, 21_097.5, 5_000.0),
        race(4, 42_195.0, 10_800.0),
        race(5, 10_002.0, 2_000.0),
    ];
    let pace_of = |reference| {
        let resolved = resolve(&relative(reference, None, None), &benchmarks, march(1));
        assert_eq!(
            resolved.fastest_pace_seconds_per_km,
            resolved.slowest_pace_seconds_per_km
        );
        resolved.fastest_pace_seconds_per_km.ok_or(resolved.missing)
    };
    assert_close(pace_of(PaceReference::Mile).expect("a pace"), 280.0 / 1.609_344);
    assert_close(pace_of(PaceReference::FiveK).expect("a pace"), 210.0);
    assert_close(
        pace_of(PaceReference::HalfMarathon).expect("a pace"),
        5_000.0 / 21.097_5,
    );
    assert_close(pace_of(PaceReference::Marathon).expect("a pace"), 10_800.0 / 42.195);
    for reference in [PaceReference::ThreeK, PaceReference::TenK, PaceReference::Threshold] {
        assert_eq!(pace_of(reference), Err(vec![Missing::ReferencePace]), "{reference:?}");
    }
}

#[test]
fn beats_and_watts_round_halves_upwards() {
    let benchmarks = [
        benchmark(1, BenchmarkKind::MaxHeartRate, 190.0, 1),
        benchmark(2, BenchmarkKind::ThresholdPower, 110.0, 1),
    ];
    let resolved = resolve(&heart_rate_percent(Some(75.0), Some(80.0)), &benchmarks, march(1));
    assert_eq!(
        (resolved.min_heart_rate_bpm, resolved.max_heart_rate_bpm),
        (Some(143), Some(152))
    );
    assert_eq!(resolved.basis, [id(1)]);
    let target = Target::Power {
        min_watts: None,
        max_watts: None,
        min_percent_of_threshold: Some(115.0),
        max_percent_of_threshold: None,
    };
    let resolved = resolve(&target, &benchmarks, march(1));
    assert_eq!((resolved.min_power_watts, resolved.max_power_watts), (Some(127), None));
    assert_eq!(resolved.basis, [id(2)]);
    assert_eq!(resolve(&target, &[], march(1)).missing, [Missing::ThresholdPower]);
    assert_eq!(
        resolve(&heart_rate_percent(Some(75.0), None), &[], march(1)).missing,
        [Missing::MaxHeartRate]
    );
}

#[test]
fn absolute_targets_need_no_benchmark() {
    let resolved = resolve(&pace(Some(200.0), Some(210.0)), &[], march(1));
    assert_eq!(resolved.fastest_pace_seconds_per_km, Some(200.0));
    assert_eq!(resolved.slowest_pace_seconds_per_km, Some(210.0));
    assert_eq!((resolved.missing, resolved.basis), (vec![], vec![]));
    let target = Target::HeartRate {
        min_bpm: Some(120),
        max_bpm: None,
        min_percent_of_max: None,
        max_percent_of_max: None,
    };
    let resolved = resolve(&target, &[], march(1));
    assert_eq!((resolved.min_heart_rate_bpm, resolved.missing), (Some(120), vec![]));
    let resolved = resolve(&Target::Rpe { min: 6.0, max: 7.5 }, &[], march(1));
    assert_eq!((resolved.min_rpe, resolved.max_rpe), (Some(6.0), Some(7.5)));
}

#[test]
fn zones_name_the_zones_they_need() {
    for (metric, missing) in [
        (ZoneMetric::HeartRate, Missing::HeartRateZones),
        (ZoneMetric::Power, Missing::PowerZones),
        (ZoneMetric::Pace, Missing::PaceZones),
    ] {
        let resolved = resolve(
            &Target::Zone {
                metric,
                min_zone: 1,
                max_zone: 2,
            },
            &[],
            march(1),
        );
        assert_eq!(resolved.missing, [missing]);
    }
}

#[test]
fn values_that_are_no_measure_are_passed_over() {
    let benchmarks = [
        benchmark(1, BenchmarkKind::ThresholdPace, 240.0, 1),
        benchmark(2, BenchmarkKind::ThresholdPace, 0.0, 2),
        benchmark(3, BenchmarkKind::ThresholdPace, f64::NAN, 3),
    ];
    let target = relative(PaceReference::Threshold, None, None);
    assert_eq!(resolve(&target, &benchmarks, march(4)).basis, [id(1)]);
}
