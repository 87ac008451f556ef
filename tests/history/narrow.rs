//! Lists read no more of a session than was selected, and nobody notices; they follow their index.
use super::{assigned, day};
use crate::support::*;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use std::time::Duration;

const TYPES: &str = "{ __schema { types { name kind fields { name args { name } type { ...T } } } } } \
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The named type behind lists and non-null marks.
fn named(mut kind: &Value) -> &Value {
    while !kind["ofType"].is_null() {
        kind = &kind["ofType"];
    }
    kind
}

/// A field with each scalar below it that takes no arguments, two levels deep, and with all of them.
fn selections(types: &[Value], field: &Value, depth: usize) -> Vec<String> {
    let name = field["name"].as_str().expect("a name");
    let kind = named(&field["type"]);
    match kind["kind"].as_str() {
        Some("SCALAR" | "ENUM") => vec![name.to_owned()],
        Some("OBJECT") if depth > 0 => {
            let own = types.iter().find(|each| each["name"] == kind["name"]).expect("a type");
            let fields = own["fields"].as_array().expect("fields").iter();
            let each: Vec<Vec<String>> = fields
                .filter(|field| field["args"].as_array().is_some_and(Vec::is_empty))
                .map(|field| selections(types, field, depth - 1))
                .filter(|selections| !selections.is_empty())
                .collect();
            let all: Vec<&str> = each
                .iter()
                .filter_map(|selections| selections.last())
                .map(String::as_str)
                .collect();
            let all = format!("{name} {{ {} }}", all.join(" "));
            each.iter()
                .flatten()
                .map(|inner| format!("{name} {{ {inner} }}"))
                .chain([all])
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Keeps of an answer what was asked less of.
fn part(of: &Value, like: &Value) -> Value {
    match (of, like) {
        (Value::Object(of), Value::Object(like)) => like
            .iter()
            .map(|(name, like)| (name.clone(), part(&of[name], like)))
            .collect(),
        (Value::Array(of), Value::Array(like)) => of.iter().zip(like).map(|(of, like)| part(of, like)).collect(),
        _ => of.clone(),
    }
}

both! {
    async fn every_field_of_a_session_asked_alone_is_what_it_is_among_all(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let season = program.team("Track").await.season("Spring").await;
        let mia = program.athlete("Mia Novak").await;
        season.enter(&mia).await;
        let mut ids = Vec::new();
        for date in [day(2, 16), day(2, 17)] {
            let session = world.insert(assigned(&season, &mia, date)).await;
            ids.push(fieldhouse::node::global::<entity::athlete_training_session::Entity>(session.id).0);
        }
        let input = json!({ "id": ids[0], "actual": { "distanceMeters": 9000, "durationSeconds": 2700, "rpe": 6, "description": "Windy" } });
        coach.change("trainingSessionComplete", input, "trainingSession { id }").await.ok();

        let schema = coach.ask(TYPES).await;
        let types = schema.get("__schema.types").as_array().expect("types").clone();
        let own = types.iter().find(|each| each["name"] == "AthleteTrainingSession").expect("the type");
        let fields = own["fields"].as_array().expect("fields").iter();
        let fields: Vec<Vec<String>> = fields.map(|field| selections(&types, field, 2)).collect();
        assert!(fields.iter().filter(|selections| !selections.is_empty()).count() > 25, "{fields:?}");
        let list = async |fields: &str| {
            let text = format!("query($id: ID!) {{ athlete(id: $id) {{ trainingSessions {{ nodes {{ {fields} }} edges {{ node {{ {fields} }} }} }} }} }}");
            let answer = coach.query(&text, json!({ "id": mia.id.global() })).await;
            answer.get("athlete.trainingSessions").clone()
        };
        for selections in &fields {
            let Some(whole) = selections.last() else { continue };
            let name = whole.split(' ').next().expect("a name");
            // The score is made of more than its method names; so this reads the whole row.
            let among_all = list(&format!("{whole} complianceScore")).await;
            for field in selections {
                let alone = list(field).await;
                for place in 0..2 {
                    let own = &alone["nodes"][place][name];
                    assert_eq!(*own, part(&among_all["nodes"][place][name], own), "{field}");
                    assert_eq!(alone["edges"][place]["node"][name], *own, "{field}");
                }
            }
        }
    }
}

/// The lists of which no more is read than is selected: whose they are, where their objects are, and of what type.
const LISTS: [(&str, &str, &str); 7] = [
    ("Athlete", "trainingSessions.nodes", "AthleteTrainingSession"),
    ("TeamSeason", "roster.nodes", "RosterEntry"),
    ("TeamSeason", "practiceSessions.nodes", "PracticeSession"),
    ("TeamSeason", "trainingSessions.nodes", "AthleteTrainingSession"),
    ("PracticeSession", "workouts", "PracticeSessionWorkout"),
    ("PracticeSession", "assignments.nodes", "PracticeAssignment"),
    ("PracticeSessionWorkout", "assignments.nodes", "PracticeAssignment"),
];

/// What a viewer reads of a node.
async fn read(client: &Client, type_name: &str, id: &str, fields: &str) -> Value {
    let text = format!("query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {fields} }} }} }}");
    client.query(&text, json!({ "id": id })).await.get("node").clone()
}

both! {
    async fn every_field_of_a_list_asked_alone_is_what_its_node_has(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        let schema = stock.owner.ask(TYPES).await;
        let types = schema.get("__schema.types").as_array().expect("types").clone();
        for (parent, path, child) in LISTS {
            let own = types.iter().find(|each| each["name"] == child).expect("the type");
            let fields = own["fields"].as_array().expect("fields").iter();
            let fields: Vec<Vec<String>> =
                fields.map(|field| selections(&types, field, 2)).filter(|found| !found.is_empty()).collect();
            let all: Vec<&str> = fields.iter().filter_map(|found| found.last()).map(String::as_str).collect();
            let (list, close) = (path.replace('.', " { "), "}".repeat(path.split('.').count()));
            let pointer = format!("/{}", path.replace('.', "/"));
            for client in [&*stock.owner, &*stock.mia] {
                let listed = async |field: &str| {
                    let found = read(client, parent, stock.id(parent), &format!("{list} {{ {field} {close}")).await;
                    found.pointer(&pointer).expect("a list").clone()
                };
                let mut whole = Vec::new();
                for object in listed("id").await.as_array().expect("objects") {
                    whole.push(read(client, child, object["id"].as_str().expect("an id"), &all.join(" ")).await);
                }
                assert!(!whole.is_empty(), "no {child}");
                let whole = Value::Array(whole);
                for field in fields.iter().flatten() {
                    let alone = listed(field).await;
                    assert_eq!(alone.as_array().map(Vec::len), whole.as_array().map(Vec::len), "{path} of {parent}: {field}");
                    assert_eq!(alone, part(&whole, &alone), "{path} of {parent}: {field}");
                }
            }
        }
    }

    async fn lists_that_read_different_columns_of_a_row_show_what_each_asked_for(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        let season = stock.id("TeamSeason");
        let lists = "one: roster(first: 1) { nodes { athlete { id } } } \
            all: roster { nodes { athlete { id firstName } more: athlete { lastName } } } \
            done: trainingSessions { nodes { athlete { id displayName version } } } \
            trainingSessions { nodes { practiceSession { id title } same: practiceSession { location kind } } }";
        let found = read(&stock.owner, "TeamSeason", season, lists).await;
        let all = found.pointer("/all/nodes").and_then(Value::as_array).expect("the roster");
        let sessions = found.pointer("/trainingSessions/nodes").and_then(Value::as_array).expect("the sessions");
        let pairs = all.iter().map(|entry| ("Athlete", &entry["athlete"], &entry["more"]));
        let done = found.pointer("/done/nodes").and_then(Value::as_array).expect("the sessions");
        let pairs = pairs.chain(done.iter().map(|session| ("Athlete", &session["athlete"], &Value::Null)));
        let practices = sessions.iter().map(|session| ("PracticeSession", &session["practiceSession"], &session["same"]));
        let mut seen = 0;
        for (type_name, object, more) in pairs.chain(practices).filter(|(_, object, _)| !object.is_null()) {
            let fields = match type_name {
                "Athlete" => "id firstName lastName displayName version",
                _ => "id title location kind",
            };
            let whole = read(&stock.owner, type_name, object["id"].as_str().expect("an id"), fields).await;
            assert_eq!(*object, part(&whole, object));
            assert_eq!(*more, part(&if more.is_null() { Value::Null } else { whole.clone() }, more));
            seen += 1;
        }
        assert_eq!(seen, 4, "{found}");
        assert_eq!(found.pointer("/one/nodes/0/athlete/id"), all[0].pointer("/athlete/id"));
    }
}

/// How many sessions PostgreSQL found by following the index of histories, as far as it was told. What it reads and sorts
/// afterwards is not among them.
async fn followed(world: &World) -> i64 {
    let found = "SELECT idx_tup_fetch FROM pg_stat_user_indexes WHERE indexrelname = 'athlete_training_session_athlete_id_day_idx'";
    let statement = Statement::from_string(world.raw.get_database_backend(), found);
    let row = world.raw.query_one_raw(statement).await.expect("the catalogue is read");
    row.expect("the index").try_get("", "idx_tup_fetch").expect("a number")
}

/// With so few sessions that it looks cheap to read and sort them all, as soon as few are expected of one athlete.
async fn an_own_history_follows_its_index(world: World) {
    const PAGE: i64 = 50;
    let program = world.program("Riverside").await;
    let mia = program.athlete("Mia Novak").await;
    mia.own_session(day(2, 16)).await;
    program.athletes(40).await;
    let many = "INSERT INTO athlete_training_session SELECT made.* \
                FROM generate_series(1, 250) AS earlier, athlete, athlete_training_session AS session, \
                jsonb_populate_record(session, jsonb_build_object( \
                'id', gen_random_uuid(), 'athlete_id', athlete.id, 'day', session.day - earlier)) AS made \
                ORDER BY earlier; ANALYZE";
    world.raw.execute_unprepared(many).await.expect("more sessions");
    let athlete = mia.signs_in("Mia").await;
    let history = format!(
        "query($id: ID!) {{ athlete(id: $id) {{ trainingSessions(first: {PAGE}) {{ nodes {{ id title }} }} }} }}"
    );
    let ask = async || {
        let answer = athlete.query(&history, json!({ "id": mia.id.global() })).await;
        assert_eq!(
            answer
                .get("athlete.trainingSessions.nodes")
                .as_array()
                .map(|nodes| nodes.len() as i64),
            Some(PAGE)
        );
    };
    // PostgreSQL settles on a plan after five executions.
    let before = followed(&world).await;
    for _ in 0..20 {
        ask().await;
    }
    // It tells what it did with the first statement that comes a second later.
    let expected = before + 20 * PAGE;
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        ask().await;
        if followed(&world).await >= expected {
            return;
        }
    }
    panic!("{} of {expected} were found by the index", followed(&world).await);
}

#[test]
fn an_own_history_follows_its_index_on_postgres() {
    database::run(Kind::Postgres, an_own_history_follows_its_index);
}
