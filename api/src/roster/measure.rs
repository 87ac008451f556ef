//! Entering benchmarks, many at once.
use super::benchmark::Benchmark;
use crate::{
    access::Action,
    error::Refusal,
    payload,
    payload::{BulkErrorPolicy, Mistakes, UserError, UserErrorCode},
    print::List,
    scalar::Date,
    scope::new_id,
    words,
    write::{Tx, write},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{Datelike, NaiveDate};
use entity::{
    athlete, benchmark,
    enums::{BenchmarkKind, BenchmarkSource, ChangeOperation, Lift, Sport},
    training_event,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What was measured, of whom, from which day.
#[derive(InputObject)]
pub struct BenchmarksSaveInput {
    /// The benchmarks, 1 to 200. One of the same athlete, kind, lift or exercise, distance, sport and first day takes
    /// the place of the one before.
    pub items: Vec<BenchmarkInput>,
    /// What becomes of the list when some items are wrong.
    #[graphql(default_with = "BulkErrorPolicy::RejectEverything")]
    pub error_policy: BulkErrorPolicy,
}

/// A benchmark to save.
#[derive(InputObject)]
pub struct BenchmarkInput {
    /// Whose it is.
    pub athlete_id: ID,
    /// What it measures.
    pub kind: words::BenchmarkKind,
    /// The lift of a maximum; a maximum has a lift or an exercise.
    pub lift: Option<words::Lift>,
    /// The exercise of a maximum.
    pub exercise_id: Option<ID>,
    /// The sport it holds for; all when omitted.
    pub sport: Option<words::Sport>,
    /// Length of the race, metres; for race times, and for them alone.
    pub race_distance_meters: Option<f64>,
    /// The value: kg for maxima and weight, s/km for pace, W for power, bpm for heart rates, s for race times.
    pub value: f64,
    /// First day that it holds.
    pub effective_from: Date,
    /// Where it comes from.
    #[graphql(default_with = "words::BenchmarkSource::Coach")]
    pub source: words::BenchmarkSource,
}

payload! {
    /// Benchmarks as they were saved.
    BenchmarksPayload {
        /// Those saved, in the order of the items.
        benchmarks: List<Benchmark>,
    }
}

/// What makes two benchmarks the same one: numbers by their bits.
type Sort = (
    Uuid,
    BenchmarkKind,
    Option<Lift>,
    Option<Uuid>,
    Option<Sport>,
    Option<u64>,
    NaiveDate,
);

fn sort_of(row: &benchmark::Model) -> Sort {
    let distance = row.race_distance_meters.map(f64::to_bits);
    let exercise = row.training_event_id;
    (
        row.athlete_id,
        row.kind,
        row.lift,
        exercise,
        row.sport,
        distance,
        row.effective_from,
    )
}

impl Benchmark {
    /// Saves benchmarks.
    pub async fn save(ctx: &Context<'_>, input: BenchmarksSaveInput) -> Result<BenchmarksPayload, Refusal> {
        let BenchmarksSaveInput { items, error_policy } = input;
        let mut mistakes = Mistakes::default();
        mistakes.items("items", items.len(), 1, 200);
        mistakes.check()?;
        let (scope, (ids, user_errors)) = write(ctx, async move |tx: Tx| {
            let (rows, errors) = rows_of(&tx, &items).await?;
            if !errors.is_empty() && error_policy == BulkErrorPolicy::RejectEverything {
                return Err(Refusal::Errors(errors));
            }
            Ok((store(&tx, rows).await?, errors))
        })
        .await?;
        Ok(BenchmarksPayload {
            benchmarks: scope.records(ids).await?,
            user_errors,
        })
    }
}

/// The rows that the items without mistakes make, and all mistakes.
async fn rows_of(tx: &Tx, items: &[BenchmarkInput]) -> Result<(Vec<benchmark::Model>, Vec<UserError>), Refusal> {
    let mut errors: Vec<UserError> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        errors.extend(
            mistakes_of(item, tx.now().year())
                .into_iter()
                .map(|error| error.item(index)),
        );
    }
    let athlete_ids: Vec<(usize, &ID)> = items.iter().map(|item| &item.athlete_id).enumerate().collect();
    let athletes = named::<athlete::Entity>(tx, &athlete_ids, Action::Assign, "items.athleteId", &mut errors).await?;
    let exercise_ids: Vec<(usize, &ID)> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, item.exercise_id.as_ref()?)))
        .collect();
    let path = "items.exerciseId";
    let exercises = named::<training_event::Entity>(tx, &exercise_ids, Action::Read, path, &mut errors).await?;
    let mut rows = Vec::new();
    let mut sorts = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let (Some(athlete), exercise) = (athletes.get(&index), exercises.get(&index)) else {
            continue;
        };
        if exercise.is_some_and(|exercise| exercise.program_id != athlete.program_id) {
            errors.push(UserError::cross_program(path).item(index));
        }
        let row = benchmark::Model {
            id: new_id(),
            program_id: athlete.program_id,
            athlete_id: athlete.id,
            kind: item.kind.into(),
            lift: item.lift.map(Lift::from),
            training_event_id: exercise.map(|exercise| exercise.id),
            sport: item.sport.map(Sport::from),
            race_distance_meters: item.race_distance_meters,
            value: item.value,
            effective_from: item.effective_from.0,
            source: BenchmarkSource::from(item.source),
            recorded_by_id: tx.viewer().user_id,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        if !sorts.insert(sort_of(&row)) {
            let message = "An item before this one is of the same sort and day.";
            errors.push(UserError::new(UserErrorCode::Taken, message).at("items").item(index));
        }
        rows.push((index, row));
    }
    let wrong: HashSet<Option<i32>> = errors.iter().map(|error| error.item_index).collect();
    rows.retain(|(index, _)| !wrong.contains(&i32::try_from(*index).ok()));
    errors.sort_by_key(|error| error.item_index);
    Ok((rows.into_iter().map(|(_, row)| row).collect(), errors))
}

