//! What a coach's client sends, as GraphiQL's examples have it: that it works, and that what it costs does not grow
//! with what there is.
use super::campus::*;
use crate::support::{client::Answer, *};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use std::ops::Range;

const COMPOSE: &str = include_str!("../../api/graphiql/examples/04-compose-and-assign.graphql");
const COMPOSED: &str = include_str!("../../api/graphiql/examples/04-compose-and-assign.variables.json");
const HISTORY: &str = include_str!("../../api/graphiql/examples/05-athlete-history.graphql");
const SEASON: &str = include_str!("../../api/graphiql/examples/03-season.graphql");

/// What an answer has of these: records, pages, and points of a trend.
#[derive(Debug, Default)]
struct Extent {
    records: u64,
    pages: u64,
    points: u64,
}

impl Extent {
    fn of(answer: &Answer) -> Self {
        let mut extent = Self::default();
        extent.add(answer.data());
        extent
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(fields) => {
                self.records += u64::from(fields.contains_key("id"));
                self.pages += u64::from(fields.contains_key("nodes"));
                self.points += u64::from(fields.contains_key("periodStart"));
                fields.values().for_each(|field| self.add(field));
            }
            _ => {}
        }
    }
}

/// Fails when an answer took more rows than it shows: a row for each record, one more and a count for each page, and
/// what is read to find out who asks.
fn assert_reads_what_it_shows(answer: &Answer, identity: u64) {
    let extent = Extent::of(answer);
    let most = extent.records + 2 * extent.pages + extent.points + identity;
    assert!(answer.rows <= most, "{} rows for {extent:?}", answer.rows);
}

/// Rows and statements that a request takes which asks for nothing.
async fn identity(client: &Client) -> (u64, u64) {
    let answer = client.ask("{ __typename }").await;
    (answer.statements, answer.rows)
}

/// Adds runners to a campus, who alternate between its groups, and practices of the first days of March for all.
async fn fill(campus: &Campus, runners: Range<u32>, practices: Range<u32>) -> Vec<(Athlete, Member, RosterEntry)> {
    let mut all = Vec::new();
    for number in runners {
        let group = if number % 2 == 0 {
            &campus.distance
        } else {
            &campus.middle
        };
        all.push(campus.runner(&format!("Runner {number}"), &[group]).await);
    }
    let workout = campus.six_by_one().await;
    for day in practices {
        let practice = campus
            .practice_at(
                &format!("2026-03-{day:02}T16:00:00Z"),
                &format!("2026-03-{day:02}T18:00:00Z"),
            )
            .await;
        campus
            .assign(&practice, &workout, &[&campus.distance, &campus.middle])
            .await;
        campus.publish(&practice).await;
    }
    all
}

async fn season_view(campus: &Campus) -> Answer {
    let slug = campus.coach.ask("{ programs(first: 1) { nodes { slug } } }").await;
    let slug = slug.text("programs.nodes.0.slug").to_owned();
    let variables = json!({ "program": slug, "from": "2026-03-01", "to": "2026-03-31" });
    campus.coach.query(SEASON, variables).await.ok().clone()
}

/// What the database says of how it would run a statement that asks it.
async fn plan(world: &World, read: &Statement, column: &str) -> Vec<String> {
    let lines = world.raw.query_all_raw(read.clone()).await;
    let lines = lines.expect("the statement is explained").into_iter();
    lines.map(|line| line.try_get("", column).expect("a line")).collect()
}

