//! Compliance: how what was done compares with what was planned.

use serde::{Deserialize, Serialize};

/// Due sessions of a span, by outcome. Excused, cancelled, unplanned and rest sessions are in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions done.
    pub completed: i64,
    /// Sessions done in part.
    pub partial: i64,
    /// Sessions whose day passed without a log.
    pub missed: i64,
    /// Sessions the athlete left out and said so.
    pub skipped: i64,
}

impl Counts {
    /// Sessions that were due: all four outcomes together.
    pub fn due(&self) -> i64 {
        [self.completed, self.partial, self.missed, self.skipped]
            .into_iter()
            .fold(0, i64::saturating_add)
    }

    /// Completed sessions as a percentage of those due, 0 to 100; `None` when none was due.
    pub fn completion_percent(&self) -> Option<f64> {
        let due = self.due();
        (due > 0).then(|| 100.0 * self.completed as f64 / due as f64)
    }
}

/// How far the done amount lies from the planned one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Band {
    /// 80 % to 120 % of the plan, both included.
    Within,
    /// From 50 % to below 80 %, or above 120 % to 150 %.
    Near,
    /// Below 50 % or above 150 %.
    Outside,
}

/// The band of an actual amount, `planned` and `actual` in the same unit.
///
/// The bands meet without a gap, so that 79.5 % is [`Band::Near`]. `None` when either amount is unknown, not
/// finite or negative, or nothing was planned (zero).
///
/// Source: the bands by planned duration that TrainingPeaks documents, made half-open.
pub fn band(planned: Option<f64>, actual: Option<f64>) -> Option<Band> {
    Some(match ratio(planned, actual)? {
        0.8..=1.2 => Band::Within,
        0.5..=1.5 => Band::Near,
        _ => Band::Outside,
    })
}

/// How closely the plan was met, 0 to 100: `100 (1 - |actual / planned - 1|)`, never below 0.
///
/// By duration (both in seconds) when both durations are known, else by distance (both in meters), else `None`.
pub fn score(
    planned_duration: Option<f64>,
    actual_duration: Option<f64>,
    planned_distance: Option<f64>,
    actual_distance: Option<f64>,
) -> Option<f64> {
    let ratio = ratio(planned_duration, actual_duration).or_else(|| ratio(planned_distance, actual_distance))?;
    Some((100.0 * (1.0 - (ratio - 1.0).abs())).max(0.0))
}

fn ratio(planned: Option<f64>, actual: Option<f64>) -> Option<f64> {
    let planned = planned.filter(|amount| amount.is_finite() && *amount > 0.0)?;
    let actual = actual.filter(|amount| amount.is_finite() && *amount >= 0.0)?;
    Some(actual / planned)
}
