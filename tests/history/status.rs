//! The status that a row shows is the one that it is found by.
use super::{assigned, day};
use crate::support::*;
use chrono::Duration;
use entity::{athlete_training_session as session, enums::SessionOutcome};
use fieldhouse::history::status::TrainingSessionStatus;
use proptest::{prelude::*, strategy::ValueTree};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};
use std::collections::HashSet;

/// Outcome, cancelled, excused, rest, and hours until it counts as missed.
type Fate = (Option<SessionOutcome>, bool, bool, bool, Option<i64>);

fn fates() -> Vec<Fate> {
    let outcome = prop_oneof![
        3 => Just(None),
        1 => Just(Some(SessionOutcome::Completed)),
        1 => Just(Some(SessionOutcome::Partial)),
        1 => Just(Some(SessionOutcome::Skipped)),
    ];
    let hours = proptest::option::weighted(0.9, -2_i64..=2);
    let fate = (outcome, any::<bool>(), any::<bool>(), any::<bool>(), hours);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let list = proptest::collection::vec(fate, 400)
        .new_tree(&mut runner)
        .expect("fates");
    list.current()
}

both! {
    async fn a_status_in_sql_is_the_status_of_the_row(world: World) {
        let program = world.program("Riverside").await;
        let season = program.team("Track").await.season("Spring").await;
        let athlete = program.athlete("Mia Novak").await;
        let now = world.now();
        let mut rows = Vec::new();
        for (outcome, is_cancelled, is_excused, is_rest, hours) in fates() {
            rows.push(session::ActiveModel {
                outcome: Set(outcome),
                completed_at: Set(outcome.map(|_| now)),
                cancelled_at: Set(is_cancelled.then_some(now)),
                excused_at: Set(is_excused.then_some(now)),
                is_rest: Set(is_rest),
                missed_at: Set(hours.map(|hours| now + Duration::hours(hours))),
                ..assigned(&season, &athlete, day(3, 2))
            });
        }
        for row in rows {
            world.insert(row).await;
        }
        let all = session::Entity::find().all(&world.raw).await.expect("rows");
        let mut seen = 0;
        for status in TrainingSessionStatus::ALL {
            let found = session::Entity::find().filter(status.condition(now)).all(&world.raw).await.expect("rows");
            let found: HashSet<_> = found.into_iter().map(|row| row.id).collect();
            let wanted: HashSet<_> = all.iter().filter(|row| TrainingSessionStatus::of(row, now) == status).map(|row| row.id).collect();
            assert!(!wanted.is_empty(), "{status:?} did not occur");
            assert_eq!(found, wanted, "{status:?}");
            seen += found.len();
        }
        assert_eq!(seen, all.len(), "each row has one status");
    }
}
