//! What a workout with some overrides comes to.
use super::{design::Recipe, slot::Change};
use science::prescription::{Override, Prescribed};
use uuid::Uuid;

/// What a workout with some overrides comes to.
pub(super) struct Plan {
    pub overrides: Vec<Override>,
    pub steps: Vec<Prescribed>,
    pub distance_meters: Option<i32>,
    pub duration_seconds: Option<i32>,
}

/// The changes to a workout as overrides of its elements.
pub(super) fn overrides(recipe: &Recipe, changes: &[Change]) -> Vec<Override> {
    let change = |change: &Change| {
        let (place, count) = match *change {
            Change::Count(place, count) => (place, Some(count)),
            Change::Skip(place) => (place, None),
        };
        Override {
            element: recipe.top(place),
            is_skipped: count.is_none(),
            count,
            length: None,
            target: None,
            notes: None,
        }
    };
    changes.iter().map(change).collect()
}

/// The plan of a workout with overrides, worked out once for all who share it.
pub(super) fn plan<'a>(plans: &'a mut Vec<(Uuid, Plan)>, recipe: &Recipe, overrides: Vec<Override>) -> &'a Plan {
    let same = |(revision, plan): &(Uuid, Plan)| *revision == recipe.revision.id && plan.overrides == overrides;
    if let Some(place) = plans.iter().position(same) {
        return &plans[place].1;
    }
    let steps = science::prescription::expand(&recipe.elements, &[&overrides]).unwrap_or_default();
    let estimate = science::estimate::prescribed(&steps);
    let plan = Plan {
        overrides,
        steps,
        distance_meters: estimate.distance_meters,
        duration_seconds: estimate.duration_seconds,
    };
    plans.push((recipe.revision.id, plan));
    &plans[plans.len() - 1].1
}
