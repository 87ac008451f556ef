//! Step trees as clients send them: checked as a whole, then written as the rows of a new revision.
use super::{element, intensity::IntensityTargetInput, length::StepLengthInput};
use crate::{
    access::{Action, allowed, own},
    error::Refusal,
    node,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    words,
    write::Tx,
};
use async_graphql::{ID, InputObject, OneofObject};
use entity::{Json, training_event, workout_element};
use science::prescription::{Element, Length, MAX_DEPTH, MAX_STEPS, Problem, Reason, expand};
use sea_orm::{EntityTrait, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

/// Exactly one of a step and a repeat.
#[derive(OneofObject, Clone)]
pub enum WorkoutElementInput {
    /// One instruction.
    Step(WorkoutStepInput),
    /// Steps to do several times.
    Repeat(WorkoutRepeatInput),
}

/// One instruction of a workout.
#[derive(InputObject, Clone)]
pub struct WorkoutStepInput {
    /// Role of the step in the workout.
    pub kind: words::WorkoutStepKind,
    /// What it is called, at most 200 characters; as its building block when not given.
    pub name: Option<String>,
    /// Building block to make it from.
    pub training_event_id: Option<ID>,
    /// How long it lasts; as its building block says when not given.
    pub length: Option<StepLengthInput>,
    /// How hard it is; as its building block says when not given.
    pub target: Option<IntensityTargetInput>,
    /// What the athlete should know about it, at most 2,000 characters.
    pub notes: Option<String>,
}

/// Steps to do several times.
#[derive(InputObject, Clone)]
pub struct WorkoutRepeatInput {
    /// How often, 2 to 100.
    pub count: i32,
    /// Seconds of rest between repetitions.
    pub rest_between_seconds: Option<i32>,
    /// What to repeat; repeats may stand in repeats, three levels deep.
    pub elements: Vec<WorkoutElementInput>,
    /// What the athlete should know about it, at most 2,000 characters.
    pub notes: Option<String>,
}

/// A step tree that is fit to be stored.
pub(super) struct Steps(Vec<workout_element::Model>);

/// Checks a tree; ids are new, program and revision are filled in when it is stored.
pub(super) async fn checked(tx: &Tx, program_id: Uuid, inputs: &[WorkoutElementInput]) -> Result<Steps, Refusal> {
    let mut mistakes = Mistakes::default();
    let mut named = Vec::new();
    let is_deep = !collect_events(inputs, "steps", 1, &mut named, &mut mistakes);
    let known = known_events(tx, program_id, &named, &mut mistakes).await?;
    mistakes.items("steps", inputs.len(), 1, 200);
    let mut writing = Writing {
        known,
        rows: Vec::new(),
        mistakes,
    };
    writing.level(inputs, None, "steps", 1);
    let Writing { rows, mut mistakes, .. } = writing;
    if !is_deep && let Err(too_long) = expand(&element::from_rows(&rows), &[]) {
        let message = format!("{too_long}; a workout has at most {MAX_STEPS} steps, {MAX_DEPTH} repeats deep.");
        mistakes.add(UserError::new(UserErrorCode::TooLong, message).at("steps"));
    }
    mistakes.check()?;
    Ok(Steps(rows))
}

/// The building blocks named at these places, read in one go.
async fn known_events(
    tx: &Tx,
    program_id: Uuid,
    named: &[(String, ID)],
    mistakes: &mut Mistakes,
) -> Result<HashMap<Uuid, training_event::Model>, Refusal> {
    let ids: Vec<Uuid> = named.iter().filter_map(|(_, id)| event_id(id)).collect();
    let events = training_event::Entity::find()
        .filter(tx.dialect().among(own(training_event::Column::Id), &ids))
        .filter(allowed::<training_event::Entity>(tx.viewer(), Action::Read));
    let events = if ids.is_empty() {
        Vec::new()
    } else {
        tx.find(events).await?
    };
    let mut known: HashMap<Uuid, training_event::Model> = events.into_iter().map(|event| (event.id, event)).collect();
    for (path, id) in named {
        match event_id(id).and_then(|id| known.get(&id)) {
            Some(event) if event.program_id == program_id => {}
            Some(_) => {
                let message = "The building block belongs to another program.";
                mistakes.add(UserError::new(UserErrorCode::CrossProgram, message).at(path));
            }
            None => mistakes.add(UserError::not_found("TrainingEvent", path)),
        }
    }
    known.retain(|_, event| event.program_id == program_id);
    Ok(known)
}

fn event_id(id: &ID) -> Option<Uuid> {
    node::parse::<training_event::Entity>(id)
}

/// Where building blocks are named, and whether the tree is flat enough; stops below the deepest level allowed.
fn collect_events(
    inputs: &[WorkoutElementInput],
    path: &str,
    level: usize,
    events: &mut Vec<(String, ID)>,
    mistakes: &mut Mistakes,
) -> bool {
    if level > MAX_DEPTH + 1 {
        let message = format!("Repeats stand at most {MAX_DEPTH} levels deep.");
        mistakes.add(UserError::new(UserErrorCode::TooLong, message).at(path));
        return false;
    }
    let mut is_flat = true;
    for (index, input) in inputs.iter().enumerate() {
        match input {
            WorkoutElementInput::Step(step) => {
                if let Some(id) = &step.training_event_id {
                    events.push((format!("{path}.{index}.step.trainingEventId"), id.clone()));
                }
            }
            WorkoutElementInput::Repeat(repeat) => {
                let path = format!("{path}.{index}.repeat.elements");
                is_flat &= collect_events(&repeat.elements, &path, level + 1, events, mistakes);
            }
        }
    }
    is_flat
}

struct Writing {
    known: HashMap<Uuid, training_event::Model>,
    rows: Vec<workout_element::Model>,
    mistakes: Mistakes,
}

impl Writing {
    fn level(&mut self, inputs: &[WorkoutElementInput], parent: Option<Uuid>, path: &str, level: usize) {
        if level > MAX_DEPTH + 1 {
            return;
        }
        for (index, input) in inputs.iter().enumerate() {
            let position = i32::try_from(index).unwrap_or(i32::MAX);
            match input {
                WorkoutElementInput::Step(step) => self.step(step, parent, position, &format!("{path}.{index}.step")),
                WorkoutElementInput::Repeat(repeat) => {
                    let at = format!("{path}.{index}.repeat");
                    let row = workout_element::Model {
                        count: Some(repeat.count),
                        rest_between_seconds: repeat.rest_between_seconds,
                        notes: repeat.notes.clone(),
                        ..blank(parent, position)
                    };
                    self.mistakes
                        .items(&format!("{at}.elements"), repeat.elements.len(), 1, 200);
                    let id = row.id;
                    self.push(row, &at);
                    self.level(&repeat.elements, Some(id), &format!("{at}.elements"), level + 1);
                }
            }
        }
    }

    fn step(&mut self, step: &WorkoutStepInput, parent: Option<Uuid>, position: i32, at: &str) {
        let WorkoutStepInput {
            kind,
            name,
            training_event_id,
            length,
            target,
            notes,
        } = step;
        self.mistakes
            .longest(&format!("{at}.name"), name.as_deref().unwrap_or_default(), 200);
        let event = training_event_id.as_ref().and_then(event_id);
        let event = event.and_then(|id| self.known.get(&id));
        // A building block that is not there was told already; it would have said how long.
        let is_length_due = length.is_none() && (event.is_some() || training_event_id.is_none());
        let given = length.clone().map(|length| Json(length.into_length()));
        let length = given.or_else(|| event?.default_length.clone());
        let given = target.clone().map(|target| Json(target.into_target()));
        let target = given.or_else(|| event?.default_target.clone());
        let training_event_id = event.map(|event| event.id);
        if is_length_due && length.is_none() {
            let message = "Say how long the step lasts, or make it from a building block that does.";
            self.mistakes
                .add(UserError::new(UserErrorCode::Blank, message).at(&format!("{at}.length")));
        }
        // Something in the place of what is lacking, so that the rest is checked too; nothing of it is stored.
        let length = length.or(Some(Json(Length::Open { instruction: None })));
        let row = workout_element::Model {
            kind: Some((*kind).into()),
            name: name.clone(),
            training_event_id,
            length,
            target,
            notes: notes.clone(),
            ..blank(parent, position)
        };
        self.push(row, at);
    }

    fn push(&mut self, row: workout_element::Model, at: &str) {
        for Element { node, .. } in element::from_rows(std::slice::from_ref(&row)) {
            report(&mut self.mistakes, at, node.problems());
        }
        self.rows.push(row);
    }
}

/// Reports what the science finds wrong, each at its place below `at`.
pub(super) fn report(mistakes: &mut Mistakes, at: &str, problems: Vec<Problem>) {
    for Problem { path, reason, message } in problems {
        let code = match reason {
            Reason::OutOfRange => UserErrorCode::OutOfRange,
            Reason::Invalid => UserErrorCode::Invalid,
        };
        let path = std::iter::once(at).chain(path).collect::<Vec<_>>().join(".");
        mistakes.add(UserError::new(code, message).at(&path));
    }
}

fn blank(parent_id: Option<Uuid>, position: i32) -> workout_element::Model {
    workout_element::Model {
        id: new_id(),
        program_id: Uuid::nil(),
        workout_revision_id: Uuid::nil(),
        parent_id,
        position,
        count: None,
        rest_between_seconds: None,
        kind: None,
        name: None,
        training_event_id: None,
        length: None,
        target: None,
        notes: None,
    }
}

impl Steps {
    /// The same steps as another revision has, whose elements these are.
    pub fn copied(rows: Vec<workout_element::Model>) -> Self {
        let ids: HashMap<Uuid, Uuid> = rows.iter().map(|row| (row.id, new_id())).collect();
        let id_of = |id: &Uuid| ids.get(id).copied().unwrap_or_else(new_id);
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|row| workout_element::Model {
                id: id_of(&row.id),
                parent_id: row.parent_id.as_ref().map(id_of),
                ..row
            })
            .collect();
        // A repeat before what stands in it, as the foreign key asks.
        let depths: HashMap<Uuid, Option<Uuid>> = rows.iter().map(|row| (row.id, row.parent_id)).collect();
        let depth = |id: Uuid| {
            std::iter::successors(Some(id), |id| depths.get(id).copied().flatten())
                .take(MAX_DEPTH + 2)
                .count()
        };
        rows.sort_by_key(|row| (depth(row.id), row.position));
        Self(rows)
    }

    /// The elements in the terms of the science.
    pub fn elements(&self) -> Vec<Element> {
        element::from_rows(&self.0)
    }

    /// Whether a revision with these elements says the same.
    pub fn say_the_same_as(&self, rows: &[workout_element::Model]) -> bool {
        self.0.len() == rows.len() && shape(&self.0, None) == shape(rows, None)
    }

    /// The building blocks that the steps are made from.
    pub fn training_events(&mut self) -> impl Iterator<Item = &mut Uuid> {
        self.0.iter_mut().filter_map(|row| row.training_event_id.as_mut())
    }

    /// The rows of a revision.
    pub fn rows(self, program_id: Uuid, workout_revision_id: Uuid) -> Vec<workout_element::ActiveModel> {
        let row = |row| {
            let row = workout_element::Model {
                program_id,
                workout_revision_id,
                ..row
            };
            sea_orm::ActiveModelTrait::reset_all(workout_element::ActiveModel::from(row))
        };
        self.0.into_iter().map(row).collect()
    }
}

/// The rows below a parent in order, without their ids.
fn shape(rows: &[workout_element::Model], parent: Option<Uuid>) -> Vec<(workout_element::Model, usize)> {
    let mut here: Vec<&workout_element::Model> = rows.iter().filter(|row| row.parent_id == parent).collect();
    here.sort_by_key(|row| row.position);
    let mut shape = Vec::new();
    for row in here {
        let plain = workout_element::Model {
            id: Uuid::nil(),
            program_id: Uuid::nil(),
            workout_revision_id: Uuid::nil(),
            parent_id: None,
            ..row.clone()
        };
        let below = self::shape(rows, Some(row.id));
        shape.push((plain, below.len()));
        shape.extend(below);
    }
    shape
}