both! {
    async fn a_coach_composes_assigns_overrides_and_publishes(world: World) {
        let campus = Campus::of(&world).await;
        let runners = fill(&campus, 0..6, 0..0).await;
        let practice = campus.practice().await;
        let coach = &campus.coach;
        let mut composed: Value = serde_json::from_str(COMPOSED).expect("variables are JSON");
        composed["input"]["programId"] = json!(campus.program.id.global());
        let made = coach.operation(COMPOSE, "ComposeWorkout", composed).await;
        assert_eq!(made.get("workoutCreate.userErrors"), &json!([]));
        let workout = made.get("workoutCreate.workout").clone();
        assert_eq!(workout["steps"].as_array().map(Vec::len), Some(4));
        assert_eq!(workout["steps"][1]["elements"][0]["length"]["distanceMeters"], 1000.0);
        let groups = [campus.distance.id.global(), campus.middle.id.global()];
        let assignments = json!([{ "workoutId": workout["id"], "eventGroupIds": groups, "position": 0 }]);
        let input = json!({ "practiceSessionId": practice, "expectedVersion": 1, "assignments": assignments });
        let made = coach.operation(COMPOSE, "AssignToGroups", json!({ "input": input })).await;
        assert_eq!(made.get("practiceSessionWorkoutsAssign.userErrors"), &json!([]));
        let assigned = made.get("practiceSessionWorkoutsAssign.practiceSessionWorkouts.0").clone();
        assert_eq!(assigned["workoutVersion"], 1);
        assert_eq!(assigned["eventGroups"].as_array().map(Vec::len), Some(2));
        let kilometre = &workout["steps"][1]["elements"][0]["id"];
        let input = json!({ "practiceSessionWorkoutId": assigned["id"], "athleteId": runners[0].0.id.global(),
            "stepOverrides": [{ "elementId": kilometre, "length": { "distanceMeters": 800 } }],
            "reasonCategory": "RETURN_TO_TRAINING", "privateReason": "Calf strain" });
        let made = coach.operation(COMPOSE, "OverrideAthlete", json!({ "input": input })).await;
        let steps = made.get("practiceAssignmentOverride.practiceAssignment.prescription").clone();
        let cut: Vec<&Value> = steps.as_array().expect("steps").iter().filter(|step| step["isOverridden"] == true).collect();
        assert_eq!(cut.len(), 6);
        assert!(cut.iter().all(|step| step["length"]["distanceMeters"] == 800.0));
        let version = made.get("practiceAssignmentOverride.userErrors");
        assert_eq!(version, &json!([]));
        let version = coach.query("query($id: ID!) { practiceSession(id: $id) { version } }", json!({ "id": practice })).await;
        let input = json!({ "id": practice, "expectedVersion": version.get("practiceSession.version") });
        let made = coach.operation(COMPOSE, "PublishPractice", json!({ "input": input })).await;
        assert_eq!(made.get("practiceSessionPublish.createdTrainingSessionCount"), 6);
        assert_eq!(made.get("practiceSessionPublish.practiceSession.status"), "PUBLISHED");
        let warned: Vec<Value> = made.each("practiceSessionPublish.warnings", "code");
        assert!(warned.iter().all(|code| code == "MISSING_BENCHMARK"), "{warned:?}");
    }

    async fn a_history_takes_the_same_statements_however_long_it_is(world: World) {
        let mut statements = Vec::new();
        let campus = Campus::of(&world).await;
        let runners = fill(&campus, 0..1, 1..13).await;
        campus.logs(&runners[0].1, &runners[0].0, 9_000).await;
        for first in [2, 12] {
            let variables = json!({ "athleteId": runners[0].0.id.global(), "from": "2026-03-01", "to": "2026-03-31", "first": first });
            let (_, identity_rows) = identity(&campus.coach).await;
            let answer = campus.coach.query(HISTORY, variables).await.ok().clone();
            assert_eq!(answer.get("athlete.trainingSessions.totalCount"), 12);
            assert_eq!(answer.get("athlete.trainingSessions.nodes").as_array().map(Vec::len), Some(first));
            assert_reads_what_it_shows(&answer, identity_rows);
            statements.push(answer.statements);
        }
        assert_eq!(statements[0], statements[1]);
        assert!(statements[0] <= 8, "{statements:?}");
    }

    async fn a_season_takes_the_same_statements_however_large_it_is(world: World) {
        let mut statements = Vec::new();
        let campus = Campus::of(&world).await;
        for (runners, practices) in [(0..4, 1..3), (4..16, 3..9)] {
            let (all_runners, all_practices) = (runners.end, practices.end as usize - 1);
            fill(&campus, runners, practices).await;
            let (_, identity_rows) = identity(&campus.coach).await;
            let answer = season_view(&campus).await;
            let season = "program.teams.nodes.0.currentSeason";
            assert_eq!(answer.get(&format!("{season}.roster.totalCount")), all_runners);
            assert_eq!(answer.get(&format!("{season}.practiceSessions.nodes")).as_array().map(Vec::len), Some(all_practices));
            assert_reads_what_it_shows(&answer, identity_rows);
            statements.push(answer.statements);
        }
        assert_eq!(statements[0], statements[1]);
        assert!(statements[0] <= 22, "{statements:?}");
    }

    async fn the_lists_of_many_parents_are_searched_parent_by_parent(world: World) {
        if world.kind == Kind::Postgres {
            let honest = world.raw.execute_unprepared("SET enable_seqscan = off; SET enable_bitmapscan = off").await;
            honest.expect("the planner is told");
        }
        let campus = Campus::of(&world).await;
        fill(&campus, 0..4, 1..5).await;
        world.app.db.reads();
        season_view(&campus).await.ok();
        let overrides = "query($id: ID!) { teamSeason(id: $id) { practiceSessions { nodes { \
             assignments(first: 5, filter: { kinds: [MODIFIED, REPLACED, EXCUSED] }) { nodes { id athlete { id } } } } } } }";
        campus.coach.query(overrides, json!({ "id": campus.season.id.global() })).await.ok();
        let sliced = |read: &Statement| ["json_each", "unnest"].iter().any(|each| read.sql.contains(each));
        let reads: Vec<Statement> = world.app.db.reads().into_iter().filter(sliced).collect();
        assert!(reads.len() >= 4, "{reads:?}");
        let mut takes_overrides = false;
        for mut read in reads {
            let (prefix, column, scan) = match world.kind {
                Kind::Sqlite => ("EXPLAIN QUERY PLAN", "detail", "SCAN "),
                Kind::Postgres => ("EXPLAIN", "QUERY PLAN", "Seq Scan"),
            };
            read.sql = format!("{prefix} {}", read.sql);
            let lines = plan(&world, &read, column).await;
            let scanned = lines
                .iter()
                .find(|line| line.contains(scan) && !line.contains("SCAN parent") && !line.contains("SCAN json_each"));
            assert!(scanned.is_none(), "{scanned:?} in {}", read.sql);
            takes_overrides |= lines.iter().any(|line| line.contains("practice_session_id_override_idx"));
            if world.kind == Kind::Postgres {
                // However little the planner expects of it, what stands beside a row is looked up for that row.
                let biased = world.raw.execute_unprepared("SET enable_nestloop = off").await;
                biased.expect("the planner is told");
                let joined = plan(&world, &read, column).await;
                let whole = joined.iter().find(|line| line.contains("Hash") || line.contains("Merge"));
                assert!(whole.is_none(), "{whole:?} in {}", read.sql);
                let honest = world.raw.execute_unprepared("SET enable_nestloop = on").await;
                honest.expect("the planner is told");
            }
        }
        assert!(takes_overrides, "overrides are searched among all that is assigned");
    }

    async fn what_is_nested_deeply_is_resolved_once(world: World) {
        let campus = Campus::of(&world).await;
        fill(&campus, 0..1, 1..2).await;
        let seasons = "query($id: ID!) { teamSeason(id: $id) { practiceSessions { nodes { id } } } }";
        let answer = campus.coach.query(seasons, json!({ "id": campus.season.id.global() })).await;
        let practice = answer.text("teamSeason.practiceSessions.nodes.0.id").to_owned();
        // A level that was begun twice would double all below it.
        let fields = (0..12).fold("isOutdated".to_owned(), |fields, _| format!("practiceSession {{ workouts {{ {fields} }} }}"));
        let text = format!("query($id: ID!) {{ practiceSession(id: $id) {{ workouts {{ {fields} }} }} }}");
        let answer = campus.coach.query(&text, json!({ "id": practice })).await;
        assert!(answer.body["data"].is_object(), "{}", answer.body);
        assert!(answer.statements <= 5, "{}", answer.statements);
    }
}
