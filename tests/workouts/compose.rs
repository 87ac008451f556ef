//! Composing: a tree comes back as it was sent, with estimates; one that makes no sense is refused with all that is
//! wrong.
use super::*;
use entity::{change_event, workout, workout_element, workout_revision};

const COMPOSE: &str = "mutation ComposeWorkout($input: WorkoutCreateInput!) { workoutCreate(input: $input) {
    workout { id version title estimatedDurationSeconds estimatedDistanceMeters isEstimateNominal
      steps { ...StepTree ... on WorkoutRepeat { elements { ...StepTree ... on WorkoutRepeat { elements { ...StepTree } } } } } }
    userErrors { code message field itemIndex currentVersion } } }
  fragment StepTree on WorkoutElement { __typename id position notes estimatedDurationSeconds estimatedDistanceMeters
    ... on WorkoutStep { kind name trainingEvent { id name } length { ...LengthParts } target { ...TargetParts } }
    ... on WorkoutRepeat { count restBetweenSeconds } }
  fragment LengthParts on StepLength { __typename ... on DistanceLength { distanceMeters } ... on TimeLength { durationSeconds }
    ... on RepetitionLength { sets repsMin repsMax restSeconds } ... on OpenLength { instruction } }
  fragment TargetParts on IntensityTarget { __typename ... on ZoneTarget { metric minZone maxZone }
    ... on PaceTarget { fastestSecondsPerKm slowestSecondsPerKm reference minPercentOfReference maxPercentOfReference }
    ... on PercentOneRepMaxTarget { lift minPercent maxPercent } ... on RpeTarget { min max } }";

fn six_by_one(program: &Program) -> Value {
    json!({ "idempotencyKey": "6f1c5f3e", "programId": program.id.global(), "title": "6 x 1 km at threshold + lifts",
        "category": "RUN", "type": "THRESHOLD", "sport": "TRACK_AND_FIELD", "tags": ["threshold"], "steps": [
        { "step": { "kind": "WARMUP", "name": "Easy jog", "length": { "durationSeconds": 900 },
            "target": { "zone": { "metric": "HEART_RATE", "minZone": 1, "maxZone": 2 } } } },
        { "repeat": { "count": 6, "restBetweenSeconds": 60, "elements": [
            { "step": { "kind": "WORK", "length": { "distanceMeters": 1000 },
                "target": { "pace": { "reference": "THRESHOLD", "minPercentOfReference": 98, "maxPercentOfReference": 102 } } } }] } },
        { "step": { "kind": "STRENGTH", "name": "Back squat", "length": { "repetitions": { "sets": 4, "repsMin": 5, "restSeconds": 150 } },
            "target": { "percentOneRepMax": { "lift": "SQUAT", "minPercent": 75 } } } },
        { "step": { "kind": "COOLDOWN", "length": { "open": { "instruction": "Until breathing is easy" } },
            "target": { "rpe": { "min": 2, "max": 3 } } } }] })
}

fn without_ids(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove("id");
            fields.values_mut().for_each(|field| *field = without_ids(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_ids(item.take())),
        _ => {}
    }
    value
}

