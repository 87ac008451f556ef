//! Changes to elements of a workout, for everybody who does it, for one of its groups, or for one athlete.
use crate::{
    error::{Failure, Nullable},
    payload::{Mistakes, UserError, UserErrorCode},
    print::List,
    scope::Scope,
    workouts::{
        element::{self, Tree, WorkoutElement},
        intensity::{IntensityTarget, IntensityTargetInput},
        length::{StepLength, StepLengthInput},
    },
};
use async_graphql::{Context, ID, InputObject};
use entity::workout_element;
use plain::Object;
use science::prescription::{Element, Node, Override, Problem, Reason, expand};
use uuid::Uuid;

/// A change to one step or repeat.
pub struct StepOverride {
    revision_id: Uuid,
    change: Override,
}

/// A change to one step or repeat.
#[Object]
impl StepOverride {
    /// Step or repeat that is changed; null when the workout was replaced by one without it.
    async fn element(&self, ctx: &Context<'_>) -> Nullable<WorkoutElement> {
        self.find(&Scope::of(ctx)).await.into()
    }

    /// Whether it is left out.
    async fn is_skipped(&self) -> bool {
        self.change.is_skipped
    }

    /// How often the repeat is done instead.
    async fn count(&self) -> Option<i32> {
        self.change.count
    }

    /// How long the step lasts instead.
    async fn length(&self) -> Option<StepLength> {
        self.change.length.as_ref().map(StepLength::from)
    }

    /// How hard the step is instead.
    async fn target(&self) -> Option<IntensityTarget> {
        self.change.target.as_ref().map(IntensityTarget::from)
    }

    /// What to know besides the notes of the step.
    async fn notes(&self) -> Option<&str> {
        self.change.notes.as_deref()
    }
}

impl StepOverride {
    /// Changes to the elements of a revision.
    pub fn list(revision_id: Uuid, changes: &[Override]) -> List<Self> {
        changes
            .iter()
            .cloned()
            .map(|change| Self { revision_id, change })
            .collect()
    }

    async fn find(&self, scope: &Scope) -> Result<Option<WorkoutElement>, Failure> {
        Ok(Tree::of(scope, self.revision_id).await?.element(self.change.element))
    }
}

/// A change to one step or repeat; what is not given stays as it is.
#[derive(InputObject, Clone, Debug)]
pub struct StepOverrideInput {
    /// Step or repeat of the revision that was assigned.
    pub element_id: ID,
    /// Whether to leave it out.
    #[graphql(default)]
    pub is_skipped: bool,
    /// How often to do the repeat instead, 1 to 100.
    pub count: Option<i32>,
    /// How long the step lasts instead.
    pub length: Option<StepLengthInput>,
    /// How hard the step is instead.
    pub target: Option<IntensityTargetInput>,
    /// What to know besides the notes of the step; at most 2,000 characters.
    pub notes: Option<String>,
}

/// The overrides that inputs ask for, checked against the elements they change.
pub(super) fn checked(
    mistakes: &mut Mistakes,
    path: &str,
    inputs: Vec<StepOverrideInput>,
    rows: &[workout_element::Model],
) -> Vec<Override> {
    let elements = element::from_rows(rows);
    mistakes.items(path, inputs.len(), 0, 200);
    let mut overrides: Vec<Override> = Vec::new();
    for (index, input) in inputs.into_iter().enumerate() {
        let StepOverrideInput {
            element_id,
            is_skipped,
            count,
            length,
            target,
            notes,
        } = input;
        let at = format!("{path}.{index}");
        let id = element::parse(&element_id);
        let Some(element) = elements.iter().find(|element| Some(element.id) == id) else {
            mistakes.add(UserError::not_found(
                "element of the assigned workout",
                &format!("{at}.elementId"),
            ));
            continue;
        };
        if overrides.iter().any(|other| other.element == element.id) {
            let error = UserError::new(UserErrorCode::Invalid, "Each element is changed once.");
            mistakes.add(error.at(&format!("{at}.elementId")));
        }
        let change = Override {
            element: element.id,
            is_skipped,
            count,
            length: length.map(StepLengthInput::into_length),
            target: target.map(IntensityTargetInput::into_target),
            notes,
        };
        fits(mistakes, &at, element, &change);
        overrides.push(change);
    }
    if expand(&elements, &[&overrides]).is_err() {
        let message = "With these counts the workout has more than 500 steps.";
        mistakes.add(UserError::new(UserErrorCode::TooLong, message).at(path));
    }
    overrides
}

fn fits(mistakes: &mut Mistakes, at: &str, element: &Element, change: &Override) {
    for Problem { path, reason, message } in change.problems() {
        let code = match reason {
            Reason::OutOfRange => UserErrorCode::OutOfRange,
            Reason::Invalid => UserErrorCode::Invalid,
        };
        mistakes.add(UserError::new(code, message).at(&format!("{at}.{}", path.join("."))));
    }
    let misplaced = match element.node {
        Node::Step { .. } => change.count.map(|_| ("count", "Only a repeat has a count.")),
        Node::Repeat { .. } if change.length.is_some() => Some(("length", "A repeat has no length; change its steps.")),
        Node::Repeat { .. } => change
            .target
            .as_ref()
            .map(|_| ("target", "A repeat has no target; change its steps.")),
    };
    if let Some((field, message)) = misplaced {
        mistakes.add(UserError::new(UserErrorCode::Invalid, message).at(&format!("{at}.{field}")));
    }
}
