//! What is wrong with a length, a target, a node or an override, and the checks they share.

use std::{fmt::Display, ops::RangeInclusive};

/// Longest text, in characters.
const MAX_TEXT: usize = 2_000;

/// Shares of a reference, a maximum heart rate or a threshold power.
pub(super) const PERCENT: RangeInclusive<f64> = 1.0..=300.0;

/// One thing wrong with a value, for whoever entered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The input field from the checked value down, as the API names it: `["repetitions", "repsMax"]`. Empty
    /// when it concerns the value as a whole.
    pub path: Vec<&'static str>,
    /// What sort of problem it is.
    pub reason: Reason,
    /// What is required, in words: "must be 1 to 50 sets".
    pub message: String,
}

/// The sort of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A number or a text is outside its bounds (a number that is not finite always is).
    OutOfRange,
    /// Fields contradict each other, or one is wanting.
    Invalid,
}

/// Problems gathered for the fields below one path.
pub(super) struct Check {
    path: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl Check {
    pub(super) fn at(path: &[&'static str]) -> Self {
        Self {
            path: path.to_vec(),
            problems: Vec::new(),
        }
    }

    pub(super) fn done(self) -> Vec<Problem> {
        self.problems
    }

    /// A number that is given lies in `range`; `unit` ends the message.
    pub(super) fn within<N: PartialOrd + Display>(
        &mut self,
        field: &'static str,
        value: impl Into<Option<N>>,
        range: RangeInclusive<N>,
        unit: &str,
    ) {
        if value.into().is_some_and(|value| !range.contains(&value)) {
            let (low, high) = (range.start(), range.end());
            self.add(&[field], Reason::OutOfRange, format!("must be {low} to {high} {unit}"));
        }
    }

    /// Where both are given, the first is not above the second. The problem is reported at the second.
    pub(super) fn ordered<N: PartialOrd>(
        &mut self,
        (low_field, low): (&'static str, Option<N>),
        (high_field, high): (&'static str, Option<N>),
    ) {
        if let (Some(low), Some(high)) = (low, high)
            && low > high
        {
            self.add(&[high_field], Reason::Invalid, format!("must not be below {low_field}"));
        }
    }

    pub(super) fn text(&mut self, field: &'static str, text: &Option<String>) {
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_TEXT) {
            self.add(
                &[field],
                Reason::OutOfRange,
                format!("must be at most {MAX_TEXT} characters"),
            );
        }
    }

    /// Bounds are absolute or relative: one of the two, and not both.
    pub(super) fn either(&mut self, has_absolute: bool, has_relative: bool) {
        match (has_absolute, has_relative) {
            (true, true) => self.add(&[], Reason::Invalid, "must be absolute or relative, not both".into()),
            (false, false) => self.add(&[], Reason::Invalid, "must have at least one bound".into()),
            _ => {}
        }
    }

    pub(super) fn add(&mut self, fields: &[&'static str], reason: Reason, message: String) {
        let path = self.path.iter().chain(fields).copied().collect();
        self.problems.push(Problem { path, reason, message });
    }

    /// Takes over what the check of a value in `field` found.
    pub(super) fn nested(&mut self, field: &'static str, problems: Vec<Problem>) {
        for Problem { path, reason, message } in problems {
            let fields: Vec<_> = [field].into_iter().chain(path).collect();
            self.add(&fields, reason, message);
        }
    }
}