/// The rows that items name, by the place of the item; those that are missing or not permitted go to `errors`.
async fn named<E: crate::access::Guarded + crate::node::Named>(
    tx: &Tx,
    ids: &[(usize, &ID)],
    action: Action,
    path: &str,
    errors: &mut Vec<UserError>,
) -> Result<HashMap<usize, E::Model>, Refusal> {
    let mut ids = ids.to_vec();
    loop {
        let given: Vec<ID> = ids.iter().map(|(_, id)| (*id).clone()).collect();
        match tx.read_all::<E>(&given, action, path).await {
            Ok(rows) => return Ok(ids.iter().map(|(index, _)| *index).zip(rows).collect()),
            Err(Refusal::Errors(refused)) => {
                // Told by their place among `ids`; what is left is asked once more and found.
                let places: HashSet<usize> = refused
                    .iter()
                    .filter_map(|error| usize::try_from(error.item_index?).ok())
                    .collect();
                errors.extend(refused.into_iter().map(|error| {
                    let place = error.item_index.and_then(|place| usize::try_from(place).ok());
                    match place.and_then(|place| ids.get(place)) {
                        Some((index, _)) => error.item(*index),
                        None => error,
                    }
                }));
                let mut place = 0..;
                ids.retain(|_| place.next().is_none_or(|place| !places.contains(&place)));
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Stores rows in the place of those of the same sort and day; their ids.
async fn store(tx: &Tx, mut rows: Vec<benchmark::Model>) -> Result<Vec<Uuid>, Refusal> {
    let athletes: Vec<Uuid> = rows.iter().map(|row| row.athlete_id).collect();
    let days: HashSet<NaiveDate> = rows.iter().map(|row| row.effective_from).collect();
    // Two who save the same at once take turns.
    let locked = athlete::Entity::find()
        .filter(tx.dialect().among(athlete::Column::Id, &athletes))
        .order_by_asc(athlete::Column::Id);
    tx.find_locked(locked).await?;
    let before = benchmark::Entity::find()
        .filter(tx.dialect().among(benchmark::Column::AthleteId, &athletes))
        .filter(benchmark::Column::EffectiveFrom.is_in(days));
    let before: HashMap<Sort, benchmark::Model> = tx
        .find(before)
        .await?
        .into_iter()
        .map(|row| (sort_of(&row), row))
        .collect();
    let mut replaced = Vec::new();
    for row in &mut rows {
        match before.get(&sort_of(row)) {
            Some(old) => {
                (row.id, row.created_at) = (old.id, old.created_at);
                replaced.push(old.id);
                tx.emit::<benchmark::Entity>(row, ChangeOperation::Updated);
            }
            None => tx.emit::<benchmark::Entity>(row, ChangeOperation::Created),
        }
    }
    let old_rows = sea_orm::Condition::all().add(tx.dialect().among(benchmark::Column::Id, &replaced));
    tx.delete_rows::<benchmark::Entity>(old_rows).await?;
    let ids = rows.iter().map(|row| row.id).collect();
    tx.insert_rows(
        rows.into_iter()
            .map(|row| benchmark::ActiveModel::from(row).reset_all())
            .collect(),
    )
    .await?;
    Ok(ids)
}

fn mistakes_of(item: &BenchmarkInput, this_year: i32) -> Vec<UserError> {
    let kind = BenchmarkKind::from(item.kind);
    let mut mistakes = Mistakes::default();
    let (least, most) = match kind {
        BenchmarkKind::OneRepMax | BenchmarkKind::TrainingMax => (1.0, 1_000.0),
        BenchmarkKind::ThresholdPace => (60.0, 3_600.0),
        BenchmarkKind::ThresholdPower => (20.0, 2_000.0),
        BenchmarkKind::ThresholdHeartRate | BenchmarkKind::MaxHeartRate => (60.0, 250.0),
        BenchmarkKind::RestingHeartRate => (20.0, 150.0),
        BenchmarkKind::RaceTime => (3.0, 2_000_000.0),
        BenchmarkKind::BodyWeight => (15.0, 400.0),
    };
    mistakes.range("items.value", item.value, least, most);
    mistakes.range("items.effectiveFrom", item.effective_from.0.year(), 1950, this_year + 2);
    let mut wrong = |path: &str, message: &str| {
        mistakes.add(UserError::new(UserErrorCode::Invalid, message).at(path));
    };
    let is_maximum = matches!(kind, BenchmarkKind::OneRepMax | BenchmarkKind::TrainingMax);
    let named = usize::from(item.lift.is_some()) + usize::from(item.exercise_id.is_some());
    if is_maximum && named != 1 {
        wrong(
            "items.lift",
            "A maximum is of a lift or of an exercise: give one of them.",
        );
    }
    if !is_maximum && named != 0 {
        wrong("items.lift", "Only a maximum is of a lift or of an exercise.");
    }
    match (kind, item.race_distance_meters) {
        (BenchmarkKind::RaceTime, None) => wrong("items.raceDistanceMeters", "Give the length of the race."),
        (BenchmarkKind::RaceTime, Some(meters)) => {
            mistakes.range("items.raceDistanceMeters", meters, 10.0, 2_000_000.0);
        }
        (_, Some(_)) => wrong("items.raceDistanceMeters", "Only a race time has a length of the race."),
        (_, None) => {}
    }
    mistakes.into_errors()
}
