//! Lists read no more of a session than was selected, and nobody notices.
use super::{assigned, day};
use crate::support::*;
use serde_json::Value;
use std::collections::BTreeSet;

const TYPES: &str = "{ __schema { types { name kind fields { name args { name } type { ...T } } } } } \
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The named type behind lists and non-null marks.
fn named(mut kind: &Value) -> &Value {
    while !kind["ofType"].is_null() {
        kind = &kind["ofType"];
    }
    kind
}

/// A field with all scalars below it that take no arguments, two levels deep.
fn selection(types: &[Value], field: &Value, depth: usize) -> Option<String> {
    let name = field["name"].as_str().expect("a name");
    let kind = named(&field["type"]);
    match kind["kind"].as_str() {
        Some("SCALAR" | "ENUM") => Some(name.to_owned()),
        Some("OBJECT") if depth > 0 => {
            let own = types.iter().find(|each| each["name"] == kind["name"]).expect("a type");
            let fields = own["fields"].as_array().expect("fields").iter();
            let inner: Vec<String> = fields
                .filter(|field| field["args"].as_array().is_some_and(Vec::is_empty))
                .filter_map(|field| selection(types, field, depth - 1))
                .collect();
            Some(format!("{name} {{ {} }}", inner.join(" ")))
        }
        _ => None,
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
        let fields: BTreeSet<String> = fields.filter_map(|field| selection(&types, field, 2)).collect();
        assert!(fields.len() > 25, "{fields:?}");
        let list = async |fields: &str| {
            let text = format!("query($id: ID!) {{ athlete(id: $id) {{ trainingSessions {{ nodes {{ {fields} }} edges {{ node {{ {fields} }} }} }} }} }}");
            let answer = coach.query(&text, json!({ "id": mia.id.global() })).await;
            answer.get("athlete.trainingSessions").clone()
        };
        for field in &fields {
            let name = field.split(' ').next().expect("a name");
            let alone = list(field).await;
            // What an external id is made of, no list says; so this reads the whole row.
            let among_all = list(&format!("{field} externalId")).await;
            for place in 0..2 {
                assert_eq!(alone["nodes"][place][name], among_all["nodes"][place][name], "{field}");
                assert_eq!(alone["edges"][place]["node"][name], among_all["nodes"][place][name], "{field}");
            }
        }
    }
}
