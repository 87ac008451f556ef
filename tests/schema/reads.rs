//! Reading: every field answers, nobody meets an error for what they may not see, and what is not visible is absent.
use crate::support::{client::Answer, introspection::arguments, *};

/// Everything about one node, two levels deep.
async fn everything(client: &Client, type_name: &str, id: &str) -> Answer {
    let selection = Introspection::get().selection(type_name, 2);
    let text = format!("query($id: ID!) {{ node(id: $id) {{ __typename ... on {type_name} {{ {selection} }} }} }}");
    client.query(&text, json!({ "id": id })).await
}

/// The type that a key of the stock is of.
fn type_of(key: &str) -> &str {
    key.split(' ').next().unwrap_or(key)
}

both! {
    async fn the_small_world_has_one_of_every_node(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        for node in Introspection::get().nodes() {
            stock.id(&node.name);
        }
    }

    async fn every_field_of_every_node_answers(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        let outsider = Stock::new(&world, "Lakeside").await;
        for (key, id) in stock.ids() {
            let answer = everything(&stock.owner, type_of(key), id).await;
            assert_eq!(answer.text("node.__typename"), type_of(key), "{key}");
            everything(&stock.mia, type_of(key), id).await.ok();
            everything(&outsider.mia, type_of(key), id).await.ok();
        }
    }

    async fn whatever_became_of_a_workout_its_athlete_reads_it_without_an_error(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        let all = async |what: &str| {
            for (key, id) in stock.ids() {
                let answer = everything(&stock.mia, type_of(key), id).await;
                assert!(answer.errors().is_empty(), "{key}, {what}: {}", answer.body_text);
            }
        };
        let (part, session) = (stock.id("PracticeSessionWorkout"), stock.id("AthleteTrainingSession"));
        let input = json!({ "practiceSessionWorkoutId": part, "athleteId": stock.id("Athlete"), "replacementWorkoutId": stock.id("Workout unused") });
        stock.owner.change("practiceAssignmentOverride", input, "practiceAssignment { kind }").await.ok();
        all("which was replaced").await;
        let input = json!({ "id": session, "actual": { "distanceMeters": 5_000 } });
        stock.mia.change("trainingSessionComplete", input, "trainingSession { id }").await.ok();
        let input = json!({ "id": part, "workoutId": stock.workout.id.global() });
        stock.owner.change("practiceSessionWorkoutUpdate", input, "practiceSessionWorkout { id }").await.ok();
        all("which was changed after the log").await;
        let input = json!({ "id": stock.id("RosterEntry"), "eventGroupIds": [] });
        stock.owner.change("rosterEntryUpdate", input, "rosterEntry { id }").await.ok();
        all("whose group was left").await;
        stock.athlete.left_yesterday().await;
        all("whose program was left").await;
        let answer = everything(&stock.mia, "AthleteTrainingSession", session).await;
        assert_eq!(answer.text("node.practiceSession.id"), stock.id("PracticeSession"), "and it is hers still");
    }

    async fn what_belongs_to_others_is_absent(world: World) {
        let (stock, other) = (Stock::new(&world, "Riverside").await, Stock::new(&world, "Lakeside").await);
        for (key, id) in other.ids() {
            for client in [&*stock.owner, &*stock.mia] {
                let answer = client.query("query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": id })).await;
                assert!(answer.get("node").is_null(), "{key}");
            }
            let answer = world.anonymous().query("query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": id })).await;
            assert!(answer.get("node").is_null(), "{key}");
        }
    }

    async fn every_root_field_takes_foreign_ids_for_unknown_ones(world: World) {
        let (stock, other) = (Stock::new(&world, "Riverside").await, Stock::new(&world, "Lakeside").await);
        for field in &Introspection::get().of("Query").fields {
            let Some(argument) = field.arguments.iter().find(|argument| argument.of.name == "ID" && !argument.of.is_list) else {
                continue;
            };
            let ask = |id: &str| {
                let selection = Introspection::get().selection(&field.of.name, 1);
                let text = format!("query($id: ID!) {{ {}({}: $id) {{ {selection} }} }}", field.name, argument.name);
                let variables = json!({ "id": id });
                let owner = &stock.owner;
                async move { owner.query(&text, variables).await.body }
            };
            let unknown = ask("bm9uZQ").await;
            for (key, id) in other.ids() {
                assert_eq!(ask(id).await, unknown, "{}, {key}", field.name);
            }
        }
    }

    async fn every_root_field_answers(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        let outsider = world.person("Nobody").await;
        for field in &Introspection::get().of("Query").fields {
            let Some(arguments) = arguments(field) else { continue };
            let selection = Introspection::get().selection(&field.of.name, 2);
            let text = match selection.as_str() {
                _ if Introspection::get().is_leaf(&field.of.name) => format!("{{ {}{arguments} }}", field.name),
                selection => format!("{{ {}{arguments} {{ {selection} }} }}", field.name),
            };
            for client in [&*stock.owner, &*stock.mia, &outsider] {
                // A field that wants one of several ids is told so.
                let answer = client.ask(&text).await;
                assert!(answer.codes().iter().all(|code| *code == "BAD_USER_INPUT"), "{}", answer.body_text);
            }
        }
    }
}
