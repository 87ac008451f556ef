//! Workouts as coaches write them down, and the rows they become.
use super::{chance::Chance, shop::Shop};
use crate::{scope::new_id, sql::folded};
use entity::{
    Json,
    enums::{Sport, TrainingEventKind, WorkoutCategory, WorkoutType},
    training_event, workout, workout_description, workout_element, workout_note, workout_revision,
};
use science::prescription::{Element, Length, Lift, Node, PaceReference, StepKind, Target};
use std::collections::HashMap;
use uuid::Uuid;

/// A step or a repeat of a workout.
pub(super) enum Part {
    Step {
        kind: StepKind,
        name: &'static str,
        block: Option<&'static str>,
        length: Length,
        target: Option<Target>,
        notes: Option<&'static str>,
    },
    Repeat {
        count: i32,
        rest: Option<i32>,
        parts: Vec<Part>,
    },
}

impl Part {
    fn step(kind: StepKind, name: &'static str, length: Length) -> Self {
        Self::Step {
            kind,
            name,
            block: None,
            length,
            target: None,
            notes: None,
        }
    }

    /// The step, aimed at a target.
    pub fn at(mut self, aim: Target) -> Self {
        if let Self::Step { target, .. } = &mut self {
            *target = Some(aim);
        }
        self
    }

    /// The step, with instructions.
    pub fn saying(mut self, text: &'static str) -> Self {
        if let Self::Step { notes, .. } = &mut self {
            *notes = Some(text);
        }
        self
    }
}

fn meters(meters: f64) -> Length {
    Length::Distance { meters }
}

fn minutes(minutes: i32) -> Length {
    Length::Time { seconds: minutes * 60 }
}

/// A warm-up of some minutes.
pub(super) fn warm_up(time: i32) -> Part {
    Part::step(StepKind::Warmup, "Warm-up jog", minutes(time))
}

/// A cool-down of some minutes.
pub(super) fn cool_down(time: i32) -> Part {
    Part::step(StepKind::Cooldown, "Cool-down jog", minutes(time))
}

/// A distance to run.
pub(super) fn run(name: &'static str, distance: f64) -> Part {
    Part::step(StepKind::Work, name, meters(distance))
}

/// A time to move.
pub(super) fn keep(kind: StepKind, name: &'static str, time: i32) -> Part {
    Part::step(kind, name, minutes(time))
}

/// A recovery over a distance.
pub(super) fn jog(distance: f64) -> Part {
    Part::step(StepKind::Recovery, "Jog", meters(distance))
}

/// The same several times, with seconds of rest between.
pub(super) fn repeat(count: i32, rest: Option<i32>, parts: Vec<Part>) -> Part {
    Part::Repeat { count, rest, parts }
}

/// Sets of repetitions of a building block.
pub(super) fn sets(kind: StepKind, block: &'static str, sets: i32, reps: (i32, i32), rest: i32) -> Part {
    Part::Step {
        kind,
        name: block,
        block: Some(block),
        length: Length::Repetitions {
            sets,
            reps_min: reps.0,
            reps_max: reps.1,
            rest_seconds: Some(rest),
            tempo: None,
        },
        target: None,
        notes: None,
    }
}

/// Percentages of the one-repetition maximum.
pub(super) fn percent(lift: Lift, min_percent: f64, max_percent: f64) -> Target {
    Target::PercentOneRepMax {
        lift,
        min_percent,
        max_percent,
    }
}

/// Percentages of the speed at a reference pace.
pub(super) fn pace(reference: PaceReference, slowest: f64, fastest: f64) -> Target {
    Target::Pace {
        fastest_seconds_per_km: None,
        slowest_seconds_per_km: None,
        reference: Some(reference),
        min_percent: Some(slowest),
        max_percent: Some(fastest),
    }
}

/// A perceived exertion.
pub(super) fn rpe(min: f64, max: f64) -> Target {
    Target::Rpe { min, max }
}

/// A workout before it has an id.
pub(super) struct Design {
    pub title: &'static str,
    pub category: WorkoutCategory,
    pub r#type: WorkoutType,
    pub sport: Sport,
    pub description: Option<&'static str>,
    pub coach_notes: Option<&'static str>,
    pub parts: Vec<Part>,
}

/// A building block before it has an id.
pub(super) type Block = (&'static str, TrainingEventKind, &'static str);

/// A workout of the library: its rows, and its steps as the science reads them.
pub(super) struct Recipe {
    pub workout: workout::Model,
    pub revision: workout_revision::Model,
    pub elements: Vec<Element>,
    /// Building blocks by element.
    pub blocks: HashMap<Uuid, Uuid>,
    pub description: Option<&'static str>,
    coach_notes: Option<&'static str>,
}

/// The workouts of a program by title.
pub(super) struct Library {
    pub recipes: HashMap<&'static str, Recipe>,
    pub blocks: Vec<training_event::Model>,
}

impl Library {
    /// Gives every design and building block its id and its estimate.
    pub fn of(shop: &Shop, author_id: Uuid, blocks: Vec<Block>, designs: Vec<Design>) -> Self {
        let blocks: Vec<training_event::Model> = blocks.into_iter().map(|block| block_row(shop, block)).collect();
        let ids: HashMap<String, Uuid> = blocks.iter().map(|row| (row.name.clone(), row.id)).collect();
        let recipes = designs
            .into_iter()
            .map(|design| (design.title, Recipe::of(shop, author_id, &ids, design)))
            .collect();
        Self { recipes, blocks }
    }

