//! History summed up for charts: one point for each day, week or month.
use crate::scalar::Date;
use crate::{
    access::*,
    error::Failure,
    load::Key,
    page::DateRange,
    print::{List, Plain},
    scope::Scope,
    sql::Bucket,
    words,
};
use async_graphql::{Context, Enum, SimpleObject};
use chrono::{Datelike, Days, Months, NaiveDate};
use entity::{
    athlete_training_session::{Column, Entity},
    enums::{SessionOutcome, SessionSource, Sport},
};
use foldhash::{HashMap, HashMapExt};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr},
};
use std::sync::Arc;
use uuid::Uuid;

/// Longest range of a trend or report, days: two years.
pub const MAX_DAYS: i64 = 731;

/// A quantity that is summed up over time. Sessions that were done count for the day they count for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrendMetric {
    /// Metres covered.
    DistanceMeters,
    /// Seconds trained.
    DurationSeconds,
    /// Session load, entered or from exertion and time.
    TrainingLoad,
    /// Sessions done, in whole or in part.
    SessionCount,
    /// Completed sessions as a percentage of those that were due.
    CompliancePercent,
    /// Mean of perceived exertion, 1 to 10.
    AverageRpe,
}

/// Width of a point.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "Bucket")]
pub enum TrendBucket {
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// A stretch of days, summed up.
#[derive(Plain, SimpleObject, Clone, Debug, PartialEq)]
pub struct TrendPoint {
    /// First day of the stretch; of a week its Monday, also where the range begins later.
    pub period_start: Date,
    /// The value; null where nothing is known, but 0 where sessions are counted.
    pub value: Option<f64>,
    /// Sessions that the value rests on.
    pub sample_count: i32,
}

/// Both ends of a range of at most two years.
///
/// # Errors
/// `BadInput` for an open, reversed or longer one.
pub fn bounded(range: DateRange) -> Result<(NaiveDate, NaiveDate), Failure> {
    let (Some(Date(from)), Some(Date(to))) = (range.from, range.to) else {
        return Err(Failure::BadInput("Give both ends of the range.".into()));
    };
    if from > to {
        return Err(Failure::BadInput("The range ends before it begins.".into()));
    }
    if (to - from).num_days() > MAX_DAYS || !(1900..=2200).contains(&from.year()) {
        return Err(Failure::BadInput(
            "A range spans at most two years, from 1900 on.".into(),
        ));
    }
    Ok((from, to))
}

/// An athlete's history summed up: one point for each stretch that the range touches.
///
/// # Errors
/// As `bounded`.
pub async fn trend(
    ctx: &Context<'_>,
    athlete_id: Uuid,
    metric: TrendMetric,
    range: DateRange,
    bucket: TrendBucket,
    sport: Option<words::Sport>,
) -> Result<List<TrendPoint>, Failure> {
    let (from, to) = bounded(range)?;
    let what = What {
        metric,
        from,
        to,
        bucket: bucket.into(),
        sport: sport.map(Into::into),
    };
    let found = Scope::of(ctx)
        .load(Trend {
            athlete_id,
            what: what.clone(),
        })
        .await?;
    Ok(what.points(&found))
}

/// What is asked of an athlete's history.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct What {
    metric: TrendMetric,
    from: NaiveDate,
    to: NaiveDate,
    bucket: Bucket,
    sport: Option<Sport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Trend {
    athlete_id: Uuid,
    what: What,
}

entity::row! {
    struct Sum {
        athlete: Uuid,
        period: NaiveDate,
        total: Option<f64>,
        samples: i64,
    }
}

type Sums = Arc<HashMap<NaiveDate, (f64, i64)>>;

impl Key for Trend {
    type Value = Sums;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Sums>, Failure> {
        let mut groups: HashMap<&What, Vec<Uuid>> = HashMap::new();
        for key in keys {
            groups.entry(&key.what).or_default().push(key.athlete_id);
        }
        let mut found = HashMap::new();
        for (what, athletes) in groups {
            let mut sums: HashMap<Uuid, HashMap<NaiveDate, (f64, i64)>> = HashMap::new();
            for row in what.sums(reader, &athletes).await? {
                let value = (row.total.unwrap_or_default(), row.samples);
                sums.entry(row.athlete).or_default().insert(row.period, value);
            }
            found.extend(sums.into_iter().map(|(athlete_id, sums)| {
                let key = Self {
                    athlete_id,
                    what: what.clone(),
                };
                (key, Arc::new(sums))
            }));
        }
        Ok(found)
    }

