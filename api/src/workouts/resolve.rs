//! An athlete's benchmarks in the terms of the science, which resolves relative targets with them.
use crate::{error::Failure, roster::benchmark::Benchmarks, scope::Scope};
use entity::benchmark::Model;
use science::intensity::Benchmark;
use uuid::Uuid;

/// The benchmarks of an athlete that the viewer may read, of all days.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn benchmarks_of(scope: &Scope, athlete_id: Uuid) -> Result<Vec<Benchmark>, Failure> {
    Ok(scope
        .all::<Benchmarks>(athlete_id)
        .await?
        .iter()
        .map(|row| benchmark(row))
        .collect())
}

/// A benchmark in the terms of the science.
pub fn benchmark(row: &Model) -> Benchmark {
    Benchmark {
        id: row.id,
        kind: row.kind.into(),
        lift: row.lift.map(Into::into),
        race_distance_meters: row.race_distance_meters,
        value: row.value,
        effective_from: row.effective_from,
    }
}
