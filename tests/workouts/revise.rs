//! Changing: other steps make a revision, the rest is live; what athletes see stays what they were given.
use super::*;
use chrono::NaiveDate;
use entity::{
    benchmark,
    enums::{BenchmarkKind, BenchmarkSource, Lift},
    workout, workout_element, workout_revision,
};
use fieldhouse::scope::new_id;
use sea_orm::ActiveValue::Set;

const SEEN: &str = "query($id: ID!) { workout(id: $id) { version coachNotes currentRevision { version } \
    revisions { nodes { version } } steps { id estimatedDurationSeconds } } }";

both! {
    async fn other_steps_make_a_revision_and_the_same_do_not(world: World) {
        let ines = world.program("Riverside").await.coach("Ines").await;
        let id = composed(&ines, "Easy run", easy()).await;
        let selection = "workout { version title estimatedDurationSeconds currentRevision { version title } }";
        let made = ines.change("workoutUpdate", json!({ "id": id, "expectedVersion": 1, "title": "Easy hour", "steps": easy() }), selection).await;
        assert_eq!(made.get("workout"), &json!({ "version": 2, "title": "Easy hour", "estimatedDurationSeconds": 1800,
            "currentRevision": { "version": 1, "title": "Easy run" } }));
        let mut hour = easy();
        hour[0]["step"]["length"] = json!({ "durationSeconds": 3600 });
        let made = ines.change("workoutUpdate", json!({ "id": id, "steps": hour, "coachNotes": "Flat roads." }), selection).await;
        assert_eq!(made.get("workout"), &json!({ "version": 3, "title": "Easy hour", "estimatedDurationSeconds": 3600,
            "currentRevision": { "version": 2, "title": "Easy hour" } }));
        let late = ines.change("workoutUpdate", json!({ "id": id, "expectedVersion": 2, "steps": easy() }), selection).await;
        assert_eq!(late.mistakes(), ["VERSION_CONFLICT at input.expectedVersion"]);
        let made = ines.change("workoutUpdate", json!({ "id": id, "coachNotes": null }), "workout { version coachNotes revisions { totalCount nodes { version steps { estimatedDurationSeconds } } } }").await;
        assert_eq!(made.get("workout"), &json!({ "version": 4, "coachNotes": null, "revisions": { "totalCount": 2, "nodes": [
            { "version": 2, "steps": [{ "estimatedDurationSeconds": 3600 }] },
            { "version": 1, "steps": [{ "estimatedDurationSeconds": 1800 }] }] } }));
        assert_eq!(world.count::<workout_element::Entity>().await, 2);
    }

    async fn steps_that_one_has_read_are_kept_for_who_may_read_them_alone(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let id = composed(&ines, "Easy run", easy()).await;
        let read = ines.query("query($id: ID!) { workout(id: $id) { currentRevision { id } steps { id } } }", json!({ "id": id })).await;
        let ids = json!({ "revision": read.text("workout.currentRevision.id"), "step": read.get("workout.steps")[0]["id"] });
        let both = "query($revision: ID!, $step: ID!) { revision: node(id: $revision) { ... on WorkoutRevision { steps { id } } } \
             step: node(id: $step) { id } }";
        let seen = ines.query(both, ids.clone()).await;
        assert_eq!(seen.data(), &json!({ "revision": { "steps": [{ "id": ids["step"] }] }, "step": { "id": ids["step"] } }));
        let stranger = world.program("Lakeside").await.coach("Ole").await;
        let athlete = program.athlete("Ana").await.signs_in("Ana").await;
        for other in [&stranger, &athlete] {
            assert_eq!(other.query(both, ids.clone()).await.data(), &json!({ "revision": null, "step": null }));
        }
        let gone = ines.change("workoutDelete", json!({ "id": id }), "deletedWorkoutId").await;
        assert_eq!(gone.mistakes(), Vec::<String>::new());
        assert_eq!(ines.query(both, ids).await.data(), &json!({ "revision": null, "step": null }));
    }

    async fn an_athlete_sees_the_revision_that_was_given(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let workout = program.workout("Easy run").await;
        let season = program.team("Varsity").await.season("Autumn").await;
        let ana = program.athlete("Ana").await;
        let asked = season.practice("Practice").await.add(&workout, true).await;
        let assignment = asked.assignment(&ana).await;
        asked.session(&ana, assignment).await;
        let ana = ana.signs_in("Ana").await;
        let id = json!({ "id": workout.id.global() });
        let given = ana.query(SEEN, id.clone()).await.get("workout.steps").clone();
        ines.change("workoutUpdate", json!({ "id": workout.id.global(), "steps": easy() }), "workout { id }").await.ok();
        let seen = ana.query(SEEN, id.clone()).await;
        assert_eq!(seen.get("workout"), &json!({ "version": 2, "coachNotes": null, "currentRevision": { "version": 1 },
            "revisions": { "nodes": [{ "version": 1 }] }, "steps": given }));
        let seen = ines.query(SEEN, id).await;
        assert_eq!(seen.get("workout.currentRevision.version"), 2);
        assert_ne!(seen.get("workout.steps"), &given);

        // A program of her own is no way to what was not given.
        let own = world.program("Ana alone").await;
        own.member(&ana.person, "Ana", entity::enums::ProgramRole::Owner).await;
        let copy = json!({ "id": workout.id.global(), "targetProgramId": own.id.global() });
        let refused = ana.change("workoutDuplicate", copy, "workout { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
    }

    async fn a_target_resolves_in_an_athletes_own_numbers(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let (ana, bea) = (program.athlete("Ana").await, program.athlete("Bea").await);
        for (value, day) in [(100.0, "2026-01-10"), (120.0, "2026-03-01"), (140.0, "2026-03-03")] {
            world.insert(benchmark::ActiveModel {
                id: Set(new_id()),
                program_id: Set(program.id.id),
                athlete_id: Set(ana.id.id),
                kind: Set(BenchmarkKind::OneRepMax),
                lift: Set(Some(Lift::Squat)),
                value: Set(value),
                effective_from: Set(day.parse::<NaiveDate>().expect("a day")),
                source: Set(BenchmarkSource::Tested),
                created_at: Set(world.now()),
                updated_at: Set(world.now()),
                ..Default::default()
            }).await;
        }
        let id = composed(&ines, "Lift", json!([{ "step": { "kind": "STRENGTH", "length": { "repetitions": { "sets": 3, "repsMin": 5 } },
            "target": { "percentOneRepMax": { "lift": "SQUAT", "minPercent": 75, "maxPercent": 80 } } } }])).await;
        let text = "query($id: ID!, $ana: ID!, $bea: ID!) { workout(id: $id) { steps { ... on WorkoutStep { \
            now: resolvedTarget(athleteId: $ana) { minLoadKg maxLoadKg missing onDate basis { value } } \
            then: resolvedTarget(athleteId: $ana, on: \"2026-02-01\") { minLoadKg onDate } \
            lacking: resolvedTarget(athleteId: $bea) { minLoadKg missing } } } } }";
        let variables = json!({ "id": id, "ana": ana.id.global(), "bea": bea.id.global() });
        let answer = ines.query(text, variables).await;
        assert_eq!(answer.get("workout.steps.0"), &json!({
            "now": { "minLoadKg": 90.0, "maxLoadKg": 96.0, "missing": [], "onDate": "2026-03-02", "basis": [{ "value": 120.0 }] },
            "then": { "minLoadKg": 75.0, "onDate": "2026-02-01" },
            "lacking": { "minLoadKg": null, "missing": ["ONE_REP_MAX"] } }));
    }

    async fn what_is_used_is_put_away_and_not_deleted(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let used = program.workout("Used").await;
        program.team("Varsity").await.season("Autumn").await.practice("Practice").await.add(&used, true).await;
        let refused = ines.change("workoutDelete", json!({ "id": used.id.global() }), "deletedWorkoutId").await;
        assert_eq!(refused.mistakes(), ["IN_USE at input.id"]);
        let nested = json!([{ "repeat": { "count": 2, "elements": [{ "repeat": { "count": 2, "elements": easy() } }] } }]);
        let id = composed(&ines, "Unused", nested).await;
        ines.change("workoutUpdate", json!({ "id": id, "steps": easy(), "description": "Easy." }), "workout { id }").await.ok();
        let list = "query($id: ID!, $all: Boolean!) { program(id: $id) { workouts(filter: { includeArchived: $all }, \
            orderBy: { field: TITLE, direction: ASC }) { totalCount nodes { title usageCount archivedAt } } } }";
        ines.change("workoutArchive", json!({ "id": used.id.global() }), "workout { id }").await.ok();
        let asked = |all: bool| json!({ "id": program.id.global(), "all": all });
        let answer = ines.query(list, asked(false)).await;
        assert_eq!(answer.each("program.workouts.nodes", "title"), ["Unused"]);
        let answer = ines.query(list, asked(true)).await;
        assert_eq!(answer.each("program.workouts.nodes", "usageCount"), [0, 1]);
        assert_eq!(answer.get("program.workouts.totalCount"), 2);
        ines.change("workoutArchive", json!({ "id": used.id.global(), "archived": false }), "workout { id }").await.ok();
        let answer = ines.query(list, asked(false)).await;
        assert_eq!(answer.get("program.workouts.totalCount"), 2);

        let deleted = ines.change("workoutDelete", json!({ "id": id }), "deletedWorkoutId").await;
        assert_eq!(deleted.text("deletedWorkoutId"), id);
        let left = (world.count::<workout::Entity>().await, world.count::<workout_revision::Entity>().await,
            world.count::<workout_element::Entity>().await);
        assert_eq!(left, (1, 1, 3), "the other workout keeps its three elements");
    }

    async fn workouts_are_found_by_what_they_are(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        for (title, tags) in [("Hills", json!(["hard", "hill"])), ("Track 400s", json!(["hard"])), ("100% easy", json!([]))] {
            let mut input = plain(&program, title, easy());
            input["tags"] = tags;
            ines.change("workoutCreate", input, "workout { id }").await.ok();
        }
        program.workout("Nobody's").await;
        let text = "query($id: ID!, $filter: WorkoutFilter!) { program(id: $id) { workouts(filter: $filter, \
            orderBy: { field: TITLE, direction: ASC }) { nodes { title } } } }";
        for (filter, titles) in [
            (json!({ "tags": ["hard"] }), vec!["Hills", "Track 400s"]),
            (json!({ "tags": ["hill", "hard"] }), vec!["Hills"]),
            (json!({ "search": "0%" }), vec!["100% easy"]),
            (json!({ "search": "TRACK" }), vec!["Track 400s"]),
            (json!({ "authorIds": [ines.id.global()], "types": ["EASY", "LONG"] }), vec!["100% easy", "Hills", "Track 400s"]),
            (json!({ "categories": ["GYM"] }), vec![]),
            (json!({ "difficulties": ["ELITE"], "sports": ["RUNNING"] }), vec![]),
            (json!({ "updatedAt": { "before": "2026-01-01T00:00:00Z" } }), vec![]),
        ] {
            let answer = ines.query(text, json!({ "id": program.id.global(), "filter": filter })).await;
            assert_eq!(answer.each("program.workouts.nodes", "title"), titles, "{filter}");
        }
    }
}
