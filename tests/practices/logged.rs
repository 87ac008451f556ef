//! What is logged in a practice's session: step by step, and taken back.
use super::campus::*;
use crate::support::*;
use sea_orm::ConnectionTrait;
use serde_json::Value;

both! {
    async fn splits_and_sets_name_the_steps_that_they_fulfil(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        let workout = campus.six_by_one().await;
        let other = campus.lift().await;
        campus.assign(&practice, &workout, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let id = campus.sessions(&ana_signs_in, &ana).await.remove(0)["id"].clone();
        let (kilometre, squat) = (&workout.tree[1]["elements"][0]["id"], &workout.tree[2]["id"]);
        let log = |step: &Value| json!({ "id": id, "actual": {
            "splits": [{ "index": 0, "stepId": step, "repetition": 1, "durationSeconds": 201.4, "restSeconds": 60 }],
            "sets": [{ "stepId": squat, "set": 1, "reps": 5, "loadKg": 80.0, "repsInReserve": 2 }] } });
        let selection = "trainingSession { actual { splits { step { id } repetition } sets { step { id } reps loadKg repsInReserve } } }";
        for foreign in [&other.tree[0]["id"], &workout.tree[1]["id"]] {
            let refused = ana_signs_in.change("trainingSessionComplete", log(foreign), selection).await;
            assert_eq!(refused.mistakes(), ["NOT_FOUND at input.actual.splits.0.stepId"]);
        }
        let made = ana_signs_in.change("trainingSessionComplete", log(kilometre), selection).await;
        assert_eq!(made.get("trainingSession.actual"), &json!({
            "splits": [{ "step": { "id": kilometre }, "repetition": 1 }],
            "sets": [{ "step": { "id": squat }, "reps": 5, "loadKg": 80.0, "repsInReserve": 2 }] }));
    }

    async fn a_log_taken_back_follows_the_practice_again(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let logged = campus.logs(&ana_signs_in, &ana, 9000).await;
        let moved = json!({ "id": practice, "startsAt": "2026-03-06T16:00:00Z", "endsAt": "2026-03-06T18:00:00Z" });
        campus.coach.change("practiceSessionUpdate", moved, "practiceSession { id }").await.ok();
        assert_eq!(campus.sessions(&ana_signs_in, &ana).await, std::slice::from_ref(&logged), "what she logged stays");
        let reopen = json!({ "id": logged["id"] });
        let reopened = ana_signs_in.change("trainingSessionReopen", reopen, "trainingSession { status date actual { distanceMeters } }").await;
        assert_eq!(reopened.get("trainingSession"), &json!({ "status": "SCHEDULED", "date": "2026-03-06", "actual": { "distanceMeters": null } }));
        let deleted = campus.coach.change("trainingSessionDelete", json!({ "id": logged["id"] }), "deletedTrainingSessionId").await;
        assert_eq!(deleted.mistakes(), ["INVALID_STATE at input.id"]);
        let edited = campus.coach.change("trainingSessionUpdate", json!({ "id": logged["id"], "title": "Mine" }), "trainingSession { id }").await;
        assert_eq!(edited.mistakes(), ["INVALID_STATE at input.id"]);
    }
    async fn a_log_takes_few_statements(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
        let (bo, bo_signs_in, _) = campus.runner("Bo", &[&campus.distance]).await;
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let prescribed = campus.sessions(&bo_signs_in, &bo).await.remove(0)["prescription"].clone();
        // The steps of the workout are known from here on.
        campus.logs(&ana_signs_in, &ana, 9000).await;
        let session = campus.sessions(&bo_signs_in, &bo).await.remove(0);
        let log = json!({ "id": session["id"], "actual": { "distanceMeters": 9000, "durationSeconds": 3000, "rpe": 7 } });
        let mut statements = Vec::new();
        for _ in 0..2 {
            let logged = bo_signs_in.change("trainingSessionComplete", log.clone(), "trainingSession { id status actual { rpe } }").await;
            assert_eq!(logged.text("trainingSession.status"), "COMPLETED");
            statements.push(logged.answer.statements);
        }
        // SQLite is sent the prescription and the change feed's row one by one.
        assert_eq!(statements, match world.kind {
            Kind::Sqlite => [7, 6],
            Kind::Postgres => [5, 5],
        });
        assert_eq!(campus.sessions(&bo_signs_in, &bo).await[0]["prescription"], prescribed);
    }
}

async fn a_log_freezes_the_targets_among_columns_of_a_later_version(world: World) {
    let campus = Campus::of(&world).await;
    let (ana, ana_signs_in, _) = campus.runner("Ana", &[&campus.distance]).await;
    let practice = campus.practice().await;
    campus
        .assign(&practice, &campus.six_by_one().await, &[&campus.distance])
        .await;
    campus.publish(&practice).await;
    let pace = json!([{ "athleteId": ana.id.global(), "kind": "THRESHOLD_PACE", "value": 240.0, "effectiveFrom": "2026-01-01" }]);
    campus
        .coach
        .change("benchmarksSave", json!({ "items": pace }), "benchmarks { id }")
        .await
        .ok();
    let prescribed = campus.sessions(&ana_signs_in, &ana).await[0]["prescription"].clone();
    assert_eq!(prescribed[1]["resolved"]["fastestPaceSecondsPerKm"], json!(240.0));
    // Whoever updates migrates first and replaces the servers afterwards; not so on SQLite, which nobody migrates while it
    // is open.
    for table in [
        "athlete",
        "athlete_training_session",
        "athlete_training_session_detail",
        "benchmark",
    ] {
        for column in ["later text", "filled text NOT NULL DEFAULT 'so'"] {
            let added = world
                .raw
                .execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN {column}"))
                .await;
            added.expect("a column of a later version");
        }
    }
    let logged = campus.logs(&ana_signs_in, &ana, 9_000).await;
    assert_eq!(logged["prescription"], prescribed);
}

#[test]
fn a_log_freezes_the_targets_among_columns_of_a_later_version_on_postgres() {
    database::run(
        Kind::Postgres,
        a_log_freezes_the_targets_among_columns_of_a_later_version,
    );
}
