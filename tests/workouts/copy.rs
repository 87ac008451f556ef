//! Copying: within a program, and into another with the building blocks that it needs.
use super::*;
use entity::{enums::ProgramRole, training_event, workout_element};

both! {
    async fn a_copy_has_steps_of_its_own(world: World) {
        let ines = world.program("Riverside").await.coach("Ines").await;
        let steps = json!([{ "repeat": { "count": 3, "elements": [{ "repeat": { "count": 2, "elements": easy() } }] } }]);
        let id = composed(&ines, "Thirds", steps).await;
        let selection = "workout { id title version author { id } steps { id estimatedDurationSeconds ... on WorkoutRepeat { count elements { id } } } }";
        let input = json!({ "id": id, "title": "Halves", "idempotencyKey": "k" });
        let copy = ines.change("workoutDuplicate", input.clone(), selection).await;
        assert_eq!(copy.text("workout.title"), "Halves");
        assert_eq!(copy.text("workout.author.id"), ines.id.global());
        assert_eq!(copy.get("workout.steps.0.estimatedDurationSeconds"), 3 * 2 * 1800);
        assert_ne!(copy.text("workout.id"), id);
        let again = ines.change("workoutDuplicate", input, selection).await;
        assert_eq!(again.get("workout"), copy.get("workout"));
        assert_eq!(world.count::<workout_element::Entity>().await, 6);
    }

    async fn building_blocks_come_along_by_name(world: World) {
        let (here, there) = (world.program("Riverside").await, world.program("Lakeside").await);
        let ines = here.coach("Ines").await;
        let in_both = there.member(&ines.person, "Ines", ProgramRole::AssistantCoach).await;
        let (squat, hop) = (block(&ines, "Squat", None).await, block(&ines, "Hop", None).await);
        let known = block(&in_both, "SQUAT", None).await;
        let step = |id: &str| json!({ "step": { "kind": "DRILL", "trainingEventId": id, "length": { "durationSeconds": 60 } } });
        let id = composed(&ines, "Drills", json!([step(&squat), step(&hop), step(&squat)])).await;
        let refused = ines.change("workoutCreate", plain(&there, "Mixed", json!([step(&squat)])), "workout { id }").await;
        assert_eq!(refused.mistakes(), ["CROSS_PROGRAM at input.steps.0.step.trainingEventId"]);
        let input = json!({ "id": id, "targetProgramId": there.id.global() });
        let selection = "workout { program { id } steps { ... on WorkoutStep { name trainingEvent { id name program { id } } } } }";
        let copy = ines.change("workoutDuplicate", input, selection).await;
        assert_eq!(copy.text("workout.program.id"), there.id.global());
        assert_eq!(copy.text("workout.steps.0.trainingEvent.id"), known);
        assert_eq!(copy.text("workout.steps.2.trainingEvent.id"), known);
        assert_eq!(copy.text("workout.steps.1.trainingEvent.program.id"), there.id.global());
        assert_eq!(copy.text("workout.steps.1.name"), "Hop");
        assert_eq!(world.count::<training_event::Entity>().await, 4);
    }

    async fn notes_for_staff_stay_with_the_staff(world: World) {
        let program = world.program("Riverside").await;
        let workout = program.workout("Easy run").await;
        let season = program.team("Varsity").await.season("Autumn").await;
        let ana = program.athlete("Ana").await;
        let asked = season.practice("Practice").await.add(&workout, true).await;
        let assignment = asked.assignment(&ana).await;
        asked.session(&ana, assignment).await;
        let ana = ana.signs_in("Ana").await;
        let own = world.program("Ana alone").await;
        own.member(&ana.person, "Ana", ProgramRole::Owner).await;
        let refused = ana.change("workoutDuplicate", json!({ "id": workout.id.global() }), "workout { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
        let input = json!({ "id": workout.id.global(), "targetProgramId": own.id.global() });
        let copy = ana.change("workoutDuplicate", input, "workout { description coachNotes steps { id } }").await;
        assert_eq!(copy.text("workout.description"), "Keep it conversational.");
        assert!(copy.get("workout.coachNotes").is_null());
    }
}
