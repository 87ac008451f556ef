//! From a step tree and its overrides to the list of steps one athlete does.

use super::{Element, Length, MAX_DEPTH, MAX_STEPS, Node, Override, Prescribed, Target, Tree};
use std::{collections::HashMap, error::Error, fmt};
use uuid::Uuid;

/// A workout is refused, never cut: it has more than [`MAX_STEPS`] steps or more than [`MAX_DEPTH`] levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Steps with all repeats written out; 0 when they were not counted because it is too deep.
    pub steps: usize,
    /// Levels of repeats.
    pub depth: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, depth } = self;
        if *depth > MAX_DEPTH {
            write!(f, "{depth} levels of repeats are more than {MAX_DEPTH}")
        } else {
            write!(f, "{steps} steps are more than {MAX_STEPS}")
        }
    }
}

impl Error for TooLong {}

/// The steps in the order done, with the overrides of several layers: group first, then athlete.
///
/// Of two overrides of one element the later wins, field by field; the latest decides whether it is skipped, so
/// that an athlete may do what the group leaves out. Counts below 1, counts of steps, and lengths and targets of
/// repeats change nothing. The rest between repetitions follows the last step of each repetition but the last.
///
/// Elements whose parent is not among `elements` are left out.
///
/// Sessions that were logged are read through this: what it makes of a stored tree and its overrides stays as it is.
///
/// # Errors
/// [`TooLong`] when the result would have more than [`MAX_STEPS`] steps, or repeats are nested deeper than
/// [`MAX_DEPTH`].
pub fn expand(elements: &[Element], layers: &[&[Override]]) -> Result<Vec<Prescribed>, TooLong> {
    let tree = Tree::new(elements);
    let depth = tree.depth();
    if depth > MAX_DEPTH {
        return Err(TooLong { steps: 0, depth });
    }
    let mut expansion = Expansion {
        tree,
        changes: merge(layers),
        opening: Vec::new(),
        steps: Vec::new(),
    };
    // Counted before anything is made: three levels of 100 are a million steps.
    let steps = expansion.count(None);
    if steps > MAX_STEPS {
        return Err(TooLong { steps, depth });
    }
    expansion.walk(None, &Around::default());
    Ok(expansion.steps)
}

/// What all layers together change about one element.
#[derive(Default)]
struct Change<'a> {
    is_skipped: bool,
    count: Option<i32>,
    length: Option<&'a Length>,
    target: Option<&'a Target>,
    notes: Option<&'a str>,
}

fn merge<'a>(layers: &[&'a [Override]]) -> HashMap<Uuid, Change<'a>> {
    let mut changes: HashMap<Uuid, Change> = HashMap::new();
    for change in layers.iter().copied().flatten() {
        let Override {
            element,
            is_skipped,
            count,
            length,
            target,
            notes,
        } = change;
        let merged = changes.entry(*element).or_default();
        merged.is_skipped = *is_skipped;
        merged.count = count.filter(|count| *count >= 1).or(merged.count);
        merged.length = length.as_ref().or(merged.length);
        merged.target = target.as_ref().or(merged.target);
        merged.notes = notes.as_deref().or(merged.notes);
    }
    changes
}

/// The repeats around a step.
#[derive(Default)]
struct Around {
    /// Repetitions from the outermost in: "2.1".
    path: String,
    /// Repetition and count of the innermost.
    innermost: Option<(i32, i32)>,
    is_overridden: bool,
}

struct Expansion<'a> {
    tree: Tree<'a>,
    changes: HashMap<Uuid, Change<'a>>,
    /// Notes of repeats that have begun and have no step yet.
    opening: Vec<&'a str>,
    steps: Vec<Prescribed>,
}

impl<'a> Expansion<'a> {
    fn is_skipped(&self, element: &Element) -> bool {
        self.changes.get(&element.id).is_some_and(|change| change.is_skipped)
    }

    fn count_of(&self, element: &Element, count: i32) -> i32 {
        self.changes
            .get(&element.id)
            .and_then(|change| change.count)
            .unwrap_or(count)
            .max(0)
    }

    /// Steps below `parent`, all repetitions.
    fn count(&self, parent: Option<Uuid>) -> usize {
        let siblings = self
            .tree
            .children(parent)
            .iter()
            .filter(|element| !self.is_skipped(element));
        siblings.fold(0_usize, |total, element| {
            total.saturating_add(match element.node {
                Node::Step { .. } => 1,
                Node::Repeat { count, .. } => {
                    let times = usize::try_from(self.count_of(element, count)).unwrap_or(usize::MAX);
                    self.count(Some(element.id)).saturating_mul(times)
                }
            })
        })
    }

    fn walk(&mut self, parent: Option<Uuid>, around: &Around) {
        for element in self.tree.children(parent).to_vec() {
            if self.is_skipped(element) {
                continue;
            }
            match element.node {
                Node::Step { .. } => self.step(element, around),
                Node::Repeat { .. } => self.repeat(element, around),
            }
        }
    }

    fn repeat(&mut self, element: &'a Element, around: &Around) {
        let Node::Repeat {
            count,
            rest_between_seconds,
            ref notes,
        } = element.node
        else {
            return;
        };
        // A huge repeat of nothing would otherwise be walked for nothing.
        if self.count(Some(element.id)) == 0 {
            return;
        }
        let times = self.count_of(element, count);
        let change = self.changes.get(&element.id);
        let extra = change.and_then(|change| change.notes);
        let is_changed = change.is_some_and(|change| change.count.is_some() || change.notes.is_some());
        if times > 0 {
            self.opening.extend(notes.as_deref().into_iter().chain(extra));
        }
        for repetition in 1..=times {
            let dot = if around.path.is_empty() { "" } else { "." };
            let inside = Around {
                path: format!("{}{dot}{repetition}", around.path),
                innermost: Some((repetition, times)),
                is_overridden: around.is_overridden || is_changed,
            };
            self.walk(Some(element.id), &inside);
            if repetition < times
                && let Some(last) = self.steps.last_mut()
            {
                last.rest_after_seconds = rest_between_seconds;
            }
        }
    }

    fn step(&mut self, element: &'a Element, around: &Around) {
        let Node::Step {
            kind,
            ref name,
            ref notes,
            ref length,
            ref target,
        } = element.node
        else {
            return;
        };
        let unchanged = Change::default();
        let change = self.changes.get(&element.id).unwrap_or(&unchanged);
        let id = element.id.simple();
        let notes: Vec<_> = self
            .opening
            .drain(..)
            .chain(notes.as_deref())
            .chain(change.notes)
            .collect();
        let is_changed = change.length.is_some() || change.target.is_some() || change.notes.is_some();
        self.steps.push(Prescribed {
            key: if around.path.is_empty() {
                id.to_string()
            } else {
                format!("{id}:{}", around.path)
            },
            step: element.id,
            position: i32::try_from(self.steps.len()).unwrap_or(i32::MAX),
            repetition: around.innermost.map(|(repetition, _)| repetition),
            repetition_count: around.innermost.map(|(_, count)| count),
            kind,
            name: name.clone(),
            notes: (!notes.is_empty()).then(|| notes.join("\n")),
            length: change.length.unwrap_or(length).clone(),
            rest_after_seconds: None,
            target: change.target.or(target.as_ref()).cloned(),
            is_overridden: around.is_overridden || is_changed,
        });
    }
}
