//! Where a session stands. It is computed, here alone: once from a row, once as a condition, from the same order of
//! precedence. What was logged stands above everything, for who ran although the practice was called off did run.
use async_graphql::Enum;
use chrono::{DateTime, Utc};
use entity::{
    athlete_training_session::{Column, Model},
    enums::SessionOutcome,
};
use sea_orm::{ColumnTrait, Condition};

/// Where a training session stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrainingSessionStatus {
    /// To be done, or still open to be logged.
    Scheduled,
    /// Done as asked.
    Completed,
    /// Done in part.
    Partial,
    /// Left out on purpose.
    Skipped,
    /// Nothing was logged, and the time to log it has passed.
    Missed,
    /// The athlete does not take part.
    Excused,
    /// Called off.
    Cancelled,
}

impl TrainingSessionStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Scheduled,
        Self::Completed,
        Self::Partial,
        Self::Skipped,
        Self::Missed,
        Self::Excused,
        Self::Cancelled,
    ];

    /// The status of a session at a moment.
    pub fn of(row: &Model, now: DateTime<Utc>) -> Self {
        match row.outcome {
            Some(SessionOutcome::Completed) => Self::Completed,
            Some(SessionOutcome::Partial) => Self::Partial,
            Some(SessionOutcome::Skipped) => Self::Skipped,
            None if row.cancelled_at.is_some() => Self::Cancelled,
            None if row.excused_at.is_some() => Self::Excused,
            None if !row.is_rest && row.missed_at.is_some_and(|missed_at| missed_at <= now) => Self::Missed,
            None => Self::Scheduled,
        }
    }

    /// The sessions of this status at a moment.
    pub fn condition(self, now: DateTime<Utc>) -> Condition {
        let open = || {
            Condition::all()
                .add(Column::Outcome.is_null())
                .add(Column::CancelledAt.is_null())
                .add(Column::ExcusedAt.is_null())
        };
        let outcome = |outcome: SessionOutcome| Condition::all().add(Column::Outcome.eq(outcome));
        match self {
            Self::Completed => outcome(SessionOutcome::Completed),
            Self::Partial => outcome(SessionOutcome::Partial),
            Self::Skipped => outcome(SessionOutcome::Skipped),
            Self::Cancelled => Condition::all()
                .add(Column::Outcome.is_null())
                .add(Column::CancelledAt.is_not_null()),
            Self::Excused => Condition::all()
                .add(Column::Outcome.is_null())
                .add(Column::CancelledAt.is_null())
                .add(Column::ExcusedAt.is_not_null()),
            Self::Missed => open().add(Column::IsRest.eq(false)).add(Column::MissedAt.lte(now)),
            Self::Scheduled => open().add(
                Condition::any()
                    .add(Column::IsRest.eq(true))
                    .add(Column::MissedAt.is_null())
                    .add(Column::MissedAt.gt(now)),
            ),
        }
    }

    /// The sessions of any of these statuses at a moment.
    pub fn any(statuses: &[Self], now: DateTime<Utc>) -> Condition {
        statuses
            .iter()
            .fold(Condition::any(), |any, status| any.add(status.condition(now)))
    }
}
