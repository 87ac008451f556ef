//! What clients send that nobody should: it is refused with a reason, and hurts nobody else.
use crate::support::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const ATHLETES: &str = "query($id: ID!, $after: String, $search: String) { program(id: $id) {
    athletes(first: 2, after: $after, filter: { search: $search }) { nodes { id } pageInfo { endCursor } } } }";

both! {
    async fn a_document_is_short(world: World) {
        let chain: Vec<String> = (0..10_000).map(|number| format!("fragment f{number} on Query {{ ...f{} }}", number + 1)).collect();
        let text = format!("{} fragment f10000 on Query {{ __typename }} {{ __typename }}", chain.join(" "));
        let answer = world.anonymous().ask(&text).await;
        assert_eq!(answer.codes(), ["DOCUMENT_TOO_LARGE"]);
        let nested = format!("{{ {} }}", "a ".repeat(40_000));
        assert_eq!(world.anonymous().ask(&nested).await.codes(), ["DOCUMENT_TOO_LARGE"]);
    }

    async fn what_is_held_for_a_request_is_moved_at_little_cost(world: World) {
        let request = async_graphql::Request::new("{ __typename }");
        let answer = world.app.execute(request, fieldhouse::scope::Client::default());
        let size = size_of_val(&answer);
        assert!(size <= 12 << 10, "every layer of the edge moves {size} bytes");
        assert!(answer.await.errors.is_empty());
    }

    async fn a_mutation_runs_once_for_a_key(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let twice = "mutation { viewerUpdate(input: { name: \"X\" }) { user { version } } viewerUpdate(input: { name: \"X\" }) { user { name } } }";
        let answer = coach.ask(twice).await;
        assert_eq!(answer.get("viewerUpdate.user.name"), "X");
        let version = answer.get("viewerUpdate.user.version").clone();
        let directed = "mutation { viewerUpdate(input: { name: \"Y\" }) @include(if: true) { user { version } } \
             viewerUpdate(input: { name: \"Y\" }) @include(if: true) { user { name } } }";
        let refused = coach.ask(directed).await;
        assert_eq!(refused.errors()[0]["message"], "Select viewerUpdate once, or under another name each time: with directives it would run twice.");
        let spread = "mutation { ...F @include(if: true) ...F @skip(if: false) } \
             fragment F on Mutation { viewerUpdate(input: { name: \"Y\" }) { user { version } } }";
        assert_eq!(coach.ask(spread).await.errors().len(), 1);
        let viewer = coach.ask("{ viewer { name version } }").await;
        assert_eq!(viewer.get("viewer"), &json!({ "name": "X", "version": version }), "nothing ran");
    }

    async fn a_bad_cursor_fails_the_field_that_sent_it_alone(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.coach("Ines").await;
        for name in ["Mia Novak", "Ben Okoro", "Nia Osei"] {
            program.athlete(name).await;
        }
        let variables = json!({ "id": program.id.global(), "after": null });
        let first = coach.query(ATHLETES, variables).await;
        let honest = first.text("program.athletes.pageInfo.endCursor").to_owned();
        let forged = |text: String| URL_SAFE_NO_PAD.encode(text);
        let id = fieldhouse::scope::new_id();
        for cursor in [
            "junk".to_owned(),
            forged(format!("[\"sort_name\",false,{{\"n\":5}},\"{id}\"]")),
            forged(format!("[\"sort_name\",false,{{\"t\":\"a\\u0000b\"}},\"{id}\"]")),
            forged(format!("[\"updated_at\",false,{{\"i\":\"2026-03-02T12:00:00Z\"}},\"{id}\"]")),
        ] {
            let both = "query($id: ID!, $good: String, $bad: String) {
                bad: program(id: $id) { athletes(first: 2, after: $bad) { nodes { id } } }
                good: program(id: $id) { athletes(first: 2, after: $good) { nodes { id } } } }";
            let answer = coach.query(both, json!({ "id": program.id.global(), "good": honest, "bad": cursor })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{cursor}");
            assert_eq!(answer.errors()[0]["path"], json!(["bad", "athletes"]));
            assert_eq!(answer.data()["good"]["athletes"]["nodes"].as_array().map(Vec::len), Some(1));
        }
    }

    async fn a_search_is_of_few_words(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.coach("Ines").await;
        for search in ["a ".repeat(1_200), "b".repeat(60_000)] {
            let answer = coach.query(ATHLETES, json!({ "id": program.id.global(), "search": search })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        }
    }

    async fn the_order_of_an_inputs_fields_is_no_other_input(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let text = |fields: &str| format!("mutation {{ teamCreate(input: {{ {fields} }}) {{ team {{ id }} userErrors {{ code }} }} }}");
        let id = program.id.global();
        let one = owner.ask(&text(&format!("programId: \"{id}\", name: \"Ski\", sport: ROWING, idempotencyKey: \"1\""))).await;
        let again = owner.ask(&text(&format!("idempotencyKey: \"1\", name: \"Ski\", sport: ROWING, programId: \"{id}\""))).await;
        assert_eq!(one.get("teamCreate"), again.get("teamCreate"));
        assert!(one.get("teamCreate.team.id").is_string());
    }

    async fn a_known_document_is_checked_against_its_variables(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        program.athlete("Mia Novak").await;
        let text = "query($id: ID!, $first: Int) { program(id: $id) { athletes(first: $first) { nodes { lastName } } } }";
        let ask = async |first: serde_json::Value| ines.query(text, json!({ "id": program.id.global(), "first": first })).await;
        for _ in 0..2 {
            assert_eq!(ask(json!(1)).await.text("program.athletes.nodes.0.lastName"), "Novak");
        }
        for wrong in [json!("one"), json!(1.5), json!([{}])] {
            let answer = ask(wrong.clone()).await;
            assert!(answer.body["errors"][0]["message"].is_string() && answer.body["data"].is_null(), "{wrong}: {}", answer.body);
        }
        assert_eq!(ask(json!(null)).await.text("program.athletes.nodes.0.lastName"), "Novak");
        assert!(ines.query(text, json!({})).await.body["errors"][0]["message"].is_string());
    }

    async fn a_document_is_not_known_by_half_of_it(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let ask = async |text: &str, name: Option<&str>, variables: serde_json::Value| {
            let mut variables = variables;
            variables["id"] = json!(program.id.global());
            match name {
                Some(name) => ines.operation(text, name, variables).await,
                None => ines.query(text, variables).await,
            }
        };
        let mixed = "query($id: ID!, $search: String) { program(id: $id) { athletes(filter: { search: $search, nonsense: 1 }) { totalCount } } }";
        ask(mixed, None, json!({})).await;
        let answer = ask(mixed, None, json!({ "search": "mia" })).await;
        assert!(answer.body["errors"][0]["message"].is_string(), "{}", answer.body);
        let two = "query One($id: ID!) { program(id: $id) { name } }
            query Other($id: ID!, $search: String) { program(id: $id) { athletes(filter: { search: $search, nonsense: 1 }) { totalCount } } }";
        assert_eq!(ask(two, Some("One"), json!({})).await.text("program.name"), "Riverside");
        let answer = ask(two, Some("Other"), json!({ "search": "mia" })).await;
        assert!(answer.body["errors"][0]["message"].is_string(), "{}", answer.body);
    }

    async fn a_known_document_is_answered_as_one_that_is_new(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        for name in ["Mia Novak", "Ben Okoro"] {
            program.athlete(name).await;
        }
        let id = program.id.global();
        let good = json!({ "id": id, "with": true });
        let defaults = "query($id: ID!, $first: Int = 1, $after: String) { kind: __typename program(id: $id) {
            athletes(first: $first, after: $after) { nodes { ...Name __typename } } } }
            fragment Name on Athlete { firstName lastName }";
        let directed = "query($id: ID!, $with: Boolean!) { program(id: $id) { slug name @include(if: $with) ...More @skip(if: $with) } }
            fragment More on Program { athletes(first: 1) { totalCount } }";
        let fallible = "query($id: ID!, $after: String) { program(id: $id) { athletes(after: $after) { totalCount } } viewer { name } }";
        let of_schema = "query($id: ID!) { __schema { queryType { name } } __type(name: \"Athlete\") { kind } program(id: $id) { slug } }";
        for (text, others) in [
            (defaults, vec![json!({ "id": id, "first": 2 }), json!({ "id": id, "first": 0 }), json!({ "id": id, "after": "junk" })]),
            (directed, vec![json!({ "id": id, "with": false })]),
            (fallible, vec![json!({ "id": id, "after": "junk" }), json!({ "id": "junk" })]),
            (of_schema, vec![json!({ "id": "junk" })]),
        ] {
            let first = ines.query(text, good.clone()).await;
            assert_eq!(first.body["errors"], json!(null), "{text}");
            assert_eq!(ines.query(text, good.clone()).await.body, first.body, "{text}");
            for (place, variables) in others.into_iter().enumerate() {
                let new = ines.query(&format!("{text} #{place}"), variables.clone()).await;
                assert_ne!(new.body, first.body, "{text} {variables}");
                assert_eq!(ines.query(text, variables.clone()).await.body, new.body, "{text} {variables}");
                assert_eq!(ines.query(text, good.clone()).await.body, first.body, "{text}");
            }
        }
    }

    async fn errors_of_a_known_document_come_as_those_of_a_new_one(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let id = program.id.global();
        let text = "query($id: ID!, $one: String, $other: String) {
            one: program(id: $id) { name athletes(after: $one) { totalCount } }
            other: program(id: $id) { athletes(after: $other) { totalCount } } fine: viewer { name } }";
        assert_eq!(ines.query(text, json!({ "id": id })).await.body["errors"], json!(null));
        let wrong = json!({ "id": id, "one": "junk", "other": "rubbish" });
        let known = ines.query(text, wrong.clone()).await;
        assert_eq!(known.codes(), ["BAD_USER_INPUT", "BAD_USER_INPUT"]);
        assert_eq!(known.body, ines.query(&format!("{text} #"), wrong).await.body);
    }

    async fn a_known_mutation_runs_its_fields_in_their_order(world: World) {
        world.founder("Ines", "Riverside").await;
        let text = "mutation($login: AuthLoginInput!, $name: String!) {
            authLogin(input: $login) { tokens { accessToken } }
            viewerUpdate(input: { name: $name }) { user { name } } }";
        let login = json!({ "email": "ines@example.org", "password": account::PASSWORD });
        for name in ["Ines Marin", "Ines", "Ines M."] {
            // Only who was let in by the first field may do what the second does.
            let answer = world.anonymous().query(text, json!({ "login": login, "name": name })).await;
            assert_eq!(answer.text("viewerUpdate.user.name"), name);
        }
    }

    async fn objects_selected_twice_under_one_key_are_merged(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        program.athlete("Mia Novak").await;
        let text = "query($id: ID!) { program(id: $id) { athletes(first: 5) { nodes { firstName } } ...More } } \
            fragment More on Program { athletes(first: 5) { nodes { __typename lastName } } }";
        for _ in 0..2 {
            let answer = ines.query(text, json!({ "id": program.id.global() })).await;
            let mia = json!({ "firstName": "Mia", "__typename": "Athlete", "lastName": "Novak" });
            assert_eq!(answer.get("program.athletes.nodes.0"), &mia);
        }
    }
}
