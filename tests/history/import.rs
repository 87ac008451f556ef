//! Logs from elsewhere: whole or not at all, and once.
use crate::support::*;
use chrono::Timelike;
use entity::{
    athlete, athlete_training_session as session, athlete_training_session_detail as detail,
    enums::{LoadMethod, SessionOutcome, SessionSource},
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const COUNTS: &str = "created unchanged skipped athletes createdAthletes";

/// A year of Ann's loads and wellness, two sessions on many days, in the form of an athlete monitoring system.
fn year() -> String {
    let mut text = "Full Name,Date,Time,Variable,Value\n".to_owned();
    let first = chrono::NaiveDate::from_ymd_opt(2025, 1, 2).expect("a day");
    for number in 0..60_u64 {
        let day = first + chrono::Days::new(number);
        if number % 5 == 0 {
            text += &format!("Ann Whitaker,{day},08:00,Wellness,33.61\n");
        }
        // The file is not in the order of time.
        text += &format!("Ann Whitaker,{day},16:00,Training Load,{}.5\n", 100 + number);
        text += &format!("Ann Whitaker,{day},09:00,Training Load,{}.0\n", 10 + number);
    }
    text
}

fn messages(payload: &support::client::Payload) -> Vec<String> {
    let answer = payload.answer.get("trainingSessionsImport.userErrors");
    let errors = answer.as_array().expect("a list");
    errors
        .iter()
        .map(|error| error["message"].as_str().unwrap_or_default().to_owned())
        .collect()
}

use crate::support;

both! {
    async fn a_year_of_loads_comes_in_once(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let ann = program.athlete("Ann Whitaker").await;
        let input = |skipped: Value| json!({ "programId": program.id.global(), "content": year(), "skipVariables": skipped });
        let refused = coach.change("trainingSessionsImport", input(json!([])), COUNTS).await;
        assert_eq!(refused.mistakes(), ["INVALID at input.content"]);
        assert_eq!(messages(&refused), ["The variable Wellness (12 rows) is not a part of the training history; name it in skipVariables to leave it out."]);
        assert_eq!(world.count::<session::Entity>().await, 0);
        let mut dry = input(json!(["wellness"]));
        dry["dryRun"] = json!(true);
        let counted = coach.change("trainingSessionsImport", dry, COUNTS).await;
        assert_eq!((counted.get("created"), world.count::<session::Entity>().await), (&json!(120), 0));
        let first = coach.change("trainingSessionsImport", input(json!(["Wellness"])), COUNTS).await;
        assert_eq!(first.answer.get("trainingSessionsImport"), &json!({ "created": 120, "unchanged": 0, "skipped": 12, "athletes": 1, "createdAthletes": 0, "userErrors": [] }));
        let again = coach.change("trainingSessionsImport", input(json!(["Wellness"])), COUNTS).await;
        assert_eq!((again.get("created"), again.get("unchanged")), (&json!(0), &json!(120)));
        let rows = session::Entity::find().order_by_asc(session::Column::Day).order_by_asc(session::Column::Id).all(&world.raw).await.expect("rows");
        assert_eq!(rows.len(), 120);
        for pair in rows.chunks(2) {
            assert_eq!(pair[0].day, pair[1].day);
            assert!(pair[0].session_load < pair[1].session_load, "morning before afternoon");
            assert!(pair[0].starts_at < pair[1].starts_at);
        }
        assert!(rows.iter().all(|row| row.athlete_id == ann.id.id
            && row.source == SessionSource::SelfAssigned
            && row.outcome == Some(SessionOutcome::Completed)
            && row.session_load_method == Some(LoadMethod::Manual)
            && row.actual_rpe.is_none()));
        let sum: f64 = rows.iter().filter_map(|row| row.session_load).sum();
        assert_eq!(sum, (0..60).map(|number| f64::from(110 + 2 * number) + 0.5).sum::<f64>());
        assert_eq!(world.count::<detail::Entity>().await, 120);
        let shown = coach.query("query($id: ID!) { athlete(id: $id) { trainingSessions(first: 1) { totalCount nodes { startsAt date actual { sessionLoad sessionLoadMethod } } }
            trend(metric: TRAINING_LOAD, range: { from: \"2025-01-01\", to: \"2025-12-31\" }, bucket: MONTH) { value } } }", json!({ "id": ann.id.global() })).await;
        assert_eq!(shown.get("athlete.trainingSessions.totalCount"), &json!(120));
        assert_eq!(shown.get("athlete.trainingSessions.nodes.0.actual.sessionLoad"), &json!(159.5));
        assert_eq!(shown.each("athlete.trend", "value").iter().filter_map(Value::as_f64).sum::<f64>(), sum);
    }

    async fn a_bad_cell_is_named_and_nothing_is_stored(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        program.athlete("Ann Whitaker").await;
        let content = "Full Name,Date,Time,Variable,Value\nAnn Whitaker,2025-01-02,09:00,Training Load,99\nAnn Whitaker,2025-01-32,25:00,Training Load,secret\nAnn Whitaker,2025-01-03,,Training Load,\n";
        let refused = coach.change("trainingSessionsImport", json!({ "programId": program.id.global(), "content": content }), COUNTS).await;
        assert_eq!(messages(&refused), ["Line 3, column Date: is no day such as 2026-03-02.", "Line 3, column Time: is no time such as 16:30.",
            "Line 3, column Value: is no number from 0 to 100000.", "Line 4, column Value: is empty."]);
        assert!(!refused.answer.body_text.contains("secret"));
        assert_eq!(world.count::<session::Entity>().await, 0);
        let content = "Full Name,Date,Time,Variable,Value\nAnn Whitaker,2025-01-02,09:00,Training Load,99\nAnn Whitaker,2025-01-02,09:00,Training Load,98\n";
        let refused = coach.change("trainingSessionsImport", json!({ "programId": program.id.global(), "content": content }), COUNTS).await;
        assert_eq!(messages(&refused), ["Line 3: the same session as in line 2."]);
        for (content, message) in [("", "There are no rows."), ("name,day\na,b\n", "Line 1: there is no column name in an import.")] {
            let refused = coach.change("trainingSessionsImport", json!({ "programId": program.id.global(), "content": content }), COUNTS).await;
            assert_eq!(messages(&refused)[0], message);
        }
    }

    async fn unknown_athletes_are_named_or_made(world: World) {
        let program = world.program("Riverside").await;
        let (owner, assistant) = (program.owner("Olga").await, program.assistant("Ann").await);
        let elsewhere = world.program("Elsewhere").await;
        elsewhere.athlete("Bea Doe").await;
        let content = "athlete,date\nBea Doe,2026-02-01\n\"Roe, Cleo May\",2026-02-01\n";
        let input = json!({ "programId": program.id.global(), "content": content });
        let refused = owner.change("trainingSessionsImport", input.clone(), COUNTS).await;
        assert_eq!(messages(&refused), ["Line 2: there is no athlete Bea Doe for whom you may log.", "Line 3: there is no athlete Roe, Cleo May for whom you may log."]);
        let mut making = input;
        making["createAthletes"] = json!(true);
        assert_eq!(assistant.change("trainingSessionsImport", making.clone(), COUNTS).await.mistakes(), ["NOT_ALLOWED at input.createAthletes"]);
        let made = owner.change("trainingSessionsImport", making, COUNTS).await;
        assert_eq!((made.get("created"), made.get("createdAthletes"), made.get("athletes")), (&json!(2), &json!(2), &json!(2)));
        let athletes = athlete::Entity::find().all(&world.raw).await.expect("rows");
        let names: BTreeSet<_> = athletes.iter().map(|row| (row.first_name.as_str(), row.last_name.as_str())).collect();
        assert!(names.contains(&("Cleo May", "Roe")));
    }

    async fn the_wide_form_has_plans_amounts_and_escaped_cells(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let ann = program.athlete("Ann Whitaker").await;
        let content = "\u{feff}Athlete,Date,Time,Title,Category,Sport,Distance meters,duration_seconds,rpe,notes,external_id,planned_distance_meters,outcome\n\
            ann  whitaker,2026-02-01,07:15,'=Long run,run,trail running,21097.4,7200,6,\"'-5 degrees, \"\"cold\"\"\",run-1,20000,\n\
            Ann Whitaker,2026-03-20,,,run,,,,,,,8000,\n\
            Ann Whitaker,2026-02-03,,,gym,,,,,,,,partial\n\
            Ann Whitaker,2026-02-03,,,gym,,,,,,,,\n";
        let input = json!({ "programId": program.id.global(), "content": content });
        let made = coach.change("trainingSessionsImport", input.clone(), COUNTS).await;
        assert_eq!(made.get("created"), &json!(4));
        assert_eq!(coach.change("trainingSessionsImport", input, COUNTS).await.get("unchanged"), &json!(4));
        let shown = coach.query("query($id: ID!) { athlete(id: $id) { trainingSessions(orderBy: { field: DATE, direction: ASC }) { nodes {
            title sport status startsAt completedAt externalId planned { distanceMeters } actual { distanceMeters description sessionLoad } complianceBand } } } }", json!({ "id": ann.id.global() })).await;
        let sessions = shown.get("athlete.trainingSessions.nodes").as_array().expect("sessions").clone();
        assert_eq!(sessions[0], json!({ "title": "=Long run", "sport": "TRAIL_RUNNING", "status": "COMPLETED", "startsAt": "2026-02-01T14:15:00+00:00",
            "completedAt": "2026-02-01T16:15:00+00:00", "externalId": "run-1", "planned": { "distanceMeters": 20000 },
            "actual": { "distanceMeters": 21097, "description": "-5 degrees, \"cold\"", "sessionLoad": 720.0 }, "complianceBand": "WITHIN" }));
        let statuses: Vec<_> = sessions.iter().map(|session| session["status"].as_str().unwrap_or_default()).collect();
        assert_eq!(statuses, ["COMPLETED", "PARTIAL", "COMPLETED", "SCHEDULED"]);
        assert_eq!(sessions[1]["title"], "Gym session");
    }

    async fn two_imports_at_once_store_a_file_once(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        program.athlete("Ann Whitaker").await;
        let input = json!({ "programId": program.id.global(), "content": year(), "skipVariables": ["Wellness"] });
        let (one, two) = futures_util::join!(
            coach.change("trainingSessionsImport", input.clone(), COUNTS),
            coach.change("trainingSessionsImport", input.clone(), COUNTS),
        );
        assert_eq!(one.get("created").as_i64().zip(two.get("created").as_i64()).map(|(one, two)| one + two), Some(120));
        assert_eq!(world.count::<session::Entity>().await, 120);
    }
}