    fn missing() -> Sums {
        Arc::default()
    }
}

/// Sessions that were due at a moment: assigned, neither cancelled, excused nor rest, and past or done.
pub(super) fn due(viewer: &Viewer) -> Condition {
    Condition::all()
        .add(Column::Source.eq(SessionSource::CoachAssigned))
        .add(Column::CancelledAt.is_null())
        .add(Column::ExcusedAt.is_null())
        .add(Column::IsRest.eq(false))
        .add(
            Condition::any()
                .add(Column::Outcome.is_not_null())
                .add(Column::MissedAt.lte(viewer.now)),
        )
}

impl What {
    async fn sums(&self, reader: &Reader, athletes: &[Uuid]) -> Result<Vec<Sum>, Failure> {
        let dialect = reader.viewer().dialect;
        let done = || {
            let outcomes = [SessionOutcome::Completed, SessionOutcome::Partial];
            Condition::all().add(dialect.any_of::<SessionOutcome>(Column::Outcome, outcomes))
        };
        let known = |column: Column| (done().add(column.is_not_null()), Expr::col(own(column)));
        let (condition, value): (Condition, SimpleExpr) = match self.metric {
            TrendMetric::DistanceMeters => known(Column::ActualDistanceMeters),
            TrendMetric::DurationSeconds => known(Column::ActualDurationSeconds),
            TrendMetric::TrainingLoad => known(Column::SessionLoad),
            TrendMetric::AverageRpe => known(Column::ActualRpe),
            TrendMetric::SessionCount => (done(), Expr::val(1)),
            TrendMetric::CompliancePercent => {
                let completed = Column::Outcome.eq(SessionOutcome::Completed);
                let one = CaseStatement::new().case(completed, Expr::val(1)).finally(Expr::val(0));
                (due(reader.viewer()), one.into())
            }
        };
        let select = Entity::find()
            .filter(dialect.among(own(Column::AthleteId), athletes))
            .filter(Column::Day.between(self.from, self.to))
            .filter(condition);
        let select = match self.sport {
            Some(sport) => select.filter(Column::Sport.eq(sport)),
            None => select,
        };
        let period = dialect.bucket(own(Column::Day), self.bucket);
        reader
            .figures::<Entity, Sum>(select, Action::Read, |query| {
                query
                    .expr_as(Expr::col(own(Column::AthleteId)), "athlete")
                    .expr_as(period.clone(), "period")
                    .expr_as(dialect.sum(value), "total")
                    .expr_as(Expr::col(sea_orm::sea_query::Asterisk).count(), "samples")
                    .group_by_col(own(Column::AthleteId))
                    .add_group_by([period]);
            })
            .await
    }

    fn points(&self, sums: &HashMap<NaiveDate, (f64, i64)>) -> List<TrendPoint> {
        let mut points = Vec::new();
        let mut period_start = start(self.from, self.bucket);
        while period_start <= self.to {
            let (total, samples) = sums.get(&period_start).copied().unwrap_or_default();
            let value = match self.metric {
                TrendMetric::SessionCount => Some(samples as f64),
                _ if samples == 0 => None,
                TrendMetric::AverageRpe => Some(total / samples as f64),
                TrendMetric::CompliancePercent => Some(100.0 * total / samples as f64),
                TrendMetric::DistanceMeters | TrendMetric::DurationSeconds | TrendMetric::TrainingLoad => Some(total),
            };
            points.push(TrendPoint {
                period_start: Date(period_start),
                value,
                sample_count: i32::try_from(samples).unwrap_or(i32::MAX),
            });
            let next = match self.bucket {
                Bucket::Day => period_start.checked_add_days(Days::new(1)),
                Bucket::Week => period_start.checked_add_days(Days::new(7)),
                Bucket::Month => period_start.checked_add_months(Months::new(1)),
            };
            let Some(next) = next else { break };
            period_start = next;
        }
        points.into()
    }
}

/// First day of the stretch that a day lies in.
fn start(day: NaiveDate, bucket: Bucket) -> NaiveDate {
    match bucket {
        Bucket::Day => day,
        Bucket::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
        Bucket::Month => day.with_day(1).unwrap_or(day),
    }
}
