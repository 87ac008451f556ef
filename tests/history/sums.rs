//! Lists by their indexes, trends and compliance.
use super::{assigned, day};
use crate::support::*;
use chrono::Days;
use entity::{
    athlete_training_session as session, athlete_training_session_group as group,
    enums::{SessionOutcome, SessionSource},
};
use fieldhouse::scope::new_id;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde_json::Value;

async fn log(
    world: &World,
    row: session::ActiveModel,
    outcome: SessionOutcome,
    meters: i32,
    rpe: Option<i32>,
) -> session::Model {
    let row = session::ActiveModel {
        outcome: Set(Some(outcome)),
        completed_at: Set(Some(world.now())),
        recorded_at: Set(Some(world.now())),
        actual_distance_meters: Set(Some(meters)),
        actual_rpe: Set(rpe),
        ..row
    };
    world.insert(row).await
}

fn points(answer: &Answer, path: &str) -> Vec<(String, Value, i64)> {
    let list = answer.get(path).as_array().expect("points").clone();
    list.iter()
        .map(|point| {
            (
                point["periodStart"].as_str().expect("a day").to_owned(),
                point["value"].clone(),
                point["sampleCount"].as_i64().expect("a number"),
            )
        })
        .collect()
}

both! {
    async fn weeks_start_on_monday_and_empty_ones_are_points(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let season = program.team("Track").await.season("Spring").await;
        let mia = program.athlete("Mia Novak").await;
        let of = |month, date| assigned(&season, &mia, day(month, date));
        log(&world, of(2, 15), SessionOutcome::Completed, 5000, Some(4)).await;
        log(&world, of(2, 16), SessionOutcome::Completed, 6000, None).await;
        log(&world, of(2, 22), SessionOutcome::Partial, 3000, Some(7)).await;
        log(&world, of(2, 22), SessionOutcome::Skipped, 0, None).await;
        world.insert(of(2, 23)).await;
        let own = session::ActiveModel { source: Set(SessionSource::SelfAssigned), ..of(2, 28) };
        log(&world, own, SessionOutcome::Completed, 9000, Some(5)).await;
        let text = "query($id: ID!) { athlete(id: $id) {
            meters: trend(metric: DISTANCE_METERS, range: { from: \"2026-02-14\", to: \"2026-03-09\" }, bucket: WEEK) { periodStart value sampleCount }
            count: trend(metric: SESSION_COUNT, range: { from: \"2026-01-31\", to: \"2026-03-01\" }, bucket: MONTH) { periodStart value sampleCount }
            rpe: trend(metric: AVERAGE_RPE, range: { from: \"2026-02-16\", to: \"2026-02-22\" }, bucket: WEEK) { periodStart value sampleCount }
            due: trend(metric: COMPLIANCE_PERCENT, range: { from: \"2026-02-16\", to: \"2026-03-01\" }, bucket: WEEK) { periodStart value sampleCount }
            swum: trend(metric: DISTANCE_METERS, range: { from: \"2026-02-16\", to: \"2026-02-16\" }, bucket: DAY, sport: SWIMMING) { periodStart value sampleCount }
        } }";
        let answer = coach.query(text, json!({ "id": mia.id.global() })).await;
        let point = |day: &str, value: Value, count| (day.to_owned(), value, count);
        assert_eq!(points(&answer, "athlete.meters"), [
            point("2026-02-09", json!(5000.0), 1), point("2026-02-16", json!(9000.0), 2), point("2026-02-23", json!(9000.0), 1),
            point("2026-03-02", Value::Null, 0), point("2026-03-09", Value::Null, 0)]);
        assert_eq!(points(&answer, "athlete.count"), [
            point("2026-01-01", json!(0.0), 0), point("2026-02-01", json!(4.0), 4), point("2026-03-01", json!(0.0), 0)]);
        assert_eq!(points(&answer, "athlete.rpe"), [point("2026-02-16", json!(7.0), 1)]);
        let due = points(&answer, "athlete.due");
        assert_eq!((due[0].2, due[1].2), (3, 1), "the missed one is due, the own one is not");
        assert!((due[0].1.as_f64().expect("a percentage") - 100.0 / 3.0).abs() < 1e-9);
        assert_eq!(due[1].1, json!(0.0));
        assert_eq!(points(&answer, "athlete.swum"), [point("2026-02-16", Value::Null, 0)]);
        let long = "query($id: ID!) { athlete(id: $id) { trend(metric: SESSION_COUNT, range: { from: \"2024-01-01\", to: \"2026-03-01\" }, bucket: DAY) { value } } }";
        assert_eq!(coach.query(long, json!({ "id": mia.id.global() })).await.codes(), ["BAD_USER_INPUT"]);
    }

    async fn many_athletes_trend_by_one_statement(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let season = program.team("Track").await.season("Spring").await;
        for athlete in program.athletes(40).await {
            log(&world, assigned(&season, &athlete, day(2, 16)), SessionOutcome::Completed, 1000, None).await;
        }
        let text = |number: usize| format!("query($id: ID!) {{ program(id: $id) {{ athletes(first: {number}) {{ nodes {{
            trend(metric: DISTANCE_METERS, range: {{ from: \"2026-02-16\", to: \"2026-02-22\" }}, bucket: WEEK) {{ value }} }} }} }} }}");
        let few = coach.query(&text(2), json!({ "id": program.id.global() })).await;
        let many = coach.query(&text(40), json!({ "id": program.id.global() })).await;
        assert_eq!(many.each("program.athletes.nodes", "trend.0.value"), vec![json!(1000.0); 40]);
        assert_eq!(few.statements, many.statements);
    }

    async fn compliance_counts_what_was_due(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let season = program.team("Track").await.season("Spring").await;
        let (sprints, hurdles) = (season.group("Sprints").await, season.group("Hurdles").await);
        let mia = program.athlete("Mia Novak").await;
        let of = |date| assigned(&season, &mia, day(2, date));
        let now = world.now();
        let rows = [
            log(&world, of(2), SessionOutcome::Completed, 1, None).await,
            log(&world, of(3), SessionOutcome::Completed, 1, None).await,
            log(&world, of(4), SessionOutcome::Partial, 1, None).await,
            log(&world, of(5), SessionOutcome::Skipped, 0, None).await,
            world.insert(of(6)).await,
            world.insert(session::ActiveModel { cancelled_at: Set(Some(now)), ..of(7) }).await,
            world.insert(session::ActiveModel { excused_at: Set(Some(now)), ..of(8) }).await,
        ];
        world.insert(session::ActiveModel { is_rest: Set(true), ..of(9) }).await;
        world.insert(session::ActiveModel { missed_at: Set(Some(now + Days::new(1))), ..of(10) }).await;
        log(&world, session::ActiveModel { cancelled_at: Set(Some(now)), ..of(11) }, SessionOutcome::Completed, 1, None).await;
        log(&world, session::ActiveModel { source: Set(SessionSource::SelfAssigned), ..of(12) }, SessionOutcome::Completed, 1, None).await;
        for (row, through) in [(&rows[0], &sprints), (&rows[0], &hurdles), (&rows[4], &sprints)] {
            world.insert(group::ActiveModel {
                id: Set(new_id()),
                program_id: Set(program.id.id),
                athlete_training_session_id: Set(row.id),
                athlete_id: Set(mia.id.id),
                event_group_id: Set(through.id.id),
            }).await;
        }
        let text = "query($id: ID!, $filter: ComplianceFilter) { program(id: $id) {
            compliance(range: { from: \"2026-02-01\", to: \"2026-02-28\" }, filter: $filter) {
                assigned completed partial skipped missed excused cancelled completionPercent
                byEventGroup { eventGroup { name } assigned completed missed completionPercent } } } }";
        let answer = coach.query(text, json!({ "id": program.id.global() })).await;
        let report = answer.get("program.compliance");
        assert_eq!(report, &json!({ "assigned": 9, "completed": 2, "partial": 1, "skipped": 1, "missed": 1, "excused": 1, "cancelled": 2,
            "completionPercent": 40.0, "byEventGroup": [
                { "eventGroup": { "name": "Hurdles" }, "assigned": 1, "completed": 1, "missed": 0, "completionPercent": 100.0 },
                { "eventGroup": { "name": "Sprints" }, "assigned": 2, "completed": 1, "missed": 1, "completionPercent": 50.0 }] }));
        let filter = json!({ "eventGroupIds": [hurdles.id.global()], "teamSeasonIds": [season.id.global()] });
        let answer = coach.query(text, json!({ "id": program.id.global(), "filter": filter })).await;
        assert_eq!(answer.get("program.compliance.assigned"), &json!(1));
        assert_eq!(answer.get("program.compliance.byEventGroup").as_array().map(Vec::len), Some(1));
        let other = world.program("Elsewhere").await.head_coach("Olga").await;
        assert_eq!(other.query(text, json!({ "id": program.id.global() })).await.get("program"), &Value::Null);
    }

    async fn lists_come_by_an_index_in_their_order(world: World) {
        let program = world.program("Riverside").await;
        let team = program.team("Track").await;
        let season = team.season("Spring").await;
        let coach = program.head_coach("Ines").await;
        let limited = program.head_coach("Lara").await;
        limited.limited_to(&team).await;
        let assistant = program.assistant("Ann").await;
        assistant.limited_to(&team).await;
        let mia = program.athlete("Mia Novak").await;
        season.enter(&mia).await;
        let mia_signs_in = mia.signs_in("Mia Novak").await;
        let sprints = season.group("Sprints").await;
        for number in 0..30 {
            world.insert(assigned(&season, &mia, day(1, 1 + number % 28))).await;
        }
        world.app.db.reads();
        for client in [&coach, &limited, &assistant, &mia_signs_in] {
            for filter in [json!(null), json!({ "statuses": ["MISSED", "COMPLETED"] }), json!({ "dates": { "from": "2026-01-05" } }),
                json!({ "eventGroupIds": [sprints.id.global()] }), json!({ "athleteIds": [mia.id.global()] })] {
                for field in ["DATE", "UPDATED_AT"] {
                    // A range of days leads to few rows by itself; these may then be sorted.
                    if field == "UPDATED_AT" && filter["dates"].is_object() {
                        continue;
                    }
                    let text = "query($athlete: ID!, $season: ID!, $filter: AthleteTrainingSessionFilter, $order: AthleteTrainingSessionOrder) {
                        athlete(id: $athlete) { trainingSessions(first: 5, filter: $filter, orderBy: $order) { nodes { date } } }
                        teamSeason(id: $season) { trainingSessions(first: 5, filter: $filter, orderBy: $order) { nodes { date } } } }";
                    let variables = json!({ "athlete": mia.id.global(), "season": season.id.global(), "filter": filter, "order": { "field": field, "direction": "DESC" } });
                    client.query(text, variables).await.ok();
                }
            }
        }
        let reads = world.app.db.reads();
        let lists: Vec<_> = reads.into_iter().filter(|read| read.sql.contains("FROM \"athlete_training_session\"") && read.sql.contains("ORDER BY")).collect();
        assert_eq!(lists.len(), 72);
        if world.kind == Kind::Sqlite {
            for mut list in lists {
                list.sql = format!("EXPLAIN QUERY PLAN {}", list.sql);
                let text = list.sql.clone();
                for row in world.raw.query_all_raw(list).await.expect("a plan") {
                    let step: String = row.try_get("", "detail").expect("a step");
                    assert!(!step.contains("TEMP B-TREE"), "{step}: {text}");
                    assert!(!step.starts_with("SCAN athlete_training_session "), "{step}: {text}");
                }
            }
        }
    }
}
