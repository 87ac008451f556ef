use crate::tree::{Shape, flatten, id, repeat, step};
use crate::{meters, seconds};
use science::prescription::{Length, Node, Override, Prescribed, StepKind, Target, TooLong, depth, expand};

fn unchanged(element: u128) -> Override {
    Override {
        element: id(element),
        is_skipped: false,
        count: None,
        length: None,
        target: None,
        notes: None,
    }
}

fn skipped(element: u128) -> Override {
    Override {
        is_skipped: true,
        ..unchanged(element)
    }
}

/// Warm-up (1), 6 x (2) 1 km (3) with a minute's rest, cool-down (4).
fn kilometers() -> Vec<Shape> {
    vec![
        step(StepKind::Warmup, seconds(900)),
        repeat(6, 60, vec![step(StepKind::Work, meters(1_000.0))]),
        step(StepKind::Cooldown, seconds(600)),
    ]
}

/// "id:path", repetition, of how many, rest after.
type Line = (String, Option<i32>, Option<i32>, Option<i32>);

fn outline(steps: &[Prescribed]) -> Vec<Line> {
    steps
        .iter()
        .map(|step| {
            let path = step.key.split_once(':').map_or("", |(_, path)| path);
            let key = format!("{}:{path}", step.step.as_u128());
            (key, step.repetition, step.repetition_count, step.rest_after_seconds)
        })
        .collect()
}

#[test]
fn six_kilometers_have_five_rests() {
    let steps = expand(&flatten(&kilometers()), &[]).expect("short enough");
    let work = |path: &str, repetition, rest| (format!("3:{path}"), Some(repetition), Some(6), rest);
    assert_eq!(
        outline(&steps),
        [
            ("1:".into(), None, None, None),
            work("1", 1, Some(60)),
            work("2", 2, Some(60)),
            work("3", 3, Some(60)),
            work("4", 4, Some(60)),
            work("5", 5, Some(60)),
            work("6", 6, None),
            ("4:".into(), None, None, None),
        ]
    );
    assert_eq!(
        steps.iter().map(|step| step.position).collect::<Vec<_>>(),
        (0..8).collect::<Vec<_>>()
    );
    assert_eq!(steps[0].key, "00000000000000000000000000000001");
    assert_eq!(steps[2].key, "00000000000000000000000000000003:2");
    assert!(steps.iter().all(|step| !step.is_overridden));
}

#[test]
fn six_by_one_kilometer_becomes_four_by_eight_hundred() {
    let group = [Override {
        count: Some(4),
        ..unchanged(2)
    }];
    let athlete = [Override {
        length: Some(meters(800.0)),
        ..unchanged(3)
    }];
    let steps = expand(&flatten(&kilometers()), &[&group, &athlete]).expect("short enough");
    let work: Vec<_> = steps.iter().filter(|step| step.kind == StepKind::Work).collect();
    assert_eq!(work.len(), 4);
    assert!(
        work.iter()
            .all(|step| step.length == meters(800.0) && step.is_overridden)
    );
    assert!(work.iter().all(|step| step.repetition_count == Some(4)));
    assert_eq!(
        work.iter().map(|step| step.rest_after_seconds).collect::<Vec<_>>(),
        [Some(60), Some(60), Some(60), None]
    );
    assert!(!steps[0].is_overridden && !steps[5].is_overridden);
    let original = expand(&flatten(&kilometers()), &[]).expect("short enough");
    assert_eq!(
        steps[1].key, original[1].key,
        "the first repetition is the same step for everybody"
    );
}

#[test]
fn later_layers_win_field_by_field() {
    let easy = Target::Rpe { min: 3.0, max: 4.0 };
    let hard = Target::Rpe { min: 8.0, max: 9.0 };
    let group = [Override {
        length: Some(meters(600.0)),
        target: Some(hard),
        ..unchanged(3)
    }];
    let athlete = [Override {
        target: Some(easy.clone()),
        ..unchanged(3)
    }];
    let steps = expand(&flatten(&kilometers()), &[&group, &athlete]).expect("short enough");
    assert_eq!((&steps[1].length, &steps[1].target), (&meters(600.0), &Some(easy)));
}

#[test]
fn an_athlete_may_do_what_the_group_leaves_out() {
    let elements = flatten(&kilometers());
    let group = [skipped(4)];
    let steps = expand(&elements, &[&group]).expect("short enough");
    assert_eq!(steps.len(), 7);
    let athlete = [unchanged(4)];
    let steps = expand(&elements, &[&group, &athlete]).expect("short enough");
    assert_eq!(steps, expand(&elements, &[]).expect("short enough"));
}

#[test]
fn skipping_a_repeat_skips_all_in_it() {
    let steps = expand(&flatten(&kilometers()), &[&[skipped(2)]]).expect("short enough");
    assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), [id(1), id(4)]);
    assert!(steps.iter().all(|step| step.rest_after_seconds.is_none()));
    let steps = expand(&flatten(&kilometers()), &[&[skipped(3)]]).expect("short enough");
    assert_eq!(steps.len(), 2, "a repeat of nothing is nothing");
    assert!(steps.iter().all(|step| step.rest_after_seconds.is_none()));
}

#[test]
fn a_count_of_zero_is_no_way_to_skip() {
    let elements = flatten(&kilometers());
    let zero = [Override {
        count: Some(0),
        ..unchanged(2)
    }];
    assert_eq!(expand(&elements, &[&zero]), expand(&elements, &[]));
}

#[test]
fn changes_that_do_not_suit_the_element_change_nothing() {
    let elements = flatten(&kilometers());
    let unsuited = [
        Override {
            count: Some(3),
            ..unchanged(1)
        },
        Override {
            length: Some(seconds(1)),
            target: Some(Target::Rpe { min: 1.0, max: 1.0 }),
            ..unchanged(2)
        },
    ];
    assert_eq!(expand(&elements, &[&unsuited]), expand(&elements, &[]));
}

