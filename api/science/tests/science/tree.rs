//! Step trees written as trees, and flattened as they are stored.

use science::prescription::{Element, Length, Node, StepKind, Target};
use uuid::Uuid;

/// A tree to flatten. Ids are given in the order written, from 1.
#[derive(Clone, Debug)]
pub enum Shape {
    Step(StepKind, Length, Option<Target>),
    Repeat(i32, Option<i32>, Vec<Shape>),
}

pub fn step(kind: StepKind, length: Length) -> Shape {
    Shape::Step(kind, length, None)
}

pub fn repeat(count: i32, rest: impl Into<Option<i32>>, shapes: Vec<Shape>) -> Shape {
    Shape::Repeat(count, rest.into(), shapes)
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn flatten(shapes: &[Shape]) -> Vec<Element> {
    let mut elements = Vec::new();
    add(shapes, None, &mut elements);
    elements
}

fn add(shapes: &[Shape], parent: Option<Uuid>, elements: &mut Vec<Element>) {
    for (position, shape) in (0..).zip(shapes) {
        let id = id(elements.len() as u128 + 1);
        let node = match shape {
            Shape::Step(kind, length, target) => Node::Step {
                kind: *kind,
                name: None,
                notes: None,
                length: length.clone(),
                target: target.clone(),
            },
            Shape::Repeat(count, rest, _) => Node::Repeat {
                count: *count,
                rest_between_seconds: *rest,
                notes: None,
            },
        };
        elements.push(Element {
            id,
            parent,
            position,
            node,
        });
        if let Shape::Repeat(_, _, inside) = shape {
            add(inside, Some(id), elements);
        }
    }
}
