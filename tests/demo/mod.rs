//! The demo: what is loaded is what the product's own rules would have made of it, once, and only into an empty
//! database.
use crate::support::*;
use entity::{
    athlete_training_session as session, athlete_training_session_detail as detail, change_event,
    practice_assignment as assignment, practice_session as practice, user, workout_revision,
};
use fieldhouse::{
    access::Viewer,
    demo::{self, NotLoaded, Size},
    practices::derive,
    scope::Scope,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use std::collections::HashMap;
use uuid::Uuid;

fn size(athletes: u32, weeks: u32) -> Size {
    Size {
        athletes,
        programs: 1,
        weeks,
        as_of: chrono::NaiveDate::from_ymd_opt(2026, 10, 21),
    }
}

async fn load(world: &World, size: &Size) -> Result<demo::Loaded, NotLoaded> {
    demo::load(&world.app.db, &world.app.clock, size).await
}

/// Derives every practice again; what that changed.
async fn derived_again(world: &World) -> Vec<(String, derive::Derived)> {
    let practices = practice::Entity::find().all(&world.raw).await.expect("practices");
    let mut programs: HashMap<Uuid, Vec<practice::Model>> = HashMap::new();
    for practice in practices {
        programs.entry(practice.program_id).or_default().push(practice);
    }
    let viewer = Viewer::anonymous(world.app.db.dialect, world.app.clock.now());
    let scope = Scope::new(world.app.db.clone(), viewer);
    let mut changes = Vec::new();
    for practices in programs.into_values() {
        for practice in practices {
            let title = practice.title.clone();
            let derived = scope
                .write(async move |tx| derive::practices(&tx, &[practice]).await)
                .await
                .expect("derives");
            if derived != derive::Derived::default() {
                changes.push((title, derived));
            }
        }
    }
    changes
}

both! {
    async fn deriving_every_practice_of_the_demo_again_changes_nothing(world: World) {
        load(&world, &size(40, 12)).await.expect("the demo loads");
        let assignments = assignment::Entity::find().all(&world.raw).await.expect("assignments");
        assert_eq!(derived_again(&world).await, []);
        let same = assignment::Entity::find().all(&world.raw).await.expect("assignments");
        assert_eq!(same.len(), assignments.len());
        assert_eq!(change_event::Entity::find().count(&world.raw).await.expect("events"), 0);
    }

    async fn the_demo_is_loaded_once_and_the_same_every_time(world: World) {
        let first = load(&world, &size(40, 12)).await.expect("the demo loads");
        let again = load(&world, &size(40, 12)).await.expect("the demo is there");
        assert!(again.written.is_none());
        let sessions = session::Entity::find().count(&world.raw).await.expect("sessions");
        assert_eq!(first.written.map(|(count, _)| count as u64), Some(sessions));
        assert_eq!(sessions, 3_558);
        assert_eq!(detail::Entity::find().count(&world.raw).await.expect("details"), sessions);
    }

    async fn the_demo_leaves_a_database_with_people_alone(world: World) {
        let program = world.program("Riverside").await;
        program.coach("Ines").await;
        let people = user::Entity::find().count(&world.raw).await.expect("people");
        let refused = load(&world, &size(40, 12)).await.expect_err("the demo is refused");
        assert!(matches!(refused, NotLoaded::OtherUsers));
        assert_eq!(user::Entity::find().count(&world.raw).await.expect("people"), people);
    }

    async fn a_large_demo_has_what_its_sessions_refer_to(world: World) {
        load(&world, &size(120, 20)).await.expect("the demo loads");
        let sessions = session::Entity::find().all(&world.raw).await.expect("sessions");
        assert!(sessions.len() > 120 * 20 * 6);
        let of = |ids: Vec<Uuid>| ids.into_iter().collect::<std::collections::HashSet<Uuid>>();
        let assignments = assignment::Entity::find().all(&world.raw).await.expect("assignments");
        let assignments = of(assignments.into_iter().map(|row| row.id).collect());
        let revisions = workout_revision::Entity::find().all(&world.raw).await.expect("revisions");
        let revisions = of(revisions.into_iter().map(|row| row.id).collect());
        for session in sessions {
            assert!(session.practice_assignment_id.is_none_or(|id| assignments.contains(&id)));
            assert!(session.workout_revision_id.is_none_or(|id| revisions.contains(&id)));
            assert_eq!(session.outcome.is_some(), session.recorded_at.is_some());
            assert!(session.completed_at <= session.recorded_at);
        }
    }
}
