//! What a coach sets down for a week: practices, their workouts, and what single athletes do instead.
use entity::enums::{AssignmentReason, PracticeKind};
use std::ops::Range;

/// A change to the step or repeat at a place among a workout's top ones.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// So many repetitions instead.
    Count(i32, i32),
    /// Leave it out.
    Skip(i32),
}

/// A practice of a week.
pub(super) struct Slot {
    pub weekday: u32,
    pub time: (u32, u32),
    pub minutes: i64,
    pub kind: PracticeKind,
    pub title: &'static str,
    pub location: Option<&'static str>,
    pub athlete_notes: Option<&'static str>,
    pub coach_notes: Option<&'static str>,
    pub cancelled: Option<&'static str>,
    /// The practice of the same week that this one makes up for, by its place in the week.
    pub makes_up_for: Option<usize>,
    pub tasks: Vec<Task>,
}

/// A workout of a practice, and the groups that do it; no group at all is the whole roster.
pub(super) struct Task {
    pub workout: &'static str,
    pub groups: Vec<(usize, Vec<Change>)>,
    pub offset: Option<i32>,
    pub notes: Option<&'static str>,
    pub changes: Vec<Change>,
}

/// What one athlete does instead of the group.
pub(super) struct Exception {
    pub person: usize,
    pub weeks: Range<u32>,
    pub weekdays: Range<u32>,
    /// The only workout it is about; none means all.
    pub workout: Option<&'static str>,
    pub instead: Instead,
    pub reason: AssignmentReason,
    pub private_reason: Option<&'static str>,
}

/// What takes the place of the group's workout.
pub(super) enum Instead {
    Nothing,
    Workout(&'static str),
    Changed(Vec<Change>),
}
