//! What a change leaves alone, takes along or gives back: reasons, changed steps, logs of cancelled practices, drafts.
use super::campus::*;
use crate::support::*;
use fieldhouse::access::ApiScope;
use serde_json::Value;

const ASSIGNMENTS: &str = "query($id: ID!) { practiceSession(id: $id) { assignments(first: 10) { nodes { kind privateReason
    stepOverrides { count element { id } } prescription { key length { ... on DistanceLength { distanceMeters } } } } } } }";

async fn assignments(member: &Member, practice: &str) -> Vec<Value> {
    let answer = member.query(ASSIGNMENTS, json!({ "id": practice })).await;
    let nodes = answer.ok().get("practiceSession.assignments.nodes").as_array().cloned();
    nodes.expect("a list")
}

async fn compliance(campus: &Campus) -> Value {
    let text = "query($id: ID!) { program(id: $id) { compliance(range: { from: \"2026-03-01\", to: \"2026-03-31\" }) {
        completed cancelled excused } } }";
    let report = campus
        .coach
        .query(text, json!({ "id": campus.program.id.global() }))
        .await;
    report.get("program.compliance").clone()
}

both! {
    async fn a_private_reason_stays_with_those_who_may_not_read_it(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, _, _) = campus.runner("Ana", &[&campus.distance]).await;
        let trainer = campus.program.trainer("Tess").await;
        let practice = campus.practice().await;
        let assigned = campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        let excuse = async |more: Value| {
            let mut input = json!({ "practiceSessionWorkoutId": assigned, "athleteId": ana.id.global(), "reasonCategory": "ILLNESS" });
            input.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            campus.coach.change("practiceAssignmentExcuse", input, "practiceAssignment { privateReason }").await.ok().clone()
        };
        let told = excuse(json!({ "privateReason": "Fever" })).await;
        assert_eq!(told.get("practiceAssignment.privateReason"), &Value::Null, "who wrote it may not read it");
        excuse(json!({})).await;
        assert_eq!(assignments(&trainer, &practice).await[0]["privateReason"], "Fever");
        excuse(json!({ "privateReason": null })).await;
        assert_eq!(assignments(&trainer, &practice).await[0]["privateReason"], Value::Null);
        excuse(json!({ "privateReason": "Fever" })).await;
        let ana_signs_in = ana.signs_in("Ana at home").await;
        campus.publish(&practice).await;
        let token = |scope| ana_signs_in.api_token(scope, None);
        for (client, reason) in [(token(&[ApiScope::ReadTraining]).await, Value::Null), (token(&[ApiScope::ReadTraining, ApiScope::ReadHealth]).await, json!("Fever"))] {
            let answer = client.query(ASSIGNMENTS, json!({ "id": practice })).await;
            assert_eq!(answer.get("practiceSession.assignments.nodes.0.privateReason"), &reason);
        }
    }

    async fn what_no_day_holds_is_assigned_without_an_estimate(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana Prior", &[&campus.distance]).await;
        let elements = json!([
            { "step": { "kind": "WORK", "name": "Far", "length": { "distanceMeters": 100_000.0 } } },
            { "step": { "kind": "WORK", "name": "Long", "length": { "durationSeconds": 86_400 } } }
        ]);
        let workout = campus.compose(json!([{ "repeat": { "count": 99, "elements": elements } }]), "Round the world", "RUN").await;
        let practice = campus.practice().await;
        campus.assign(&practice, &workout, &[&campus.distance]).await;
        assert_eq!(campus.publish(&practice).await, (1, 0, 0));
        let session = campus.sessions(&ana_signs_in, &ana).await.remove(0);
        assert_eq!(session["plannedMeters"], json!({ "distanceMeters": null, "durationSeconds": null }));
    }

    async fn a_workout_that_begins_at_no_time_of_the_day_is_told(world: World) {
        let campus = Campus::of(&world).await;
        let (workout, groups) = (campus.six_by_one().await, [campus.distance.id.global()]);
        let assignment = |minutes| json!({ "workoutId": workout.id, "eventGroupIds": groups, "startOffsetMinutes": minutes });
        let input = json!({ "practiceSessionId": campus.practice().await, "assignments": [assignment(-1), assignment(0), assignment(1441)] });
        let refused = campus.coach.change("practiceSessionWorkoutsAssign", input, "practiceSessionWorkouts { id }").await;
        assert_eq!(
            refused.mistakes(),
            ["OUT_OF_RANGE at input.assignments.0.startOffsetMinutes", "OUT_OF_RANGE at input.assignments.2.startOffsetMinutes"]
        );
    }

    async fn changed_steps_follow_the_workout_or_hold_it_back(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, _, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        let workout = campus.six_by_one().await;
        let assigned = campus.assign(&practice, &workout, &[&campus.distance]).await;
        let input = json!({ "practiceSessionWorkoutId": assigned, "athleteId": ana.id.global(),
            "stepOverrides": [{ "elementId": workout.tree[1]["id"], "count": 2 }] });
        campus.coach.change("practiceAssignmentOverride", input, "practiceAssignment { id }").await.ok();
        let kilometres = |assignment: &Value| assignment["prescription"].as_array().expect("steps").iter()
            .filter(|step| step["length"]["distanceMeters"].is_number()).count();
        let save = async |steps: Value| {
            campus.coach.change("workoutUpdate", json!({ "id": workout.id, "steps": steps }), "workout { id }").await.ok();
            let input = json!({ "id": assigned, "adoptLatestWorkout": true });
            campus.coach.change("practiceSessionWorkoutUpdate", input, "practiceSessionWorkout { isOutdated }").await
        };
        let jog = json!({ "step": { "kind": "WARMUP", "length": { "durationSeconds": 600 } } });
        let repeat = json!({ "repeat": { "count": 8, "elements": [{ "step": { "kind": "WORK", "length": { "distanceMeters": 1200.0 } } }] } });
        save(json!([jog, repeat])).await.ok();
        let follows = assignments(&campus.coach, &practice).await.remove(0);
        assert_eq!((follows["kind"].clone(), kilometres(&follows)), (json!("MODIFIED"), 2), "still two for her, of the new ones");
        assert!(follows["stepOverrides"][0]["element"]["id"].is_string());
        let refused = save(json!([jog])).await;
        assert_eq!(refused.mistakes(), ["INVALID_STATE at input.adoptLatestWorkout"]);
        assert_eq!(assignments(&campus.coach, &practice).await[0], follows);
        let input = json!({ "id": assigned, "workoutId": campus.lift().await.id });
        let refused = campus.coach.change("practiceSessionWorkoutUpdate", input, "practiceSessionWorkout { id }").await;
        assert_eq!(refused.mistakes(), ["INVALID_STATE at input.workoutId"]);
    }

    async fn a_log_counts_again_once_the_coach_takes_back(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        let assigned = campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.publish(&practice).await;
        campus.coach.change("practiceSessionCancel", json!({ "id": practice }), "practiceSession { id }").await.ok();
        let logged = campus.logs(&ana_signs_in, &ana, 9_000).await;
        assert_eq!(compliance(&campus).await, json!({ "completed": 0, "cancelled": 1, "excused": 0 }));
        campus.coach.change("practiceSessionReinstate", json!({ "id": practice }), "practiceSession { id }").await.ok();
        assert_eq!(compliance(&campus).await, json!({ "completed": 1, "cancelled": 0, "excused": 0 }));
        let stays = |session: Value| (session["actual"].clone(), session["version"].clone(), session["completedAt"].clone());
        assert_eq!(stays(campus.sessions(&ana_signs_in, &ana).await.remove(0)), stays(logged));
        let next = campus.practice_at("2026-03-05T16:00:00Z", "2026-03-05T18:00:00Z").await;
        let assigned_next = campus.assign(&next, &campus.lift().await, &[&campus.distance]).await;
        campus.publish(&next).await;
        let input = json!({ "practiceSessionWorkoutId": assigned_next, "athleteId": ana.id.global(), "reasonCategory": "TRAVEL" });
        let excused = campus.coach.change("practiceAssignmentExcuse", input, "practiceAssignment { id }").await;
        let lift = campus.sessions(&ana_signs_in, &ana).await.remove(1);
        let log = json!({ "id": lift["id"], "actual": { "durationSeconds": 3_000 } });
        ana_signs_in.change("trainingSessionComplete", log, "trainingSession { id }").await.ok();
        assert_eq!(compliance(&campus).await, json!({ "completed": 1, "cancelled": 0, "excused": 1 }));
        campus.coach.change("practiceAssignmentReset", json!({ "id": excused.get("practiceAssignment.id") }), "practiceAssignment { kind }").await.ok();
        assert_eq!(compliance(&campus).await, json!({ "completed": 2, "cancelled": 0, "excused": 0 }));
        assert_ne!(assigned, assigned_next);
    }

    async fn a_filter_by_group_does_not_tell_of_drafts(world: World) {
        let campus = Campus::of(&world).await;
        let (_, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        let open = campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.assign(&practice, &campus.lift().await, &[&campus.middle]).await;
        published(&campus.coach, json!({ "id": practice, "practiceSessionWorkoutIds": [open] })).await;
        let text = "query($id: ID!, $group: ID!) { program(id: $id) { practiceSessions(first: 5, filter: { eventGroupIds: [$group] }) { totalCount } } }";
        for (client, group, number) in [(&ana_signs_in, &campus.distance, 1), (&ana_signs_in, &campus.middle, 0), (&campus.coach, &campus.middle, 1)] {
            let variables = json!({ "id": campus.program.id.global(), "group": group.id.global() });
            assert_eq!(client.query(text, variables).await.get("program.practiceSessions.totalCount"), number);
        }
    }

    async fn an_assistant_reaches_neither_who_left_nor_practices_of_other_teams(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, _, entry) = campus.runner("Ana", &[&campus.distance]).await;
        let track = campus.program.team("Track").await.season("Spring").await;
        let sprints = track.group("Sprints").await;
        let assistant = campus.program.assistant("Amy").await;
        sprints.coached_by(&assistant).await;
        let there = track.enter(&ana).await;
        sprints.join(&there).await;
        let practice = campus.practice().await;
        let assigned = campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let excuse = async || {
            let input = json!({ "practiceSessionWorkoutId": assigned, "athleteId": ana.id.global(), "reasonCategory": "OTHER" });
            assistant.change("practiceAssignmentExcuse", input, "practiceAssignment { kind }").await.mistakes()
        };
        assert_eq!(excuse().await, ["NOT_ALLOWED at input.practiceSessionWorkoutId"], "it is another team's practice");
        let may = "query($id: ID!) { athlete(id: $id) { viewerCanAssign } }";
        assert_eq!(assistant.query(may, json!({ "id": ana.id.global() })).await.get("athlete.viewerCanAssign"), true);
        let leaves = json!({ "id": there.id.global(), "leftOn": "2026-02-01" });
        campus.coach.change("rosterEntryUpdate", leaves, "rosterEntry { id }").await.ok();
        assert_eq!(assistant.query(may, json!({ "id": ana.id.global() })).await.get("athlete.viewerCanAssign"), false);
        assert_ne!(entry.id.global(), there.id.global());
    }
}
