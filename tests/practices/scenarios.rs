use super::campus::*;
use crate::support::*;
use chrono::Duration;
use serde_json::Value;

fn distances(session: &Value) -> Vec<f64> {
    let steps = session["prescription"].as_array().expect("a prescription");
    steps
        .iter()
        .filter_map(|step| step["length"]["distanceMeters"].as_f64())
        .collect()
}

both! {
    async fn two_athletes_in_both_groups_get_one_run_and_one_lift_each(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana Both", &[&campus.distance, &campus.middle]).await;
        let (bea, bea_signs_in, _) = campus.runner("Bea Both", &[&campus.distance, &campus.middle]).await;
        let (cleo, cleo_signs_in, _) = campus.runner("Cleo Middle", &[&campus.middle]).await;
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance, &campus.middle]).await;
        campus.assign(&practice, &campus.lift().await, &[&campus.distance]).await;
        assert_eq!(campus.sessions(&ana_signs_in, &ana).await.len(), 0, "a draft makes no session");
        assert_eq!(campus.publish(&practice).await, (5, 0, 0));
        assert_eq!(campus.publish(&practice).await, (0, 0, 0), "publishing again makes nothing");
        for (member, athlete, number) in [(&ana_signs_in, &ana, 2), (&bea_signs_in, &bea, 2), (&cleo_signs_in, &cleo, 1)] {
            let sessions = campus.sessions(member, athlete).await;
            assert_eq!(sessions.len(), number);
            assert!(sessions.iter().all(|session| session["status"] == "SCHEDULED"));
        }
        let run = campus.sessions(&ana_signs_in, &ana).await.into_iter().find(|session| session["title"] == "6 x 1 km");
        assert_eq!(run.expect("a run")["eventGroups"].as_array().map(Vec::len), Some(2), "through both groups");
    }

    async fn six_kilometres_become_four_of_800_m_for_one(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let (bea, bea_signs_in, _) = campus.runner("Bea", &[&campus.distance]).await;
        let practice = campus.practice().await;
        let workout = campus.six_by_one().await;
        let assigned = campus.assign(&practice, &workout, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let before = campus.sessions(&bea_signs_in, &bea).await;
        let overrides = json!([
            { "elementId": workout.tree[1]["id"], "count": 4 },
            { "elementId": workout.tree[1]["elements"][0]["id"], "length": { "distanceMeters": 800.0 } }
        ]);
        let input = json!({ "practiceSessionWorkoutId": assigned, "athleteId": ana.id.global(), "stepOverrides": overrides,
            "reasonCategory": "RETURN_TO_TRAINING", "privateReason": "Calf strain" });
        let made = campus.coach.change("practiceAssignmentOverride", input, "practiceAssignment { kind prescription { key } }").await;
        assert_eq!(made.text("practiceAssignment.kind"), "MODIFIED");
        let hers = campus.sessions(&ana_signs_in, &ana).await.remove(0);
        assert_eq!(distances(&hers), [800.0; 4]);
        assert_eq!(hers["plannedMeters"]["distanceMeters"].as_i64(), before[0]["plannedMeters"]["distanceMeters"].as_i64().map(|all| all - 2800));
        assert_eq!(campus.sessions(&bea_signs_in, &bea).await, before, "the others are untouched");
        let reset = json!({ "id": made_assignment(&campus, &practice, &ana).await });
        campus.coach.change("practiceAssignmentReset", reset, "practiceAssignment { kind }").await.ok();
        assert_eq!(distances(&campus.sessions(&ana_signs_in, &ana).await[0]), [1000.0; 6]);
    }

    async fn an_edit_moves_nine_and_leaves_the_three_who_logged(world: World) {
        let campus = Campus::of(&world).await;
        let mut runners = Vec::new();
        for number in 0..12 {
            runners.push(campus.runner(&format!("Runner {number}"), &[&campus.distance]).await);
        }
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        assert_eq!(campus.publish(&practice).await, (12, 0, 0));
        let mut logged = Vec::new();
        for (athlete, member, _) in &runners[..3] {
            logged.push(campus.logs(member, athlete, 9_000).await);
        }
        world.pass(Duration::hours(1));
        let input = json!({ "id": practice, "startsAt": "2026-03-05T16:00:00Z" });
        campus.coach.change("practiceSessionUpdate", input, "practiceSession { date endsAt }").await.ok();
        for (place, (athlete, member, _)) in runners.iter().enumerate() {
            let session = campus.sessions(member, athlete).await.remove(0);
            match logged.get(place) {
                Some(before) => assert_eq!(session.to_string(), before.to_string(), "byte for byte"),
                None => assert_eq!(session["date"], "2026-03-05"),
            }
        }
    }

    async fn a_storm_calls_practice_off_and_one_ran_anyway(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let (bea, bea_signs_in, _) = campus.runner("Bea", &[&campus.distance]).await;
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let input = json!({ "id": practice, "reason": "Thunderstorm" });
        let made = campus.coach.change("practiceSessionCancel", input, "practiceSession { status cancellationReason }").await;
        assert_eq!(made.text("practiceSession.status"), "CANCELLED");
        let again = campus.coach.change("practiceSessionPublish", json!({ "id": practice }), "createdTrainingSessionCount").await;
        assert_eq!(again.mistakes(), ["INVALID_STATE at input.id"]);
        assert_eq!(campus.sessions(&ana_signs_in, &ana).await[0]["status"], "CANCELLED");
        assert_eq!(campus.logs(&ana_signs_in, &ana, 9_000).await["status"], "COMPLETED");
        let input = json!({ "id": practice, "startsAt": "2026-03-06T16:00:00Z", "asMakeup": true });
        let made = campus.coach.change("practiceSessionDuplicate", input, "practiceSession { id makeupFor { id } }").await;
        assert_eq!(made.text("practiceSession.makeupFor.id"), practice);
        let makeup = made.text("practiceSession.id").to_owned();
        assert_eq!(campus.publish(&makeup).await, (2, 0, 0));
        campus.coach.change("practiceSessionReinstate", json!({ "id": practice }), "practiceSession { id }").await.ok();
        campus.coach.change("practiceSessionCancel", json!({ "id": practice }), "practiceSession { id }").await.ok();
        world.pass(Duration::days(14));
        let statuses: Vec<Value> = campus.sessions(&bea_signs_in, &bea).await.iter().map(|row| row["status"].clone()).collect();
        assert_eq!(statuses, ["CANCELLED", "MISSED"], "the make-up was due");
        let text = "query($id: ID!) { program(id: $id) { compliance(range: { from: \"2026-03-01\", to: \"2026-03-31\" }) \
            { completed missed cancelled completionPercent } } }";
        let report = campus.coach.query(text, json!({ "id": campus.program.id.global() })).await;
        let report = report.get("program.compliance");
        assert_eq!(report["missed"], 2, "both missed the make-up");
        assert_eq!(report["completionPercent"].as_f64().map(|percent| percent < 50.0), Some(true));
    }

    async fn a_group_change_moves_what_is_to_come_and_keeps_what_was_logged(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, entry) = campus.runner("Ana", &[&campus.distance]).await;
        let (bea, bea_signs_in, _) = campus.runner("Bea", &[&campus.distance]).await;
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.assign(&practice, &campus.lift().await, &[&campus.middle]).await;
        campus.publish(&practice).await;
        let titles = |sessions: Vec<Value>| sessions.iter().map(|row| row["title"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        assert_eq!(titles(campus.sessions(&ana_signs_in, &ana).await), ["6 x 1 km"]);
        let input = json!({ "id": entry.id.global(), "eventGroupIds": [campus.middle.id.global()] });
        campus.coach.change("rosterEntryUpdate", input, "rosterEntry { id }").await.ok();
        assert_eq!(titles(campus.sessions(&ana_signs_in, &ana).await), ["Lift"]);
        campus.logs(&bea_signs_in, &bea, 9_000).await;
        let walk_on = campus.program.athlete("Walk On").await;
        let input = json!({ "teamSeasonId": campus.season.id.global(), "athleteIds": [walk_on.id.global()], "eventGroupIds": [campus.distance.id.global()] });
        campus.coach.change("rosterEntriesAdd", input, "rosterEntries { id }").await.ok();
        let walk_on_signs_in = walk_on.signs_in("Walk On").await;
        assert_eq!(titles(campus.sessions(&walk_on_signs_in, &walk_on).await), ["6 x 1 km"]);
        assert_eq!(campus.publish(&practice).await, (0, 0, 0), "everything was in line");
    }

    async fn paces_and_loads_come_from_the_benchmarks_of_the_day(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        let input = json!({ "id": practice });
        let made = campus.coach.change("practiceSessionPublish", input, "warnings { code message athlete { id } }").await;
        assert_eq!(made.text("warnings.0.code"), "MISSING_BENCHMARK");
        let resolved = |session: &Value, step: usize| session["prescription"][step]["resolved"].clone();
        let session = campus.sessions(&ana_signs_in, &ana).await.remove(0);
        assert_eq!(resolved(&session, 1)["missing"], json!(["REFERENCE_PACE"]));
        assert_eq!(resolved(&session, 7)["missing"], json!(["ONE_REP_MAX"]));
        let item = |kind: &str, value: f64, from: &str| json!({ "athleteId": ana.id.global(), "kind": kind, "value": value, "effectiveFrom": from,
            "lift": if kind == "ONE_REP_MAX" { json!("SQUAT") } else { Value::Null } });
        let items = json!([item("THRESHOLD_PACE", 240.0, "2026-01-01"), item("THRESHOLD_PACE", 230.0, "2026-03-20"), item("ONE_REP_MAX", 100.0, "2026-01-01")]);
        campus.coach.change("benchmarksSave", json!({ "items": items }), "benchmarks { id }").await.ok();
        let session = campus.sessions(&ana_signs_in, &ana).await.remove(0);
        assert_eq!(resolved(&session, 1)["fastestPaceSecondsPerKm"], json!(240.0), "what was in force on the day");
        assert_eq!(resolved(&session, 7)["minLoadKg"], json!(75.0));
        let logged = campus.logs(&ana_signs_in, &ana, 9_000).await;
        let items = json!([item("THRESHOLD_PACE", 200.0, "2026-02-01")]);
        campus.coach.change("benchmarksSave", json!({ "items": items }), "benchmarks { id }").await.ok();
        assert_eq!(campus.sessions(&ana_signs_in, &ana).await[0].to_string(), logged.to_string(), "backdated, and too late");
    }

    async fn nothing_of_another_program_is_known(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, _, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        let workout = campus.six_by_one().await;
        let assigned = campus.assign(&practice, &workout, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let elsewhere = world.program("Hillside").await;
        let stranger = elsewhere.owner("Otto Elsewhere").await;
        for id in [&practice, &assigned, &workout.id, &ana.id.global(), &campus.season.id.global(), &campus.program.id.global()] {
            let answer = stranger.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(answer.get("node"), &Value::Null);
        }
        let input = json!({ "practiceSessionWorkoutId": assigned, "athleteId": ana.id.global(), "reasonCategory": "OTHER" });
        let refused = stranger.change("practiceAssignmentExcuse", input, "practiceAssignment { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.practiceSessionWorkoutId", "NOT_FOUND at input.athleteId"]);
        let refused = stranger.change("practiceSessionPublish", json!({ "id": practice }), "createdTrainingSessionCount").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.id"]);
    }
}

async fn made_assignment(campus: &Campus, practice: &str, athlete: &Athlete) -> Value {
    let text = "query($id: ID!, $athletes: [ID!]) { practiceSession(id: $id) { assignments(filter: { athleteIds: $athletes }) { nodes { id } } } }";
    let answer = campus
        .coach
        .query(text, json!({ "id": practice, "athletes": [athlete.id.global()] }))
        .await;
    answer.get("practiceSession.assignments.nodes.0.id").clone()
}