both! {
    async fn a_workout_comes_back_as_it_was_sent(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let answer = ines.query(COMPOSE, json!({ "input": six_by_one(&program) })).await;
        let workout = answer.get("workoutCreate.workout");
        assert_eq!(
            without_ids(workout.clone()),
            json!({ "version": 1, "title": "6 x 1 km at threshold + lifts", "estimatedDurationSeconds": 3210,
                "estimatedDistanceMeters": 8700, "isEstimateNominal": true, "steps": [
                { "__typename": "WorkoutStep", "position": 0, "notes": null, "estimatedDurationSeconds": 900,
                    "estimatedDistanceMeters": 2700, "kind": "WARMUP", "name": "Easy jog", "trainingEvent": null,
                    "length": { "__typename": "TimeLength", "durationSeconds": 900 },
                    "target": { "__typename": "ZoneTarget", "metric": "HEART_RATE", "minZone": 1, "maxZone": 2 } },
                { "__typename": "WorkoutRepeat", "position": 1, "notes": null, "estimatedDurationSeconds": 1800,
                    "estimatedDistanceMeters": 6000, "count": 6, "restBetweenSeconds": 60, "elements": [
                    { "__typename": "WorkoutStep", "position": 0, "notes": null, "estimatedDurationSeconds": 250,
                        "estimatedDistanceMeters": 1000, "kind": "WORK", "name": null, "trainingEvent": null,
                        "length": { "__typename": "DistanceLength", "distanceMeters": 1000.0 },
                        "target": { "__typename": "PaceTarget", "fastestSecondsPerKm": null, "slowestSecondsPerKm": null,
                            "reference": "THRESHOLD", "minPercentOfReference": 98.0, "maxPercentOfReference": 102.0 } }] },
                { "__typename": "WorkoutStep", "position": 2, "notes": null, "estimatedDurationSeconds": 510,
                    "estimatedDistanceMeters": null, "kind": "STRENGTH", "name": "Back squat", "trainingEvent": null,
                    "length": { "__typename": "RepetitionLength", "sets": 4, "repsMin": 5, "repsMax": 5, "restSeconds": 150 },
                    "target": { "__typename": "PercentOneRepMaxTarget", "lift": "SQUAT", "minPercent": 75.0, "maxPercent": 75.0 } },
                { "__typename": "WorkoutStep", "position": 3, "notes": null, "estimatedDurationSeconds": null,
                    "estimatedDistanceMeters": null, "kind": "COOLDOWN", "name": null, "trainingEvent": null,
                    "length": { "__typename": "OpenLength", "instruction": "Until breathing is easy" },
                    "target": { "__typename": "RpeTarget", "min": 2.0, "max": 3.0 } }] })
        );
        let repeat = answer.text("workoutCreate.workout.steps.1.id");
        let node = ines.query("query($id: ID!) { node(id: $id) { __typename id ... on WorkoutRepeat { elements { __typename } } } }",
            json!({ "id": repeat })).await;
        let expected = json!({ "__typename": "WorkoutRepeat", "id": repeat, "elements": [{ "__typename": "WorkoutStep" }] });
        assert_eq!(node.get("node"), &expected);
    }

    async fn a_key_composes_once(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let first = ines.query(COMPOSE, json!({ "input": six_by_one(&program) })).await;
        let second = ines.query(COMPOSE, json!({ "input": six_by_one(&program) })).await;
        assert_eq!(first.data(), second.data());
        assert_eq!((world.count::<workout::Entity>().await, world.count::<workout_element::Entity>().await), (1, 5));
        let mut other = six_by_one(&program);
        other["title"] = json!("Another");
        let refused = ines.change("workoutCreate", other, "workout { id }").await;
        assert_eq!(refused.mistakes(), ["IDEMPOTENCY_KEY_REUSED at input.idempotencyKey"]);
    }

    async fn every_mistake_is_told_at_once(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let other = world.program("Lakeside").await.workout("Foreign").await;
        let steps = json!([
            { "step": { "kind": "WORK", "target": { "rpe": { "min": 9, "max": 3 } } } },
            { "repeat": { "count": 1, "restBetweenSeconds": -1, "elements": [
                { "step": { "kind": "WORK", "length": { "distanceMeters": 0 } } },
                { "step": { "kind": "WORK", "trainingEventId": other.training_event.global() } },
                { "repeat": { "count": 2, "elements": [] } }] } },
            { "step": { "kind": "WORK", "length": { "repetitions": { "sets": 51, "repsMin": 5, "repsMax": 3 } },
                "target": { "pace": { "minPercentOfReference": 98 } } } }]);
        let mut input = plain(&program, " ", steps);
        input["tags"] = json!([""]);
        let refused = ines.change("workoutCreate", input, "workout { id }").await;
        let mut mistakes = refused.mistakes();
        mistakes.sort();
        assert_eq!(mistakes, [
            "BLANK at input.steps.0.step.length",
            "BLANK at input.tags.0",
            "BLANK at input.title",
            "INVALID at input.steps.0.step.target.rpe.max",
            "INVALID at input.steps.2.step.length.repetitions.repsMax",
            "INVALID at input.steps.2.step.target.pace.reference",
            "NOT_FOUND at input.steps.1.repeat.elements.1.step.trainingEventId",
            "OUT_OF_RANGE at input.steps.1.repeat.count",
            "OUT_OF_RANGE at input.steps.1.repeat.elements.0.step.length.distanceMeters",
            "OUT_OF_RANGE at input.steps.1.repeat.restBetweenSeconds",
            "OUT_OF_RANGE at input.steps.2.step.length.repetitions.sets",
            "TOO_SHORT at input.steps.1.repeat.elements.2.repeat.elements",
        ]);
        assert_eq!(world.count::<workout::Entity>().await, 1);
    }

    async fn a_workout_is_never_too_long_nor_too_deep(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let within = |steps: Value, count: i32| json!([{ "repeat": { "count": count, "restBetweenSeconds": 604_800, "elements": steps } }]);
        let three_deep = |count| within(within(within(easy(), count), 10), 5);
        let refused = ines.change("workoutCreate", plain(&program, "Long", three_deep(11)), "workout { id }").await;
        assert_eq!(refused.mistakes(), ["TOO_LONG at input.steps"]);
        let refused = ines.change("workoutCreate", plain(&program, "Deep", within(three_deep(2), 2)), "workout { id }").await;
        let place = "input.steps.0.repeat.elements.0.repeat.elements.0.repeat.elements.0.repeat.elements";
        assert_eq!(refused.mistakes(), [format!("TOO_LONG at {place}")]);
        composed(&ines, "As long as can be", three_deep(10)).await;
        assert_eq!(world.count::<workout_revision::Entity>().await, 1);
    }

    async fn a_step_takes_what_its_building_block_says(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let squat = block(&ines, "Squat", Some(json!({ "repetitions": { "sets": 3, "repsMin": 8 } }))).await;
        let hop = block(&ines, "Hop", None).await;
        let steps = json!([{ "step": { "kind": "STRENGTH", "trainingEventId": squat } },
            { "step": { "kind": "DRILL", "trainingEventId": hop } }]);
        let refused = ines.change("workoutCreate", plain(&program, "Lift", steps.clone()), "workout { id }").await;
        assert_eq!(refused.mistakes(), ["BLANK at input.steps.1.step.length"]);
        let mut steps = steps;
        steps[1]["step"]["length"] = json!({ "durationSeconds": 60 });
        let selection = "workout { steps { ... on WorkoutStep { name trainingEvent { id } length { ... on RepetitionLength { sets repsMax } } } } }";
        let made = ines.change("workoutCreate", plain(&program, "Lift", steps), selection).await;
        assert_eq!(made.get("workout.steps.0"),
            &json!({ "name": "Squat", "trainingEvent": { "id": squat }, "length": { "sets": 3, "repsMax": 8 } }));
        assert_eq!(made.get("workout.steps.1.name"), "Hop");
    }

    async fn only_composers_compose(world: World) {
        let program = world.program("Riverside").await;
        let (tess, ines) = (program.trainer("Tess").await, program.coach("Ines").await);
        let input = plain(&program, "Easy run", easy());
        let refused = tess.change("workoutCreate", input.clone(), "workout { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.programId"]);
        let stranger = world.program("Lakeside").await.coach("Ole").await;
        let refused = stranger.change("workoutCreate", input, "workout { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.programId"]);
        composed(&ines, "Easy run", easy()).await;
        assert_eq!(world.count::<change_event::Entity>().await, 2);
    }
}
