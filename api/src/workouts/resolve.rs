//! Relative targets in an athlete's own numbers, by the benchmarks that were in force on a day.
use crate::{
    error::Failure,
    load::Children,
    page::{OrderDirection, Page},
    print::List,
    roster::benchmark::{Benchmark, Benchmarks},
    scalar::Date,
    scope::Scope,
};
use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use entity::benchmark::Model;
use science::intensity::{self, Missing, Resolved};
use uuid::Uuid;

/// The benchmarks of an athlete that the viewer may read: of all days, or the latest of a very long record.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn benchmarks_of(scope: &Scope, athlete_id: Uuid) -> Result<Vec<intensity::Benchmark>, Failure> {
    let latest = Page::whole().ordered(0, OrderDirection::Desc);
    let rows = scope.rows(Children::<Benchmarks>::new(athlete_id, latest, ())).await?;
    Ok(rows.iter().map(|row| benchmark(row)).collect())
}

/// A benchmark in the terms of the science.
pub fn benchmark(row: &Model) -> intensity::Benchmark {
    intensity::Benchmark {
        id: row.id,
        kind: row.kind.into(),
        lift: row.lift.map(Into::into),
        race_distance_meters: row.race_distance_meters,
        value: row.value,
        effective_from: row.effective_from,
    }
}

/// A benchmark that a target needs.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Missing")]
pub enum MissingBenchmark {
    /// Where beats a minute change intensity.
    HeartRateZones,
    /// Where watts change intensity.
    PowerZones,
    /// Where seconds a kilometre change intensity.
    PaceZones,
    /// Highest heart rate.
    MaxHeartRate,
    /// Watts that can be held for about an hour.
    ThresholdPower,
    /// Heaviest single lift.
    OneRepMax,
    /// Pace of the race or threshold that the target refers to.
    ReferencePace,
}

/// A target in one athlete's own numbers.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ResolvedIntensity {
    /// Lowest beats a minute.
    min_heart_rate_bpm: Option<i32>,
    /// Highest beats a minute.
    max_heart_rate_bpm: Option<i32>,
    /// Lowest watts.
    min_power_watts: Option<i32>,
    /// Highest watts.
    max_power_watts: Option<i32>,
    /// Fastest seconds a kilometre.
    fastest_pace_seconds_per_km: Option<f64>,
    /// Slowest seconds a kilometre.
    slowest_pace_seconds_per_km: Option<f64>,
    /// Lightest kilograms.
    min_load_kg: Option<f64>,
    /// Heaviest kilograms.
    max_load_kg: Option<f64>,
    /// Lowest rating, 1 to 10.
    min_rpe: Option<f64>,
    /// Highest rating, 1 to 10.
    max_rpe: Option<f64>,
    /// Benchmarks that the athlete lacks; empty when the target was resolved.
    missing: Vec<MissingBenchmark>,
    /// Day whose benchmarks count.
    on_date: Date,
    #[graphql(skip)]
    basis_ids: Vec<Uuid>,
}

/// A target in one athlete's own numbers.
#[ComplexObject]
impl ResolvedIntensity {
    /// Benchmarks that the numbers rest on.
    async fn basis(&self, ctx: &Context<'_>) -> Result<List<Benchmark>, Failure> {
        Scope::of(ctx).records(self.basis_ids.iter().copied()).await
    }
}

impl From<Resolved> for ResolvedIntensity {
    fn from(resolved: Resolved) -> Self {
        Self {
            min_heart_rate_bpm: resolved.min_heart_rate_bpm,
            max_heart_rate_bpm: resolved.max_heart_rate_bpm,
            min_power_watts: resolved.min_power_watts,
            max_power_watts: resolved.max_power_watts,
            fastest_pace_seconds_per_km: resolved.fastest_pace_seconds_per_km,
            slowest_pace_seconds_per_km: resolved.slowest_pace_seconds_per_km,
            min_load_kg: resolved.min_load_kg,
            max_load_kg: resolved.max_load_kg,
            min_rpe: resolved.min_rpe,
            max_rpe: resolved.max_rpe,
            missing: resolved.missing.into_iter().map(Into::into).collect(),
            on_date: Date(resolved.on_date),
            basis_ids: resolved.basis,
        }
    }
}
