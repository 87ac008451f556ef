//! The harness itself: what it promises to the other tests.
use crate::support::*;

both! {
    async fn a_person_asks_with_a_real_token(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.head_coach("Ines").await;
        let answer = ines.ask("{ viewer { id } }").await;
        assert_eq!(answer.text("viewer.id"), ines.user.global());
    }

    async fn a_stranger_asks_without_one(world: World) {
        let answer = world.anonymous().ask("{ viewer { id } }").await;
        assert!(answer.get("viewer").is_null());
    }

    async fn each_test_has_a_database_of_its_own(world: World) {
        assert_eq!(world.count::<entity::program::Entity>().await, 0);
        world.program("Riverside").await;
        assert_eq!(world.count::<entity::program::Entity>().await, 1);
    }
}