/// The file of an athlete monitoring system, where the fixtures lie beside the project.
#[test]
fn a_real_export_comes_in_whole() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/fixtures/load/athletemonitoring-AnnWhitaker.csv");
    let Ok(content) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no {}", path.display());
        return;
    };
    support::database::run(Kind::Sqlite, async |world: World| {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        program.athlete("Ann Whitaker").await;
        let input = json!({ "programId": program.id.global(), "content": content, "skipVariables": ["Wellness"] });
        let made = coach.change("trainingSessionsImport", input.clone(), COUNTS).await;
        assert_eq!((made.get("created"), made.get("skipped")), (&json!(520), &json!(100)));
        assert_eq!(
            coach
                .change("trainingSessionsImport", input, COUNTS)
                .await
                .get("unchanged"),
            &json!(520)
        );
        let rows = session::Entity::find()
            .order_by_asc(session::Column::Day)
            .order_by_asc(session::Column::Id)
            .all(&world.raw)
            .await
            .expect("rows");
        assert_eq!(rows.iter().filter_map(|row| row.session_load).sum::<f64>(), 110_103.0);
        let mut days: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in &rows {
            days.entry(row.day)
                .or_default()
                .push(row.starts_at.expect("a time").with_timezone(&chrono::Utc));
        }
        assert_eq!(days.len(), 312);
        assert!(days.values().all(|times| times.is_sorted()));
        assert!(
            rows.iter()
                .all(|row| row.starts_at.is_some_and(|at| at.time().hour() != 8))
        );
    });
}
