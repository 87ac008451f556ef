//! Subscriptions: what is heard, by whom, and when it ends.
use super::wire::{Socket, Wire};
use crate::support::*;
use fieldhouse::{App, http::Edge};
use std::time::Duration;

const RENAME: &str =
    "mutation($name: String!) { viewerUpdate(input: { name: $name }) { user { name } userErrors { code } } }";
const QUIET: Duration = Duration::from_millis(700);

async fn rename(who: &Client, name: &str) {
    let answer = who.query(RENAME, json!({ "name": name })).await;
    assert_eq!(answer.get("viewerUpdate.user.name"), name);
}

/// Changes until the socket hears of it: a subscription begins a moment after it was asked for.
async fn until_heard<F: Future<Output = ()>>(socket: &mut Socket, change: impl Fn() -> F) -> serde_json::Value {
    for _ in 0..20 {
        change().await;
        if let Some(message) = socket.hear_within(Duration::from_millis(500)).await {
            return message;
        }
    }
    panic!("nothing was heard");
}

both! {
    async fn people_hear_of_their_own_account_alone(world: World) {
        let program = world.program("Riverside").await;
        let (ines, mia) = (program.coach("Ines").await, program.coach("Mia").await);
        let wire = Wire::of(&world).await;
        let mut own = wire.signed_in(ines.client.token.as_deref()).await;
        let mut other = wire.signed_in(mia.client.token.as_deref()).await;
        own.subscribe("1", "subscription { me: viewerChanged { name id } }").await;
        other.subscribe("1", "subscription { ...F } fragment F on Subscription { viewerChanged { name } }").await;
        let heard = until_heard(&mut own, || rename(&ines, "Ines Meier")).await;
        assert_eq!(heard["payload"], json!({ "data": { "me": { "name": "Ines Meier", "id": ines.user.global() } } }));
        assert_eq!(other.hear_within(QUIET).await, None);
        let heard = until_heard(&mut other, || rename(&mia, "Mia Meier")).await;
        assert_eq!(heard["payload"]["data"]["viewerChanged"]["name"], "Mia Meier");
    }

    async fn an_athlete_hears_of_own_sessions_and_no_others(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let (ann, ben) = (program.athlete("Ann").await, program.athlete("Ben").await);
        let person = ann.signs_in("Ann").await;
        let wire = Wire::of(&world).await;
        let mut socket = wire.signed_in(person.client.token.as_deref()).await;
        let of = |athlete: &Athlete| format!("subscription {{ trainingSessionChanged(athleteId: \"{}\") {{ title athlete {{ id }} }} }}", athlete.id.global());
        socket.subscribe("own", &of(&ann)).await;
        socket.subscribe("other", &of(&ben)).await;
        let refused = socket.hear().await;
        assert_eq!((&refused["type"], &refused["id"]), (&json!("next"), &json!("other")));
        assert_eq!(refused["payload"]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "other" }));
        let plan = async |athlete: &Athlete, title: &str| {
            let input = json!({ "athleteId": athlete.id.global(), "title": title, "workoutCategory": "RUN", "sport": "RUNNING", "scheduledDate": "2026-03-03" });
            coach.change("trainingSessionCreate", input, "trainingSession { id }").await.ok();
        };
        let heard = until_heard(&mut socket, || async {
            plan(&ben, "Not for her").await;
            plan(&ann, "Easy run").await;
        })
        .await;
        assert_eq!(heard["payload"]["data"]["trainingSessionChanged"], json!({ "title": "Easy run", "athlete": { "id": ann.id.global() } }));
        assert_eq!(socket.hear_within(QUIET).await, None, "nothing of others");
    }

    async fn a_coach_hears_of_the_changes_of_a_program_by_type(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.owner("Ines").await;
        let stranger = world.program("Hillcrest").await.owner("Otto").await;
        let wire = Wire::of(&world).await;
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        let text = format!("subscription {{ changeOccurred(programId: \"{}\", types: [TEAM]) {{ operation nodeType nodeId node {{ ... on Team {{ name }} }} }} }}", program.id.global());
        socket.subscribe("1", &text).await;
        let make = async || {
            let name = format!("Ski {}", fieldhouse::scope::new_id());
            let input = json!({ "programId": program.id.global(), "name": name, "sport": "RUNNING" });
            coach.change("teamCreate", input, "team { id }").await.ok();
        };
        let heard = until_heard(&mut socket, &make).await;
        let change = &heard["payload"]["data"]["changeOccurred"];
        assert!(change["node"]["name"].as_str().is_some_and(|name| name.starts_with("Ski")), "{change}");
        assert_eq!((&change["operation"], &change["nodeType"]), (&json!("CREATED"), &json!("TEAM")));
        let mut outside = wire.signed_in(stranger.client.token.as_deref()).await;
        outside.subscribe("1", &text).await;
        assert_eq!(outside.hear().await["payload"]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }

    async fn a_socket_ends_with_its_token_and_a_subscription_with_its_right(world: World) {
        let program = world.program("Riverside").await;
        let (owner, coach) = (program.owner("Olga").await, program.coach("Ines").await);
        let wire = Wire::of(&world).await;
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        let text = format!("subscription {{ changeOccurred(programId: \"{}\") {{ nodeType }} }}", program.id.global());
        socket.subscribe("1", &text).await;
        let note = async || {
            let name = format!("Ski {}", fieldhouse::scope::new_id());
            let input = json!({ "programId": program.id.global(), "name": name, "sport": "RUNNING" });
            owner.change("teamCreate", input, "team { id }").await.ok();
        };
        let heard = until_heard(&mut socket, &note).await;
        assert_eq!(heard["type"], "next");
        while socket.hear_within(QUIET).await.is_some() {}
        let removed = owner.change("programMemberRemove", json!({ "id": coach.id.global() }), "member { id }").await;
        removed.ok();
        let mut last = socket.hear().await;
        while last["type"] == "next" {
            last = socket.hear().await;
        }
        assert_eq!(last, json!({ "type": "complete", "id": "1" }), "the right is gone, so is the subscription");
        coach.change("authLogout", json!({ "allSessions": true }), "revokedSessionIds").await.ok();
        assert_eq!(socket.hear().await, json!({ "close": 4401 }));
    }

    async fn the_protocol_is_kept(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let token = coach.client.token.as_deref();
        let wire = Wire::of(&world).await;
        let fresh = async || wire.socket(&[]).await.expect("a socket");
        let mut socket = fresh().await;
        socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, json!({ "close": 4403 }), "nobody without a token");
        let mut socket = fresh().await;
        socket.subscribe("1", "{ __typename }").await;
        assert_eq!(socket.hear().await, json!({ "close": 4401 }));
        let mut socket = fresh().await;
        socket.shout("nonsense").await;
        assert_eq!(socket.hear().await, json!({ "close": 4400 }));
        let mut socket = wire.signed_in(token).await;
        socket.subscribe("1", "subscription { viewerChanged { id } }").await;
        socket.subscribe("1", "subscription { viewerChanged { id } }").await;
        assert_eq!(socket.hear().await, json!({ "close": 4409 }));
        let mut socket = wire.signed_in(token).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, json!({ "close": 4429 }));
        let mut socket = wire.signed_in(token).await;
        socket.subscribe("1", "{ viewer { name } }").await;
        assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["name"], "Ines");
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
        socket.subscribe("2", "{ nothing }").await;
        let refused = socket.hear().await;
        assert_eq!((&refused["type"], &refused["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("GRAPHQL_VALIDATION_FAILED")));
        socket.subscribe("3", "subscription { viewerChanged { id } other: viewerChanged { id } }").await;
        assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
        socket.subscribe("4", "subscription { viewerChanged { id } }").await;
        socket.say(json!({ "type": "complete", "id": "4" })).await;
        socket.subscribe("4", "subscription { viewerChanged { id } }").await;
        assert_eq!(socket.hear_within(QUIET).await, None, "an id is free again once its operation is over");
    }

    async fn a_message_that_is_too_large_is_refused_as_such(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        for bytes in [131_073, 200_000, 2_000_000] {
            let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
            socket.shout(&"x".repeat(bytes)).await;
            assert_eq!(socket.hear().await, json!({ "close": 1009 }), "{bytes}");
        }
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        let largest = json!({ "type": "ping", "payload": { "x": "" } }).to_string();
        let largest = largest.replace("\"\"", &format!("\"{}\"", "x".repeat(131_072 - largest.len())));
        socket.shout(&largest).await;
        assert_eq!(socket.hear().await["type"], "pong");
    }

    async fn a_client_that_talks_on_hears_why_its_socket_is_closed(world: World) {
        let wire = Wire::of(&world).await;
        let mut socket = wire.socket(&[]).await.expect("a socket");
        for _ in 0..100 {
            socket.subscribe("1", &format!("{{ __typename }} # {}", "x".repeat(10_000))).await;
        }
        assert_eq!(socket.hear().await, json!({ "close": 4401 }));
    }

    async fn a_socket_without_the_protocol_is_closed(world: World) {
        let wire = Wire::of(&world).await;
        for protocols in [None, Some("graphql-ws"), Some("graphql-ws, mqtt")] {
            assert_eq!(wire.offering(protocols).await.hear().await, json!({ "close": 4406 }), "{protocols:?}");
        }
        let mut socket = wire.offering(Some("graphql-ws, graphql-transport-ws")).await;
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    }

    async fn a_socket_ends_when_its_token_expires(world: World) {
        let program = world.program("Riverside").await;
        let (owner, coach) = (program.owner("Olga").await, program.coach("Ines").await);
        let ann = program.athlete("Ann").await;
        let wire = Wire::of(&world).await;
        let mut silent = wire.signed_in(coach.client.token.as_deref()).await;
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        let text = format!("subscription {{ changeOccurred(programId: \"{}\") {{ nodeId }} }}", program.id.global());
        socket.subscribe("1", &text).await;
        let plan = async |client: &Client| {
            let input = json!({ "athleteId": ann.id.global(), "title": "Easy run", "workoutCategory": "RUN", "sport": "RUNNING", "scheduledDate": "2026-03-03" });
            client.change("trainingSessionCreate", input, "trainingSession { id }").await.ok();
        };
        until_heard(&mut socket, || plan(&owner.client)).await;
        while socket.hear_within(QUIET).await.is_some() {}
        world.pass(chrono::Duration::days(3_651));
        plan(&world.client(world.sign_in(owner.user.id).await)).await;
        let mut last = socket.hear().await;
        while last.get("close").is_none() {
            assert!(last["payload"]["data"].is_null(), "told to nobody: {last}");
            last = socket.hear().await;
        }
        assert_eq!(last, json!({ "close": 4401 }));
        assert_eq!(silent.hear().await, json!({ "close": 4401 }), "though nothing was to be told");
    }

    async fn an_id_is_free_again_and_means_the_new_operation(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        for _ in 0..10 {
            socket.subscribe("1", "{ viewer { name } }").await;
            socket.say(json!({ "type": "complete", "id": "1" })).await;
            socket.subscribe("1", "subscription { viewerChanged { id } }").await;
            // The first may have been answered before its client ended it.
            while socket.hear_within(Duration::from_millis(50)).await.is_some() {}
            socket.subscribe("1", "{ viewer { name } }").await;
            let mut refused = wire.signed_in(coach.client.token.as_deref()).await;
            std::mem::swap(&mut socket, &mut refused);
            assert_eq!(refused.hear().await, json!({ "close": 4409 }), "the second one goes on");
        }
    }

    async fn sockets_and_their_operations_are_few(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let mut sockets = Vec::new();
        for _ in 0..20 {
            sockets.push(wire.signed_in(coach.client.token.as_deref()).await);
        }
        let mut one_more = wire.socket(&[]).await.expect("a socket");
        let token = format!("Bearer {}", coach.client.token.as_deref().expect("a token"));
        one_more.say(json!({ "type": "connection_init", "payload": { "authorization": token } })).await;
        assert_eq!(one_more.hear().await, json!({ "close": 4429 }));
        for number in 0..51 {
            sockets[0].subscribe(&number.to_string(), "subscription { viewerChanged { id } }").await;
        }
        let refused = sockets[0].hear().await;
        assert_eq!((&refused["id"], &refused["payload"][0]["extensions"]["code"]), (&json!("50"), &json!("TOO_MANY_OPERATIONS")));
    }

    async fn operations_that_go_on_are_short_together(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        let mut listen = async |id: &str, variable: serde_json::Value| {
            let payload = json!({ "query": "subscription { viewerChanged { id } }", "variables": { "x": variable } });
            socket.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
            socket.hear_within(QUIET).await.map(|refused| refused["payload"][0]["extensions"]["code"].clone())
        };
        assert_eq!(listen("1", json!("x".repeat(40_000))).await, None);
        assert_eq!(listen("2", json!(vec![1; 300])).await, None);
        assert_eq!(listen("3", json!(vec![1; 100])).await, None);
        assert_eq!(listen("4", json!(1)).await, Some(json!("TOO_MANY_OPERATIONS")), "values count for more than their bytes");
        socket.say(json!({ "type": "complete", "id": "2" })).await;
        let payload = json!({ "query": "{ __typename }", "variables": { "x": vec![1; 9_000] } });
        socket.say(json!({ "type": "subscribe", "id": "4", "payload": payload })).await;
        assert_eq!(socket.hear().await["payload"]["data"]["__typename"], "Query", "what is soon over may be long");
    }

    async fn pages_of_other_origins_open_no_sockets(world: World) {
        let wire = Wire::of(&world).await;
        let own = format!("http://{}", wire.address);
        assert!(wire.socket(&[("origin", own.as_str())]).await.is_ok());
        assert_eq!(wire.socket(&[("origin", "https://elsewhere.example.org")]).await.err(), Some(403));
        let origins = vec!["https://app.example.org".to_owned()];
        let open = Wire::with(&world, Edge { cors_origins: origins, ..Edge::default() }).await;
        assert!(open.socket(&[("origin", "https://app.example.org")]).await.is_ok());
    }

    async fn what_changes_on_one_server_is_heard_on_another(world: World) {
        if world.kind == Kind::Sqlite {
            eprintln!("skipped: a SQLite database has one server");
            return;
        }
        let program = world.program("Riverside").await;
        let coach = program.coach("Ines").await;
        let options = fieldhouse::config::DatabaseOptions { database_url: world.url.clone().into(), no_migrate: true, patience: Default::default() };
        let mut second = App::new(options.open().await.expect("the database opens"));
        second.clock = world.app.clock.clone();
        let tending = [world.app.clone(), second.clone()].map(|app| tokio::spawn(app.tend()));
        let wire = Wire::serving(second.clone()).await;
        let mut socket = wire.signed_in(coach.client.token.as_deref()).await;
        socket.subscribe("1", "subscription { viewerChanged { name } }").await;
        let heard = until_heard(&mut socket, || rename(&coach, "Heard elsewhere")).await;
        assert_eq!(heard["payload"]["data"]["viewerChanged"]["name"], "Heard elsewhere");
        let signed_out = coach.change("authLogout", json!({ "allSessions": true }), "revokedSessionIds").await;
        signed_out.ok();
        let mut last = socket.hear().await;
        while last["type"] == "next" || last["type"] == "complete" {
            last = socket.hear().await;
        }
        assert_eq!(last, json!({ "close": 4401 }), "revoked there, closed here");
        tending.iter().for_each(tokio::task::JoinHandle::abort);
        second.db.close().await;
    }
}

async fn silence(world: World) {
    let wire = Wire::of(&world).await;
    let mut socket = wire.socket(&[]).await.expect("a socket");
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(
        socket.hear().await,
        json!({ "type": "pong" }),
        "which gains the client no time"
    );
    assert_eq!(socket.hear().await, json!({ "close": 4408 }));
}

/// It takes the ten seconds that a client has, so it waits for them once.
#[test]
fn who_never_says_who_it_is_is_cut_off() {
    database::run(Kind::Sqlite, silence);
}
