use crate::assert_close;
use science::strength::{Formula, estimated_one_rep_max};

fn estimate(formula: Formula, weight_kg: f64, reps: i32) -> f64 {
    estimated_one_rep_max(formula, weight_kg, reps).expect("an estimate")
}

#[test]
fn formulas_give_their_published_values() {
    let vectors = [
        (100.0, 5, 116.666_667, 112.5),
        (100.0, 10, 133.333_333, 133.333_333),
        (140.0, 3, 154.0, 148.235_294),
        (60.0, 12, 84.0, 86.4),
    ];
    for (weight_kg, reps, epley, brzycki) in vectors {
        assert_close(estimate(Formula::Epley, weight_kg, reps), epley);
        assert_close(estimate(Formula::Brzycki, weight_kg, reps), brzycki);
    }
}

#[test]
fn a_single_is_its_own_maximum() {
    assert_eq!(estimate(Formula::Epley, 142.5, 1), 142.5);
    assert_eq!(estimate(Formula::Brzycki, 142.5, 1), 142.5);
}

#[test]
fn sets_that_say_nothing_have_no_estimate() {
    for (weight_kg, reps) in [
        (100.0, 0),
        (100.0, -3),
        (100.0, 13),
        (100.0, 37),
        (0.0, 5),
        (-1.0, 5),
        (f64::NAN, 5),
    ] {
        assert_eq!(
            estimated_one_rep_max(Formula::Brzycki, weight_kg, reps),
            None,
            "{weight_kg} x {reps}"
        );
    }
}