    /// The workout with a title.
    pub fn recipe(&self, title: &str) -> &Recipe {
        self.recipes.get(title).expect("the weeks name workouts of the library")
    }

    /// Every row of the library.
    pub fn write(&self, shop: &mut Shop) {
        shop.rows.training_events.extend(self.blocks.iter().cloned());
        let mut recipes: Vec<&Recipe> = self.recipes.values().collect();
        recipes.sort_by_key(|recipe| recipe.workout.id);
        for recipe in recipes {
            let (id, program_id) = (recipe.workout.id, recipe.workout.program_id);
            shop.rows.workouts.push(recipe.workout.clone());
            shop.rows.workout_revisions.push(recipe.revision.clone());
            shop.rows.workout_elements.extend(recipe.element_rows());
            shop.rows
                .workout_descriptions
                .extend(recipe.description.map(|text| workout_description::Model {
                    id,
                    program_id,
                    description: text.to_owned(),
                }));
            shop.rows
                .workout_notes
                .extend(recipe.coach_notes.map(|text| workout_note::Model {
                    id,
                    program_id,
                    coach_notes: text.to_owned(),
                }));
        }
    }
}

impl Recipe {
    fn of(shop: &Shop, author_id: Uuid, ids: &HashMap<String, Uuid>, design: Design) -> Self {
        let (id, revision_id) = (new_id(), new_id());
        let (mut elements, mut blocks) = (Vec::new(), HashMap::new());
        grow(&mut elements, &mut blocks, ids, None, design.parts);
        let estimate = science::estimate::workout(&elements);
        let chance = Chance::about(&[design.title.len() as u64]);
        let created_at = shop.calendar.founded() + chrono::Duration::minutes(chance.between(0, 60.0, 900.0) as i64);
        Self {
            workout: workout::Model {
                id,
                program_id: shop.program_id,
                title: design.title.to_owned(),
                sort_name: folded(design.title),
                category: design.category,
                r#type: design.r#type,
                sport: design.sport,
                difficulty: None,
                tags: Json(Vec::new()),
                author_id: Some(author_id),
                workout_revision_id: revision_id,
                archived_at: None,
                version: 1,
                created_at,
                updated_at: created_at,
            },
            revision: workout_revision::Model {
                id: revision_id,
                program_id: shop.program_id,
                workout_id: id,
                version: 1,
                title: design.title.to_owned(),
                estimated_duration_seconds: estimate.duration_seconds,
                estimated_distance_meters: estimate.distance_meters,
                is_nominal: estimate.is_nominal,
                created_at,
            },
            elements,
            blocks,
            description: design.description,
            coach_notes: design.coach_notes,
        }
    }

    /// The repeat or step at a place among the top ones; the weeks' overrides point at these.
    pub fn top(&self, place: i32) -> Uuid {
        let at_place = |element: &&Element| element.parent.is_none() && element.position == place;
        let element = self.elements.iter().find(at_place);
        element.expect("overrides point at steps that are there").id
    }

    fn element_rows(&self) -> impl Iterator<Item = workout_element::Model> {
        self.elements.iter().map(|element| {
            let bare = workout_element::Model {
                id: element.id,
                program_id: self.workout.program_id,
                workout_revision_id: self.revision.id,
                parent_id: element.parent,
                position: element.position,
                count: None,
                rest_between_seconds: None,
                kind: None,
                name: None,
                training_event_id: self.blocks.get(&element.id).copied(),
                length: None,
                target: None,
                notes: None,
            };
            match element.node.clone() {
                Node::Step {
                    kind,
                    name,
                    notes,
                    length,
                    target,
                } => workout_element::Model {
                    kind: Some(kind.into()),
                    name,
                    notes,
                    length: Some(Json(length)),
                    target: target.map(Json),
                    ..bare
                },
                Node::Repeat {
                    count,
                    rest_between_seconds,
                    notes,
                } => workout_element::Model {
                    count: Some(count),
                    rest_between_seconds,
                    notes,
                    ..bare
                },
            }
        })
    }
}

/// Parents come before their children, so that one insert after the other finds them.
fn grow(
    elements: &mut Vec<Element>,
    blocks: &mut HashMap<Uuid, Uuid>,
    ids: &HashMap<String, Uuid>,
    parent: Option<Uuid>,
    parts: Vec<Part>,
) {
    for (position, part) in (0..).zip(parts) {
        let id = new_id();
        let (node, children) = match part {
            Part::Step {
                kind,
                name,
                block,
                length,
                target,
                notes,
            } => {
                blocks.extend(block.and_then(|block| Some((id, *ids.get(block)?))));
                let node = Node::Step {
                    kind,
                    name: Some(name.to_owned()),
                    notes: notes.map(str::to_owned),
                    length,
                    target,
                };
                (node, Vec::new())
            }
            Part::Repeat { count, rest, parts } => {
                let node = Node::Repeat {
                    count,
                    rest_between_seconds: rest,
                    notes: None,
                };
                (node, parts)
            }
        };
        elements.push(Element {
            id,
            parent,
            position,
            node,
        });
        grow(elements, blocks, ids, Some(id), children);
    }
}

fn block_row(shop: &Shop, (name, kind, description): Block) -> training_event::Model {
    training_event::Model {
        id: new_id(),
        program_id: shop.program_id,
        name: name.to_owned(),
        sort_name: folded(name),
        kind,
        sport: None,
        description: Some(description.to_owned()),
        video_url: None,
        tags: Json(Vec::new()),
        default_length: None,
        default_target: None,
        archived_at: None,
        version: 1,
        created_at: shop.calendar.founded(),
        updated_at: shop.calendar.founded(),
    }
}
