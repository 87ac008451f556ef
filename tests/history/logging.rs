//! Planning, logging, correcting and taking back.
use super::{assigned, day};
use crate::support::*;
use chrono::Duration;
use entity::{
    athlete_training_session as session, athlete_training_session_detail as detail, change_event,
    enums::ChangeOperation, idempotency_record,
};
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::Value;

const SESSION: &str = "trainingSession { id version status date scheduledDate scheduledTime startsAt completedAt title sport source \
    teamSeason { id } viewerCanUpdate viewerCanDelete viewerCanLog complianceScore complianceBand coachFeedback externalId \
    planned { description distanceMeters durationSeconds rpe } \
    actual { description distanceMeters durationSeconds rpe sessionLoad sessionLoadMethod metrics recordedBy { id } recordedAt \
      splits { index durationSeconds restSeconds } sets { set reps loadKg exercise { id } } } }";

fn global(id: uuid::Uuid) -> String {
    fieldhouse::node::global::<session::Entity>(id).0
}

struct Squad {
    program: Program,
    coach: Member,
    season: Season,
    mia: Athlete,
    mia_signs_in: Member,
}

impl Squad {
    async fn of(world: &World) -> Self {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let season = program.team("Track").await.season("Spring").await;
        let mia = program.athlete("Mia Novak").await;
        season.enter(&mia).await;
        let mia_signs_in = mia.signs_in("Mia Novak").await;
        Self {
            program,
            coach,
            season,
            mia,
            mia_signs_in,
        }
    }
}

/// Has the database refuse whatever is written to the wide sides of sessions.
async fn refuse_details(world: &World) {
    let refuse: &[&str] = match world.kind {
        Kind::Sqlite => &[
            "CREATE TRIGGER refuse_insert BEFORE INSERT ON athlete_training_session_detail BEGIN SELECT RAISE(ABORT, 'written'); END",
            "CREATE TRIGGER refuse_update BEFORE UPDATE ON athlete_training_session_detail BEGIN SELECT RAISE(ABORT, 'written'); END",
        ],
        Kind::Postgres => &[
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'written'; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON athlete_training_session_detail FOR EACH ROW EXECUTE FUNCTION refuse()",
        ],
    };
    for sql in refuse {
        world.raw.execute_unprepared(sql).await.expect("the table is guarded");
    }
}

