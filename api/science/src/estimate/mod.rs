//! How long a workout takes and how far it goes, before anybody has done it.
//!
//! An estimate says what it rests on. Amounts are added up unrounded and rounded once, to whole seconds and meters.

mod step;
mod sum;

pub use step::{SECONDS_PER_REPETITION, nominal_speed};

use crate::prescription::{Element, Length, MAX_DEPTH, Node, Prescribed, StepKind, Target, Tree};
use std::collections::HashMap;
use sum::Sum;
use uuid::Uuid;

/// An estimate of a step, a block or a workout.
///
/// A total leaves out what cannot be known: with an open step in it, it is the least the workout takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Seconds, rest included; `None` when nothing in it has a duration.
    pub duration_seconds: Option<i32>,
    /// Meters; `None` when nothing in it has a distance.
    pub distance_meters: Option<i32>,
    /// Whether any part rests on a nominal speed: the same as `basis` being [`Basis::NominalSpeed`].
    pub is_nominal: bool,
    /// The weakest ground any part of it rests on.
    pub basis: Basis,
}

/// What an estimate rests on, the firmest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Basis {
    /// Written in the workout.
    #[default]
    Exact,
    /// Follows from an absolute pace in a target: the mean of its bounds, or the one that is given.
    Target,
    /// Supposes [`nominal_speed`], or [`SECONDS_PER_REPETITION`] for sets, as nobody's own pace is known here.
    NominalSpeed,
}

/// The estimate of one step.
///
/// - A distance takes its time at the target's pace, else at the nominal speed.
/// - A time has a distance, at the same speed, for warm-up, work, recovery and cool-down only.
/// - Sets take `sets * reps * SECONDS_PER_REPETITION + rest * (sets - 1)`, with the mean of fewest and most
///   repetitions. An open length has neither.
pub fn step(kind: StepKind, length: &Length, target: Option<&Target>) -> Estimate {
    Sum::step(kind, length, target).into()
}

/// The estimate of a whole workout, repeats and rest between repetitions included.
///
/// Empty for trees deeper than [`MAX_DEPTH`], which are never stored.
pub fn workout(elements: &[Element]) -> Estimate {
    Walk::new(elements).below(None).unwrap_or_default().into()
}

/// The estimate of every element that belongs to the tree; a repeat's is `count` times its children plus the rest
/// between repetitions.
///
/// Empty for trees deeper than [`MAX_DEPTH`], which are never stored.
pub fn elements(elements: &[Element]) -> HashMap<Uuid, Estimate> {
    let mut walk = Walk::new(elements);
    walk.below(None);
    walk.estimates
}

/// The estimate of what one athlete does, rest after steps included.
pub fn prescribed(steps: &[Prescribed]) -> Estimate {
    let total = steps.iter().fold(Sum::default(), |total, step| {
        total
            .plus(Sum::step(step.kind, &step.length, step.target.as_ref()))
            .plus(Sum::rest(step.rest_after_seconds, 1))
    });
    total.into()
}

struct Walk<'a> {
    tree: Tree<'a>,
    estimates: HashMap<Uuid, Estimate>,
}

impl<'a> Walk<'a> {
    fn new(elements: &'a [Element]) -> Self {
        let tree = Tree::new(elements);
        let tree = if tree.depth() > MAX_DEPTH { Tree::new(&[]) } else { tree };
        Self {
            tree,
            estimates: HashMap::new(),
        }
    }

    /// The sum below `parent`, once; `None` when there is no step, as nobody rests between repetitions of nothing.
    fn below(&mut self, parent: Option<Uuid>) -> Option<Sum> {
        let mut total: Option<Sum> = None;
        for element in self.tree.children(parent).to_vec() {
            let sum = match &element.node {
                Node::Step {
                    kind, length, target, ..
                } => Some(Sum::step(*kind, length, target.as_ref())),
                Node::Repeat {
                    count,
                    rest_between_seconds,
                    ..
                } => self.below(Some(element.id)).filter(|_| *count > 0).map(|once| {
                    once.times(*count)
                        .plus(Sum::rest(*rest_between_seconds, count.saturating_sub(1)))
                }),
            };
            self.estimates.insert(element.id, sum.unwrap_or_default().into());
            total = match (total, sum) {
                (Some(total), Some(sum)) => Some(total.plus(sum)),
                (total, sum) => total.or(sum),
            };
        }
        total
    }
}
