//! What a workout prescribes: how long a step lasts, how hard it is, and the list of steps one athlete does.
//!
//! [`Length`] and [`Target`] are stored as JSON: their tags and field names are a format, and stay as they are.

mod element;
mod expand;
mod length;
mod problem;
mod target;
mod tree;

pub use element::{Element, Node, Override, Prescribed, StepKind};
pub use expand::{TooLong, expand};
pub use length::Length;
pub use problem::{Problem, Reason};
pub use target::{Lift, PaceReference, Target, ZoneMetric};
pub(crate) use tree::Tree;
pub use tree::depth;

/// Most steps a workout may have once its repeats are written out.
pub const MAX_STEPS: usize = 500;

/// Most levels of repeats inside each other.
pub const MAX_DEPTH: usize = 3;
