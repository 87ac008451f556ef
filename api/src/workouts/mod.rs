//! Workouts: building blocks, compositions, revisions.
pub mod revision;
pub mod training_event;
pub mod workout;
