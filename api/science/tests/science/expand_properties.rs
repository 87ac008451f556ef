use crate::seconds;
use crate::tree::{Shape, flatten, id, repeat, step};
use proptest::prelude::*;
use science::estimate;
use science::prescription::{Override, StepKind, expand};
use std::collections::HashSet;

/// Trees of at most three levels of repeats, with 1 to 4 repetitions and few enough siblings to stay short.
fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let kind = prop_oneof![Just(StepKind::Work), Just(StepKind::Rest), Just(StepKind::Strength)];
    let leaf = (kind, 1..600).prop_map(|(kind, time)| step(kind, seconds(time)));
    let shape = leaf.prop_recursive(3, 16, 3, |inner| {
        (1..=4, prop::option::of(0..120), prop::collection::vec(inner, 0..=3))
            .prop_map(|(count, rest, inside)| repeat(count, rest, inside))
    });
    prop::collection::vec(shape, 0..=2)
}

/// What a plain walk of the tree meets: step ids with repetitions, in order. `next` is the next element's id.
fn walk(shapes: &[Shape], path: &[i32], next: &mut u128, met: &mut Vec<String>) {
    for shape in shapes {
        let own = id(*next).simple().to_string();
        *next += 1;
        match shape {
            Shape::Step(..) => {
                let path: Vec<_> = path.iter().map(i32::to_string).collect();
                let colon = if path.is_empty() { "" } else { ":" };
                met.push(format!("{own}{colon}{}", path.join(".")));
            }
            Shape::Repeat(count, _, inside) => {
                let first = *next;
                for repetition in 1..=*count {
                    *next = first;
                    walk(inside, &[path, &[repetition]].concat(), next, met);
                }
            }
        }
    }
}

fn product_of_counts(shapes: &[Shape]) -> usize {
    shapes
        .iter()
        .map(|shape| match shape {
            Shape::Step(..) => 1,
            Shape::Repeat(count, _, inside) => *count as usize * product_of_counts(inside),
        })
        .sum()
}

fn total_rest(shapes: &[Shape]) -> i32 {
    shapes
        .iter()
        .map(|shape| match shape {
            Shape::Repeat(count, rest, inside) if product_of_counts(inside) > 0 => {
                count * total_rest(inside) + rest.unwrap_or(0) * (count - 1)
            }
            _ => 0,
        })
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn without_overrides_the_steps_are_those_of_a_plain_walk(shapes in shapes()) {
        prop_assume!(product_of_counts(&shapes) <= 500);
        let mut met = Vec::new();
        walk(&shapes, &[], &mut 1, &mut met);
        let steps = expand(&flatten(&shapes), &[]).expect("short enough");
        prop_assert_eq!(steps.iter().map(|step| step.key.clone()).collect::<Vec<_>>(), met);
    }

    #[test]
    fn there_are_as_many_steps_as_the_counts_multiply_to_and_no_key_twice(shapes in shapes()) {
        let expected = product_of_counts(&shapes);
        match expand(&flatten(&shapes), &[]) {
            Ok(steps) => {
                prop_assert_eq!(steps.len(), expected);
                let keys: HashSet<_> = steps.iter().map(|step| &step.key).collect();
                prop_assert_eq!(keys.len(), expected);
            }
            Err(error) => prop_assert_eq!(error.steps, expected),
        }
    }

    #[test]
    fn rests_add_up(shapes in shapes()) {
        prop_assume!(product_of_counts(&shapes) <= 500);
        let steps = expand(&flatten(&shapes), &[]).expect("short enough");
        prop_assert_eq!(steps.iter().filter_map(|step| step.rest_after_seconds).sum::<i32>(), total_rest(&shapes));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(shapes in shapes(), by in 0_usize..20) {
        let elements = flatten(&shapes);
        let mut turned = elements.clone();
        turned.reverse();
        let middle = by.min(turned.len());
        turned.rotate_left(middle);
        prop_assert_eq!(expand(&elements, &[]), expand(&turned, &[]));
    }

    #[test]
    fn overrides_of_other_elements_change_nothing(shapes in shapes(), is_skipped: bool, count in 1..9) {
        let elements = flatten(&shapes);
        let stray = Override {
            element: id(1_000_000),
            is_skipped,
            count: Some(count),
            length: Some(seconds(1)),
            target: None,
            notes: Some("stray".into()),
        };
        prop_assert_eq!(expand(&elements, &[&[stray]]), expand(&elements, &[]));
    }

    #[test]
    fn skipping_an_element_leaves_exactly_the_others(shapes in shapes(), element in 1_u128..12) {
        let elements = flatten(&shapes);
        prop_assume!(product_of_counts(&shapes) <= 500);
        let skip = Override {
            element: id(element), is_skipped: true, count: None, length: None, target: None, notes: None,
        };
        let mut inside = HashSet::from([id(element)]);
        // Parents come before their children in a flattened tree.
        for row in &elements {
            if row.parent.is_some_and(|parent| inside.contains(&parent)) {
                inside.insert(row.id);
            }
        }
        let all = expand(&elements, &[]).expect("short enough");
        let left = expand(&elements, &[&[skip]]).expect("short enough");
        let expected: Vec<_> = all.iter().filter(|step| !inside.contains(&step.step)).map(|step| &step.key).collect();
        prop_assert_eq!(left.iter().map(|step| &step.key).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_workout_takes_as_long_as_its_steps(shapes in shapes()) {
        prop_assume!(product_of_counts(&shapes) <= 500);
        let elements = flatten(&shapes);
        let steps = expand(&elements, &[]).expect("short enough");
        prop_assert_eq!(estimate::workout(&elements), estimate::prescribed(&steps));
    }
}