both! {
    async fn an_athlete_logs_a_run_of_her_own(world: World) {
        let Squad { season, mia, mia_signs_in, .. } = Squad::of(&world).await;
        let input = json!({ "athleteId": mia.id.global(), "workoutCategory": "RUN", "completedAt": "2026-03-02T05:30:00Z",
            "planned": { "durationSeconds": 3000 }, "idempotencyKey": "once",
            "actual": { "distanceMeters": 10000, "durationSeconds": 3000, "rpe": 6, "description": "Windy",
                "metrics": { "cadence": 180 }, "splits": [{ "index": 1, "durationSeconds": 300.5 }, { "index": 0, "durationSeconds": 299.0, "restSeconds": 60 }] } });
        let made = mia_signs_in.change("trainingSessionCreate", input.clone(), SESSION).await;
        assert_eq!(made.text("trainingSession.status"), "COMPLETED");
        assert_eq!(made.text("trainingSession.date"), "2026-03-01", "the day in Denver");
        assert_eq!(made.text("trainingSession.title"), "Run");
        assert_eq!(made.text("trainingSession.sport"), "RUNNING");
        assert_eq!(made.text("trainingSession.source"), "SELF_ASSIGNED");
        assert_eq!(made.get("trainingSession.version"), &json!(1));
        assert_eq!(made.text("trainingSession.teamSeason.id"), season.id.global());
        assert_eq!(made.get("trainingSession.actual.sessionLoad"), &json!(300.0));
        assert_eq!(made.text("trainingSession.actual.sessionLoadMethod"), "SESSION_RPE");
        assert_eq!(made.get("trainingSession.actual.splits.0.durationSeconds"), &json!(299.0), "in order");
        assert_eq!(made.get("trainingSession.actual.metrics"), &json!({ "cadence": 180 }));
        assert_eq!(made.text("trainingSession.complianceBand"), "WITHIN");
        assert_eq!(made.get("trainingSession.complianceScore"), &json!(100.0));
        assert_eq!(made.get("trainingSession.scheduledDate"), &Value::Null);
        let again = mia_signs_in.change("trainingSessionCreate", input, SESSION).await;
        assert_eq!(again.text("trainingSession.id"), made.text("trainingSession.id"));
        assert_eq!(world.count::<session::Entity>().await, 1);
        let input = json!({ "id": made.text("trainingSession.id"), "expectedVersion": 1, "actual": { "sessionLoad": 321.5, "splits": [] } });
        let changed = mia_signs_in.change("trainingSessionUpdate", input, SESSION).await;
        assert_eq!(changed.text("trainingSession.actual.sessionLoadMethod"), "MANUAL");
        assert_eq!(changed.get("trainingSession.actual.distanceMeters"), &json!(10000), "what is omitted stays");
        assert_eq!(changed.get("trainingSession.actual.splits"), &json!([]));
        assert_eq!(changed.get("trainingSession.version"), &json!(2));
        let input = json!({ "id": made.text("trainingSession.id"), "actual": { "sessionLoad": null } });
        let changed = mia_signs_in.change("trainingSessionUpdate", input, SESSION).await;
        assert_eq!(changed.get("trainingSession.actual.sessionLoad"), &json!(300.0), "derived again");
    }

    async fn a_plan_is_moved_done_reopened_and_deleted(world: World) {
        let Squad { mia, mia_signs_in, coach, .. } = Squad::of(&world).await;
        let input = json!({ "athleteId": mia.id.global(), "workoutCategory": "GYM", "scheduledDate": "2026-03-05", "scheduledTime": "16:30",
            "title": "Squats", "planned": { "description": "Heavy", "durationSeconds": 3600, "rpe": 8 }, "externalId": "x-1" });
        let made = coach.change("trainingSessionCreate", input.clone(), SESSION).await;
        let id = made.text("trainingSession.id").to_owned();
        assert_eq!(made.text("trainingSession.status"), "SCHEDULED");
        assert_eq!(made.text("trainingSession.startsAt"), "2026-03-05T23:30:00+00:00");
        assert_eq!(made.text("trainingSession.planned.description"), "Heavy");
        assert_eq!(made.get("trainingSession.actual.recordedBy"), &Value::Null);
        assert_eq!(made.get("trainingSession.complianceBand"), &Value::Null);
        assert_eq!(coach.change("trainingSessionCreate", input, SESSION).await.mistakes(), ["EXTERNAL_ID_TAKEN at input.externalId"]);
        let input = json!({ "id": id, "scheduledDate": "2026-03-06", "scheduledTime": null, "title": null, "planned": { "rpe": null } });
        let moved = mia_signs_in.change("trainingSessionUpdate", input, SESSION).await;
        assert_eq!(moved.text("trainingSession.date"), "2026-03-06");
        assert_eq!(moved.text("trainingSession.title"), "Gym session");
        assert_eq!(moved.get("trainingSession.startsAt"), &Value::Null);
        assert_eq!(moved.get("trainingSession.planned"), &json!({ "description": "Heavy", "distanceMeters": null, "durationSeconds": 3600, "rpe": null }));
        let ask = json!({ "id": id, "actual": { "rpe": 5 } });
        assert_eq!(mia_signs_in.change("trainingSessionUpdate", ask, SESSION).await.mistakes(), ["INVALID_STATE at input.actual"]);
        let ask = json!({ "id": id, "scheduledDate": null });
        assert_eq!(mia_signs_in.change("trainingSessionUpdate", ask, SESSION).await.mistakes(), ["BLANK at input.scheduledDate"]);
        let done = json!({ "id": id, "outcome": "PARTIAL", "actual": { "durationSeconds": 1800, "rpe": 7 } });
        let done = mia_signs_in.change("trainingSessionComplete", done, SESSION).await;
        assert_eq!(done.text("trainingSession.status"), "PARTIAL");
        assert_eq!(done.text("trainingSession.date"), "2026-03-06", "the planned day counts");
        assert_eq!(done.text("trainingSession.complianceBand"), "NEAR");
        let skipped = json!({ "id": id, "outcome": "SKIPPED", "actual": { "description": "Sick" } });
        let skipped = mia_signs_in.change("trainingSessionComplete", skipped, SESSION).await;
        assert_eq!(skipped.get("trainingSession.actual.durationSeconds"), &Value::Null);
        assert_eq!(skipped.get("trainingSession.actual.sessionLoad"), &Value::Null);
        let wrong = json!({ "id": id, "outcome": "SKIPPED", "completedAt": "2027-01-01T00:00:00Z", "actual": { "rpe": 11 } });
        let wrong = mia_signs_in.change("trainingSessionComplete", wrong, SESSION).await;
        assert_eq!(wrong.mistakes(), ["OUT_OF_RANGE at input.completedAt", "OUT_OF_RANGE at input.actual.rpe", "INVALID at input.actual"]);
        let reopened = mia_signs_in.change("trainingSessionReopen", json!({ "id": id }), SESSION).await;
        assert_eq!(reopened.text("trainingSession.status"), "SCHEDULED");
        assert_eq!(reopened.get("trainingSession.actual.description"), &Value::Null);
        assert_eq!(reopened.text("trainingSession.planned.description"), "Heavy");
        assert_eq!(mia_signs_in.change("trainingSessionReopen", json!({ "id": id }), SESSION).await.mistakes(), ["INVALID_STATE at input.id"]);
        world.pass(Duration::days(7));
        let shown = mia_signs_in.query("query($id: ID!) { trainingSession(id: $id) { status } }", json!({ "id": id })).await;
        assert_eq!(shown.text("trainingSession.status"), "MISSED");
        mia_signs_in.change("trainingSessionDelete", json!({ "id": id }), "deletedTrainingSessionId").await.ok();
        assert_eq!(world.count::<session::Entity>().await + world.count::<detail::Entity>().await, 0);
        assert_eq!(world.count::<change_event::Entity>().await, 6, "each change is in the feed");
    }

    async fn the_athlete_logs_what_the_coach_plans_and_no_more(world: World) {
        let Squad { program, coach, season, mia, mia_signs_in } = Squad::of(&world).await;
        let row = world.insert(assigned(&season, &mia, day(3, 2))).await;
        let id = global(row.id);
        let other = program.athlete("Zoe Other").await.signs_in("Zoe Other").await;
        for (client, mutation, input, mistakes) in [
            (&mia_signs_in, "trainingSessionUpdate", json!({ "id": id, "title": "Mine" }), "NOT_ALLOWED at input.id"),
            (&mia_signs_in, "trainingSessionUpdate", json!({ "id": id, "coachFeedback": "Good" }), "NOT_ALLOWED at input.id"),
            (&other, "trainingSessionComplete", json!({ "id": id }), "NOT_FOUND at input.id"),
        ] {
            assert_eq!(client.change(mutation, input, "trainingSession { id }").await.mistakes(), [mistakes]);
        }
        assert_eq!(mia_signs_in.change("trainingSessionDelete", json!({ "id": id }), "deletedTrainingSessionId").await.mistakes(), ["NOT_ALLOWED at input.id"]);
        coach.change("trainingSessionUpdate", json!({ "id": id, "expectedVersion": 1, "planned": { "distanceMeters": 8000 }, "coachFeedback": "Easy" }), SESSION).await.ok();
        // She read version 1; a changed plan is no conflict.
        let done = mia_signs_in.change("trainingSessionComplete", json!({ "id": id, "expectedVersion": 1, "actual": { "distanceMeters": 8100 } }), SESSION).await;
        assert_eq!(done.text("trainingSession.coachFeedback"), "Easy");
        assert_eq!(done.text("trainingSession.actual.recordedBy.id"), mia_signs_in.user.global());
        let stale = coach.change("trainingSessionComplete", json!({ "id": id, "expectedVersion": 1 }), SESSION).await;
        assert_eq!(stale.mistakes(), ["VERSION_CONFLICT at input.expectedVersion"]);
        let fresh = coach.change("trainingSessionComplete", json!({ "id": id, "expectedVersion": 3 }), SESSION).await;
        assert_eq!(fresh.get("trainingSession.actual.distanceMeters"), &json!(8100));
    }

    async fn cancelled_and_excused_sessions_may_still_be_logged(world: World) {
        let Squad { season, mia, mia_signs_in, .. } = Squad::of(&world).await;
        for row in [
            session::ActiveModel { cancelled_at: Set(Some(world.now())), ..assigned(&season, &mia, day(3, 2)) },
            session::ActiveModel { excused_at: Set(Some(world.now())), ..assigned(&season, &mia, day(3, 2)) },
        ] {
            let row = world.insert(row).await;
            let done = mia_signs_in.change("trainingSessionComplete", json!({ "id": global(row.id) }), SESSION).await;
            assert_eq!(done.text("trainingSession.status"), "COMPLETED");
            assert_eq!(done.get("trainingSession.complianceScore"), &Value::Null);
        }
    }

    async fn a_queue_is_stored_but_for_what_is_wrong(world: World) {
        let Squad { season, mia, mia_signs_in, program, .. } = Squad::of(&world).await;
        let stranger = program.athlete("Zoe Other").await;
        let mut items = Vec::new();
        for number in 0..20 {
            let row = world.insert(assigned(&season, &mia, day(3, 1))).await;
            items.push(json!({ "trainingSessionId": global(row.id), "completedAt": "2026-03-01T18:00:00Z", "actual": { "distanceMeters": 1000 * number } }));
        }
        let hidden = world.insert(assigned(&season, &stranger, day(3, 1))).await;
        items[3]["actual"]["rpe"] = json!(12);
        items[5]["trainingSessionId"] = json!(global(hidden.id));
        items[7]["trainingSessionId"] = items[6]["trainingSessionId"].clone();
        let mistakes = ["OUT_OF_RANGE at input.completions.actual.rpe[3]", "NOT_FOUND at input.completions.trainingSessionId[5]",
            "TAKEN at input.completions.trainingSessionId[7]"];
        let all = json!({ "completions": items, "errorPolicy": "REJECT_EVERYTHING" });
        let refused = mia_signs_in.change("trainingSessionBulkComplete", all, "trainingSessions { status }").await;
        assert_eq!(refused.mistakes(), mistakes);
        let some = json!({ "completions": items, "idempotencyKey": "queue" });
        for _ in 0..2 {
            let stored = mia_signs_in.change("trainingSessionBulkComplete", some.clone(), "trainingSessions { id status }").await;
            assert_eq!(stored.mistakes(), mistakes);
            let sessions = stored.answer.get("trainingSessionBulkComplete.trainingSessions");
            assert_eq!(sessions.as_array().map(Vec::len), Some(17));
            assert!(sessions.as_array().into_iter().flatten().all(|session| session["status"] == "COMPLETED"));
        }
        let versions = session::Entity::find().all(&world.raw).await.expect("rows");
        assert_eq!(versions.iter().filter(|row| row.version == 2).count(), 17, "once each");
    }

    async fn two_phones_log_at_once_and_the_version_counts_both(world: World) {
        let Squad { season, mia, mia_signs_in, coach, .. } = Squad::of(&world).await;
        let row = world.insert(assigned(&season, &mia, day(3, 2))).await;
        let input = json!({ "id": global(row.id), "expectedVersion": 1, "actual": { "rpe": 5 } });
        let (one, two) = futures_util::join!(
            mia_signs_in.change("trainingSessionComplete", input.clone(), SESSION),
            coach.change("trainingSessionComplete", input.clone(), SESSION),
        );
        let mut mistakes = [one.mistakes(), two.mistakes()].concat();
        mistakes.sort();
        assert_eq!(mistakes, ["VERSION_CONFLICT at input.expectedVersion"], "the second did not read what the first logged");
    }
    async fn a_log_leaves_alone_what_it_does_not_change(world: World) {
        let Squad { season, mia, mia_signs_in, coach, .. } = Squad::of(&world).await;
        let row = world.insert(assigned(&season, &mia, day(3, 2))).await;
        let first = json!({ "id": global(row.id), "actual": { "description": "Windy", "metrics": { "cadence": 180 },
            "sets": [{ "set": 1, "reps": 5 }] } });
        mia_signs_in.change("trainingSessionComplete", first.clone(), SESSION).await.ok();
        refuse_details(&world).await;
        let write = "UPDATE athlete_training_session_detail SET coach_feedback = 'Good'";
        world.raw.execute_unprepared(write).await.expect_err("nothing is written there");
        let amounts = json!({ "id": global(row.id), "actual": { "distanceMeters": 8000, "durationSeconds": 2400, "rpe": 5 } });
        let done = mia_signs_in.change("trainingSessionComplete", amounts.clone(), SESSION).await;
        assert_eq!(done.get("trainingSession.actual.distanceMeters"), &json!(8000));
        assert_eq!(done.text("trainingSession.actual.description"), "Windy");
        coach.change("trainingSessionComplete", first, SESSION).await.ok();
        let amended = coach.change("trainingSessionUpdate", amounts, SESSION).await;
        assert_eq!(amended.get("trainingSession.actual.metrics"), &json!({ "cadence": 180 }));
        assert_eq!(amended.get("trainingSession.version"), &json!(5));
    }

    async fn a_log_that_fails_at_its_end_is_none(world: World) {
        let Squad { season, mia, mia_signs_in, .. } = Squad::of(&world).await;
        let row = world.insert(assigned(&season, &mia, day(3, 2))).await;
        refuse_details(&world).await;
        let mutation = "mutation($input: TrainingSessionCompleteInput!) { trainingSessionComplete(input: $input) { trainingSession { version } } }";
        let input = json!({ "input": { "id": global(row.id), "actual": { "description": "Windy" }, "idempotencyKey": "once" } });
        let failed = mia_signs_in.query(mutation, input.clone()).await;
        assert_eq!(failed.codes(), ["INTERNAL"]);
        assert_eq!(session::Entity::find().all(&world.raw).await.expect("rows"), [row]);
        assert_eq!(world.count::<change_event::Entity>().await, 0);
        assert_eq!(world.count::<idempotency_record::Entity>().await, 0);

        let allow: &[&str] = match world.kind {
            Kind::Sqlite => &["DROP TRIGGER refuse_insert", "DROP TRIGGER refuse_update"],
            Kind::Postgres => &["DROP TRIGGER refuse ON athlete_training_session_detail"],
        };
        for sql in allow {
            world.raw.execute_unprepared(sql).await.expect("the table is open");
        }
        let done = mia_signs_in.query(mutation, input).await;
        assert_eq!(done.ok().get("trainingSessionComplete.trainingSession.version"), &json!(2));
    }

    async fn what_is_logged_and_said_at_once_is_all_kept(world: World) {
        let Squad { season, mia, mia_signs_in, coach, .. } = Squad::of(&world).await;
        for _ in 0..6 {
            let row = world.insert(assigned(&season, &mia, day(3, 2))).await;
            let id = global(row.id);
            let parts = [
                json!({ "description": "Windy" }),
                json!({ "metrics": { "cadence": 180 } }),
                json!({ "splits": [{ "index": 0, "durationSeconds": 300.0 }] }),
                json!({ "sets": [{ "set": 1, "reps": 5 }] }),
                json!({ "rpe": 6 }),
            ];
            let logging = join_all(parts.iter().enumerate().map(|(place, actual)| {
                let input = json!({ "id": id, "actual": actual });
                let client = if place % 2 == 0 { &mia_signs_in } else { &coach };
                async { client.change("trainingSessionComplete", input, SESSION).await.ok(); }
            }));
            let commenting = coach.change("trainingSessionUpdate", json!({ "id": id, "coachFeedback": "Good" }), SESSION);
            let (_, commented) = futures_util::join!(logging, commenting);
            commented.ok();
            let shown = mia_signs_in.query(&format!("query($id: ID!) {{ {} }}", SESSION.replacen('{', "(id: $id) {", 1)), json!({ "id": id })).await;
            let session = shown.get("trainingSession");
            assert_eq!(session["version"], 7);
            assert_eq!(session["coachFeedback"], "Good");
            let actual = &session["actual"];
            assert_eq!((&actual["description"], &actual["metrics"]["cadence"], &actual["rpe"]), (&json!("Windy"), &json!(180), &json!(6)));
            assert_eq!((&actual["splits"][0]["durationSeconds"], &actual["sets"][0]["reps"]), (&json!(300.0), &json!(5)));
        }
    }

    async fn the_change_feed_says_whose_session_was_logged(world: World) {
        let Squad { program, season, mia, mia_signs_in, .. } = Squad::of(&world).await;
        let row = world.insert(assigned(&season, &mia, day(3, 2))).await;
        mia_signs_in.change("trainingSessionComplete", json!({ "id": global(row.id) }), SESSION).await.ok();
        let told = change_event::Entity::find().all(&world.raw).await.expect("rows");
        let told: Vec<_> = told.into_iter().map(|event| change_event::Model { id: row.id, ..event }).collect();
        assert_eq!(told, [change_event::Model {
            id: row.id,
            program_id: Some(program.id.id),
            athlete_id: Some(mia.id.id),
            user_id: Some(mia_signs_in.user.id),
            node_type: "AthleteTrainingSession".to_owned(),
            node_id: row.id,
            operation: ChangeOperation::Updated,
            created_at: world.now(),
        }]);
    }
}