#[test]
fn rest_of_the_outer_repeat_follows_its_last_inner_repetition() {
    let sets_of_hills = vec![repeat(
        2,
        180,
        vec![repeat(2, 30, vec![step(StepKind::Work, seconds(60))])],
    )];
    let steps = expand(&flatten(&sets_of_hills), &[]).expect("short enough");
    assert_eq!(
        outline(&steps),
        [
            ("3:1.1".into(), Some(1), Some(2), Some(30)),
            ("3:1.2".into(), Some(2), Some(2), Some(180)),
            ("3:2.1".into(), Some(1), Some(2), Some(30)),
            ("3:2.2".into(), Some(2), Some(2), None),
        ]
    );
}

#[test]
fn three_levels_of_repeats_are_walked_and_four_refused() {
    let inner = repeat(
        3,
        None,
        vec![
            step(StepKind::Work, meters(100.0)),
            step(StepKind::Recovery, meters(100.0)),
        ],
    );
    let three = vec![repeat(
        2,
        None,
        vec![repeat(2, None, vec![inner]), step(StepKind::Rest, seconds(60))],
    )];
    let elements = flatten(&three);
    assert_eq!(depth(&elements), 3);
    let steps = expand(&elements, &[]).expect("short enough");
    assert_eq!(steps.len(), 2 * (2 * 3 * 2 + 1));
    assert_eq!(outline(&steps)[11].0, "5:1.2.3");
    assert_eq!(outline(&steps)[12].0, "6:1");
    let four = flatten(&[repeat(2, None, three)]);
    assert_eq!(expand(&four, &[]), Err(TooLong { steps: 0, depth: 4 }));
}

#[test]
fn five_hundred_steps_are_accepted_and_one_more_refused() {
    let full = vec![repeat(
        100,
        None,
        vec![repeat(5, None, vec![step(StepKind::Work, seconds(10))])],
    )];
    assert_eq!(expand(&flatten(&full), &[]).map(|steps| steps.len()), Ok(500));
    let mut over = full;
    over.push(step(StepKind::Cooldown, seconds(10)));
    let error = expand(&flatten(&over), &[]).expect_err("one too many");
    assert_eq!(
        (error.steps, error.to_string().as_str()),
        (501, "501 steps are more than 500")
    );
    let huge = vec![repeat(
        i32::MAX,
        None,
        vec![repeat(i32::MAX, None, vec![step(StepKind::Work, seconds(10))])],
    )];
    assert!(expand(&flatten(&huge), &[]).is_err());
    assert_eq!(expand(&flatten(&[repeat(i32::MAX, 60, vec![])]), &[]), Ok(vec![]));
}

#[test]
fn an_override_can_make_a_workout_too_long() {
    let elements = flatten(&[repeat(
        2,
        None,
        vec![repeat(6, None, vec![step(StepKind::Work, seconds(10))])],
    )]);
    let change = [Override {
        count: Some(100),
        ..unchanged(1)
    }];
    assert_eq!(expand(&elements, &[&change]), Err(TooLong { steps: 600, depth: 2 }));
}

#[test]
fn notes_lose_nothing() {
    let mut elements = flatten(&kilometers());
    for (element, text) in [(1, "on grass"), (2, "relaxed")] {
        match &mut elements[element].node {
            Node::Step { notes, .. } | Node::Repeat { notes, .. } => *notes = Some(text.into()),
        }
    }
    let changes = [
        Override {
            notes: Some("stop if it hurts".into()),
            ..unchanged(2)
        },
        Override {
            notes: Some("with Ana".into()),
            ..unchanged(3)
        },
    ];
    let steps = expand(&elements, &[&changes]).expect("short enough");
    assert_eq!(
        steps[1].notes.as_deref(),
        Some("on grass\nstop if it hurts\nrelaxed\nwith Ana")
    );
    assert_eq!(steps[2].notes.as_deref(), Some("relaxed\nwith Ana"));
    assert_eq!(steps[7].notes, None);
}

#[test]
fn siblings_follow_their_positions_then_their_ids() {
    let mut elements = flatten(&kilometers());
    elements[3].position = -1;
    elements[1].position = 0;
    elements.reverse();
    let steps = expand(
        &elements,
        &[&[Override {
            count: Some(1),
            ..unchanged(2)
        }]],
    )
    .expect("short enough");
    assert_eq!(
        steps.iter().map(|step| step.step).collect::<Vec<_>>(),
        [id(4), id(1), id(3)]
    );
}

#[test]
fn lists_that_are_no_tree_end() {
    let mut elements = flatten(&[repeat(
        2,
        None,
        vec![repeat(2, None, vec![step(StepKind::Work, seconds(1))])],
    )]);
    elements[0].parent = Some(id(2));
    assert_eq!(
        expand(&elements, &[]),
        Ok(vec![]),
        "a cycle is not reached from the top"
    );
    elements[0].parent = None;
    elements[1].id = id(1);
    elements[1].parent = Some(id(1));
    assert_eq!(expand(&elements, &[]), Ok(vec![]), "an id is taken once");
}

#[test]
fn sets_keep_their_rest_inside_the_length() {
    let length = Length::Repetitions {
        sets: 4,
        reps_min: 5,
        reps_max: 5,
        rest_seconds: Some(150),
        tempo: None,
    };
    let steps = expand(&flatten(&[step(StepKind::Strength, length.clone())]), &[]).expect("short enough");
    assert_eq!((&steps[0].length, steps[0].rest_after_seconds), (&length, None));
}
