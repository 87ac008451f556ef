//! From a target and benchmarks to absolute numbers.

use super::{Benchmark, BenchmarkKind, Missing, Resolved};
use crate::prescription::{Lift, PaceReference, Target, ZoneMetric};
use chrono::NaiveDate;

/// How far a race may be from its official length to count as one, in meters.
const RACE_TOLERANCE_METERS: f64 = 1.0;

/// The target in the numbers of one athlete, whose `benchmarks` these are, as of `day`.
///
/// The benchmark in force is the one with the latest `effective_from` that is not after `day`; of several of one
/// day, the one with the greatest id. Zones need a zone set; without one it is named missing.
///
/// - Pace: `reference pace / (percent / 100)`, percentages being of speed, so that the highest is the fastest. A
///   reference without percentages is the pace itself. A race pace is its time over its official length.
/// - Heart rate and power: percent of maximum or threshold, to whole beats and watts, halves upwards.
/// - Load: percent of the lift's one-repetition maximum, to 0.01 kg. A training maximum does not stand in for it.
pub fn resolve(target: &Target, benchmarks: &[Benchmark], day: NaiveDate) -> Resolved {
    let mut resolution = Resolution {
        benchmarks,
        result: Resolved::empty(day),
    };
    match *target {
        Target::Zone { metric, .. } => resolution.result.missing.push(match metric {
            ZoneMetric::HeartRate => Missing::HeartRateZones,
            ZoneMetric::Power => Missing::PowerZones,
            ZoneMetric::Pace => Missing::PaceZones,
        }),
        Target::Pace {
            fastest_seconds_per_km,
            slowest_seconds_per_km,
            reference,
            min_percent,
            max_percent,
        } => {
            resolution.result.fastest_pace_seconds_per_km = fastest_seconds_per_km;
            resolution.result.slowest_pace_seconds_per_km = slowest_seconds_per_km;
            if let Some(reference) = reference {
                resolution.pace(reference, min_percent, max_percent);
            }
        }
        Target::HeartRate {
            min_bpm,
            max_bpm,
            min_percent_of_max,
            max_percent_of_max,
        } => {
            resolution.heart_rate((min_bpm, max_bpm), (min_percent_of_max, max_percent_of_max));
        }
        Target::Power {
            min_watts,
            max_watts,
            min_percent_of_threshold,
            max_percent_of_threshold,
        } => {
            resolution.power(
                (min_watts, max_watts),
                (min_percent_of_threshold, max_percent_of_threshold),
            );
        }
        Target::PercentOneRepMax {
            lift,
            min_percent,
            max_percent,
        } => resolution.load(lift, min_percent, max_percent),
        Target::Rpe { min, max } => {
            resolution.result.min_rpe = Some(min);
            resolution.result.max_rpe = Some(max);
        }
    }
    resolution.result
}

struct Resolution<'a> {
    benchmarks: &'a [Benchmark],
    result: Resolved,
}

impl Resolution<'_> {
    /// The value in force among the benchmarks that `fits` lets through, noted as basis or as missing.
    fn value(&mut self, missing: Missing, fits: impl Fn(&Benchmark) -> bool) -> Option<f64> {
        let in_force = self
            .benchmarks
            .iter()
            .filter(|benchmark| benchmark.effective_from <= self.result.on_date && fits(benchmark))
            .filter(|benchmark| benchmark.value.is_finite() && benchmark.value > 0.0)
            .max_by_key(|benchmark| (benchmark.effective_from, benchmark.id));
        match in_force {
            Some(benchmark) => self.result.basis.push(benchmark.id),
            None => self.result.missing.push(missing),
        }
        in_force.map(|benchmark| benchmark.value)
    }

    fn reference_pace(&mut self, reference: PaceReference) -> Option<f64> {
        let Some(meters) = reference.race_meters() else {
            return self.value(Missing::ReferencePace, |benchmark| {
                benchmark.kind == BenchmarkKind::ThresholdPace
            });
        };
        let seconds = self.value(Missing::ReferencePace, |benchmark| {
            let distance = benchmark.race_distance_meters;
            benchmark.kind == BenchmarkKind::RaceTime
                && distance.is_some_and(|distance| (distance - meters).abs() <= RACE_TOLERANCE_METERS)
        })?;
        Some(seconds / (meters / 1_000.0))
    }

    fn pace(&mut self, reference: PaceReference, min_percent: Option<f64>, max_percent: Option<f64>) {
        let Some(pace) = self.reference_pace(reference) else {
            return;
        };
        let (min_percent, max_percent) = match (min_percent, max_percent) {
            (None, None) => (Some(100.0), Some(100.0)),
            given => given,
        };
        let at = |percent: Option<f64>| {
            percent
                .filter(|percent| *percent > 0.0)
                .map(|percent| pace * 100.0 / percent)
        };
        let result = &mut self.result;
        result.fastest_pace_seconds_per_km = result.fastest_pace_seconds_per_km.or(at(max_percent));
        result.slowest_pace_seconds_per_km = result.slowest_pace_seconds_per_km.or(at(min_percent));
    }

    fn heart_rate(&mut self, absolute: (Option<i32>, Option<i32>), percent: (Option<f64>, Option<f64>)) {
        let maximum = BenchmarkKind::MaxHeartRate;
        let (low, high) = self.bounds(absolute, percent, maximum, Missing::MaxHeartRate);
        self.result.min_heart_rate_bpm = low;
        self.result.max_heart_rate_bpm = high;
    }

    fn power(&mut self, absolute: (Option<i32>, Option<i32>), percent: (Option<f64>, Option<f64>)) {
        let threshold = BenchmarkKind::ThresholdPower;
        let (low, high) = self.bounds(absolute, percent, threshold, Missing::ThresholdPower);
        self.result.min_power_watts = low;
        self.result.max_power_watts = high;
    }

    /// Absolute bounds as they are, relative ones as whole numbers.
    fn bounds(
        &mut self,
        (low, high): (Option<i32>, Option<i32>),
        (low_percent, high_percent): (Option<f64>, Option<f64>),
        kind: BenchmarkKind,
        missing: Missing,
    ) -> (Option<i32>, Option<i32>) {
        if low_percent.is_none() && high_percent.is_none() {
            return (low, high);
        }
        let Some(value) = self.value(missing, |benchmark| benchmark.kind == kind) else {
            return (low, high);
        };
        // Multiplied before divided: 110 * 1.15 is 126.49999999999999 and would round down.
        let share = |percent: f64| (value * percent / 100.0).round() as i32;
        (low.or(low_percent.map(share)), high.or(high_percent.map(share)))
    }

    fn load(&mut self, lift: Lift, min_percent: f64, max_percent: f64) {
        let maximum = self.value(Missing::OneRepMax, |benchmark| {
            benchmark.kind == BenchmarkKind::OneRepMax && benchmark.lift == Some(lift)
        });
        let share = |percent: f64| maximum.map(|maximum| (maximum * percent).round() / 100.0);
        self.result.min_load_kg = share(min_percent);
        self.result.max_load_kg = share(max_percent);
    }
}
