//! The stored step tree, the changes made to it for somebody, and the steps that come of both.

use super::problem::{Check, Problem};
use super::{Length, Target};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Role of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepKind {
    /// Prepares.
    Warmup,
    /// What the workout is for.
    Work,
    /// Easy movement between work.
    Recovery,
    /// Standing or walking between work.
    Rest,
    /// Ends easily.
    Cooldown,
    /// Lifting.
    Strength,
    /// Technique.
    Drill,
    /// Anything else.
    Other,
}

/// One row of the step tree: a workout is a flat list of these.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Identifies the element in its workout.
    pub id: Uuid,
    /// The repeat it is in; `None` at the top.
    pub parent: Option<Uuid>,
    /// Order among its siblings; equal positions are ordered by id.
    pub position: i32,
    /// The step or repeat itself.
    pub node: Node,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A single instruction.
    Step {
        /// Role.
        kind: StepKind,
        /// Name.
        name: Option<String>,
        /// Instructions.
        notes: Option<String>,
        /// How long it lasts.
        length: Length,
        /// How hard it is; `None` for free effort.
        target: Option<Target>,
    },
    /// A block performed several times.
    Repeat {
        /// How often, 2 to 100.
        count: i32,
        /// Seconds between two repetitions, at most 604,800.
        rest_between_seconds: Option<i32>,
        /// Instructions.
        notes: Option<String>,
    },
}

impl Node {
    /// Everything wrong with the node, as fields of the step's or repeat's input; empty when it may be stored.
    pub fn problems(&self) -> Vec<Problem> {
        let mut check = Check::at(&[]);
        match self {
            Self::Step {
                name,
                notes,
                length,
                target,
                ..
            } => {
                check.text("name", name);
                check.text("notes", notes);
                check.nested("length", length.problems());
                check.nested("target", target.as_ref().map(Target::problems).unwrap_or_default());
            }
            Self::Repeat {
                count,
                rest_between_seconds,
                notes,
            } => {
                check.within("count", *count, 2..=100, "times");
                check.within("restBetweenSeconds", *rest_between_seconds, 0..=604_800, "seconds");
                check.text("notes", notes);
            }
        }
        check.done()
    }
}

/// A change to one element for a group or an athlete. What is `None` is left as it is.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// The element; one that is not in the tree changes nothing.
    pub element: Uuid,
    /// Whether to leave it out, a repeat with all that is in it.
    pub is_skipped: bool,
    /// How often instead, 1 to 100; repeats only.
    pub count: Option<i32>,
    /// Length instead; steps only.
    pub length: Option<Length>,
    /// Target instead; steps only.
    pub target: Option<Target>,
    /// Instructions in addition to those of the element.
    pub notes: Option<String>,
}

impl Override {
    /// Everything wrong with the override, as fields of its input; empty when it may be stored.
    pub fn problems(&self) -> Vec<Problem> {
        let mut check = Check::at(&[]);
        check.within("count", self.count, 1..=100, "times");
        check.nested("length", self.length.as_ref().map(Length::problems).unwrap_or_default());
        check.nested("target", self.target.as_ref().map(Target::problems).unwrap_or_default());
        check.text("notes", &self.notes);
        check.done()
    }
}

/// One step as somebody does it: repeats written out, overrides applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Prescribed {
    /// Unique in the prescription and the same whenever it is expanded: the step's id as 32 digits and, inside
    /// repeats, a colon and the repetitions from the outermost in: `…:2.1`.
    pub key: String,
    /// The step it comes from.
    pub step: Uuid,
    /// Order, from 0.
    pub position: i32,
    /// Which repetition of the innermost repeat, from 1; `None` outside repeats.
    pub repetition: Option<i32>,
    /// Repetitions of the innermost repeat.
    pub repetition_count: Option<i32>,
    /// Role.
    pub kind: StepKind,
    /// Name.
    pub name: Option<String>,
    /// Instructions, one paragraph a line: those of repeats that begin with this step, the step's own, the
    /// override's.
    pub notes: Option<String>,
    /// How long it lasts. The rest between sets is in here.
    pub length: Length,
    /// Seconds of rest after it, where a repeat goes on to its next repetition.
    pub rest_after_seconds: Option<i32>,
    /// How hard it is.
    pub target: Option<Target>,
    /// Whether an override changed the step or a repeat around it.
    pub is_overridden: bool,
}
