//! Attacks: each limit, on the wire, just within it and just beyond.
#[path = "../bench/documents.rs"]
mod documents;

use super::wire::Wire;
use crate::support::*;
use std::time::{Duration, Instant};

/// Fields inside fields, as many as asked for.
fn deep(depth: usize) -> String {
    let inner = "{ ofType ".repeat(depth - 4);
    format!(
        "{{ __schema {{ types {{ fields {{ type {inner} {{ name }} {} }} }} }} }}",
        "}".repeat(depth - 4)
    )
}

both! {
    async fn each_limit_has_its_code_and_its_figure(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let token = coach.client.token.as_deref();
        let many = |count: usize, each: fn(usize) -> String| (0..count).map(each).collect::<Vec<_>>().join(" ");
        let page = "{ programs(first: 50) { nodes { athletes(first: 99) { nodes { id } } } } }";
        let larger = page.replace("99", "100");
        let cases: [(&str, u64, String, String); 9] = [
            ("DOCUMENT_TOO_LARGE", 16_384, format!("{{__typename}}#{}", "x".repeat(16_371)), format!("{{__typename}}#{}", "x".repeat(16_372))),
            ("TOO_MANY_TOKENS", 1_000, format!("{{ node(id: [{}]) {{ id }} }}", "1 ".repeat(988)), format!("{{ node(id: [{}]) {{ id }} }}", "1 ".repeat(989))),
            ("TOO_DEEP", 20, deep(19), deep(20)),
            ("TOO_MANY_SELECTIONS", 300, format!("{{ viewer {{ {} }} }}", "id ".repeat(299)), format!("{{ viewer {{ {} }} }}", "id ".repeat(300))),
            ("TOO_MANY_ALIASES", 15, format!("{{ viewer {{ {} }} }}", many(15, |number| format!("a{number}: id"))), format!("{{ viewer {{ {} }} }}", many(16, |number| format!("a{number}: id")))),
            ("TOO_MANY_ROOT_FIELDS", 20, format!("{{ {} }}", "__typename ".repeat(20)), format!("{{ {} }}", "__typename ".repeat(21))),
            ("TOO_MANY_DIRECTIVES", 50, format!("{{ {} }}", "... @include(if: true) { __typename } ".repeat(20)), format!("{{ __typename {} }}", "@include(if: true) ".repeat(51))),
            ("TOO_COSTLY", 5_000, page.to_owned(), larger),
            ("TOO_DEEP", 64, format!("{{ node(id: {}{}) {{ id }} }}", "[".repeat(62), "]".repeat(62)), format!("{{ node(id: {}{}) {{ id }} }}", "[".repeat(64), "]".repeat(64))),
        ];
        for (code, limit, within, beyond) in cases {
            let fine = wire.ask(token, &within).await;
            assert_ne!(fine.code(), code, "{limit}: {}", fine.body);
            let refused = wire.ask(token, &beyond).await;
            assert_eq!(refused.code(), code, "{}", refused.body);
            assert_eq!(refused.body["errors"][0]["extensions"]["limit"], limit, "{code}");
            assert!(refused.body["errors"][0]["extensions"]["found"].as_u64() > Some(limit), "{code}");
            assert!(refused.body.get("data").is_none(), "{code}");
        }
    }

    async fn the_anonymous_ask_less_deeply(world: World) {
        let wire = Wire::of(&world).await;
        assert_eq!(wire.ask(None, &deep(14)).await.code(), "");
        let refused = wire.ask(None, &deep(15)).await;
        assert_eq!((refused.code(), &refused.body["errors"][0]["extensions"]["limit"]), ("TOO_DEEP", &json!(15)));
    }

    async fn variables_are_counted(world: World) {
        let wire = Wire::of(&world).await;
        let ask = async |value: serde_json::Value| {
            let body = json!({ "query": "query($v: ID) { node(id: $v) { id } }", "variables": { "v": value } });
            wire.post(body.to_string(), &[]).await.code().to_owned()
        };
        let nested = |depth: usize| (0..depth).fold(json!(1), |value, _| json!([value]));
        assert_ne!(ask(nested(20)).await, "VARIABLES_TOO_DEEP");
        assert_eq!(ask(nested(21)).await, "VARIABLES_TOO_DEEP");
        assert_ne!(ask(json!(vec![1; 9_999])).await, "VARIABLES_TOO_LARGE");
        assert_eq!(ask(json!(vec![1; 10_000])).await, "VARIABLES_TOO_LARGE");
        let bomb = format!("{{\"query\":\"{{__typename}}\",\"variables\":{}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        assert_eq!(wire.post(bomb, &[]).await.status, 400, "the reader of JSON has its own limit");
    }

    async fn long_bodies_are_for_imports(world: World) {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines").await;
        let wire = Wire::of(&world).await;
        let bearer = format!("Bearer {}", coach.client.token.as_deref().expect("a token"));
        let signed_in = [("authorization", bearer.as_str())];
        let padded = |bytes: usize| {
            let body = json!({ "query": "{ __typename }", "extensions": { "padding": "" } }).to_string();
            body.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - body.len())))
        };
        assert_eq!(wire.post(padded(131_072), &[]).await.status, 200);
        for headers in [&[][..], &signed_in] {
            let refused = wire.post(padded(131_073), headers).await;
            assert_eq!((refused.status, refused.code()), (413, "BODY_TOO_LARGE"));
            assert_eq!(refused.body["errors"][0]["extensions"]["limit"], 131_072);
        }
        let import = |rows: usize| {
            let content = format!("athlete,date\n{}", "nobody,2026-03-02\n".repeat(rows));
            let text = "mutation($input: TrainingSessionsImportInput!) { trainingSessionsImport(input: $input) { userErrors { code } } }";
            let input = json!({ "programId": program.id.global(), "content": content, "dryRun": true });
            json!({ "query": text, "variables": { "input": input } }).to_string()
        };
        let long = wire.post(import(20_000), &signed_in).await;
        assert_eq!(long.status, 200, "{}", long.body);
        assert_ne!(long.code(), "BODY_TOO_LARGE");
        assert_eq!(wire.post(import(600_000), &signed_in).await.status, 413);
        assert_eq!(wire.post(import(20_000), &[]).await.status, 413, "nobody's long body is read");
    }

    async fn fragments_that_spread_each_other_are_refused_at_once(world: World) {
        let wire = Wire::of(&world).await;
        let chain: Vec<String> = (0..25).map(|number| format!("fragment f{number} on Node {{ ...f{0} ...f{0} }}", number + 1)).collect();
        let bomb = format!("{{ node(id: 1) {{ ...f0 }} }} {} fragment f25 on Node {{ id }}", chain.join(" "));
        let began = Instant::now();
        assert_eq!(wire.ask(None, &bomb).await.code(), "TOO_MANY_SELECTIONS");
        assert!(began.elapsed() < Duration::from_secs(2), "2^25 selections would take minutes");
        let cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        assert_eq!(wire.ask(None, cycle).await.code(), "GRAPHQL_VALIDATION_FAILED");
    }

    async fn texts_without_an_end_hide_nothing(world: World) {
        let wire = Wire::of(&world).await;
        for depth in [70, 400, 4_000] {
            let nested = format!("{{ node(id: [\"\"\"x\" {}{}]) {{ id }} }}", "[".repeat(depth), "]".repeat(depth));
            let code = wire.ask(None, &nested).await.code().to_owned();
            assert!(["TOO_DEEP", "TOO_MANY_TOKENS"].contains(&code.as_str()), "{depth}: {code}");
        }
        assert_eq!(wire.ask(None, "{ __typename }").await.status, 200, "the server is still there");
    }

    async fn the_schema_does_not_multiply_itself(world: World) {
        let wire = Wire::of(&world).await;
        let nested = (0..4).fold("name".to_owned(), |inner, _| format!("possibleTypes {{ interfaces {{ {inner} }} }}"));
        let hidden = (0..4).fold("name".to_owned(), |inner, _| {
            format!("... on __Type {{ possibleTypes {{ ... on __Type {{ interfaces {{ {inner} }} }} }} }}")
        });
        let spread = "...A } } fragment A on __Type { interfaces { ...B } } fragment B on __Type { possibleTypes { ...C } } \
            fragment C on __Type { interfaces { ...D } } fragment D on __Type { possibleTypes { name";
        for inner in [nested.as_str(), &hidden, spread] {
            let bomb = format!("{{ __type(name: \"Node\") {{ {inner} }} }}");
            assert_eq!(wire.ask(None, &bomb).await.code(), "TOO_COSTLY", "{bomb}");
        }
    }

    async fn what_is_asked_for_by_ids_costs_as_many(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let text = format!("query($a: ID!) {{ nodes(ids: [{}]) {{ ... on Program {{ athletes(first: 60) {{ nodes {{ id }} }} }} }} }}", "$a ".repeat(100));
        let body = json!({ "query": text, "variables": { "a": "x" } }).to_string();
        let token = format!("Bearer {}", coach.client.token.as_deref().expect("a token"));
        let refused = wire.post(body, &[("authorization", token.as_str())]).await;
        assert_eq!((refused.code(), &refused.body["errors"][0]["extensions"]["found"]), ("TOO_COSTLY", &json!(6_100)));
    }

    async fn graphiqls_introspection_is_within_the_limits(world: World) {
        let wire = Wire::of(&world).await;
        let reply = wire.ask(None, include_str!("introspection.graphql")).await;
        assert_eq!(reply.code(), "", "{:.300}", reply.body.to_string());
        assert!(reply.body["data"]["__schema"]["types"].as_array().is_some_and(|types| types.len() > 100));
    }

    async fn what_the_six_operations_cost_is_written_down(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let mut costs = Vec::new();
        for document in documents::documents() {
            let costly = document.trim_end().strip_suffix('}').map(|text| format!("{text} rateLimit {{ cost }} }}"));
            let document = if document.starts_with("mutation") { document } else {
                costly.filter(|_| !document.contains("fragment")).unwrap_or_else(|| document.replacen("{ teamSeason", "{ rateLimit { cost } teamSeason", 1))
            };
            let token = format!("Bearer {}", coach.client.token.as_deref().expect("a token"));
            let variables = json!({ "id": "x", "after": "x", "input": { "id": "x", "actual": {} } });
            let body = json!({ "query": document, "variables": variables }).to_string();
            let reply = wire.post(body, &[("authorization", token.as_str())]).await;
            assert_ne!(reply.code(), "TOO_COSTLY", "{}", reply.body);
            costs.push(reply.body["data"]["rateLimit"]["cost"].clone());
        }
        // The last one is a mutation, which cannot ask.
        assert_eq!(costs, [json!(1), json!(51), json!(2_601), json!(701), json!(101), json!(null)]);
    }

    async fn the_limits_are_told(world: World) {
        let coach = world.program("Riverside").await.coach("Ines").await;
        let wire = Wire::of(&world).await;
        let text = "{ serviceConfig { maxQueryDepth maxQueryComplexity maxBodyBytes maxPageSize requestTimeoutMilliseconds }
            rateLimit { cost limit used remaining nodeCount } programs(first: 7) { nodes { id } } }";
        let reply = wire.ask(coach.client.token.as_deref(), text).await;
        let data = &reply.body["data"];
        assert_eq!(data["serviceConfig"], json!({ "maxQueryDepth": 20, "maxQueryComplexity": 5_000, "maxBodyBytes": 131_072, "maxPageSize": 100, "requestTimeoutMilliseconds": 10_000 }));
        assert_eq!(data["rateLimit"], json!({ "cost": 7, "limit": 100_000, "used": 7, "remaining": 99_993, "nodeCount": 7 }));
        assert!(wire.ask(None, text).await.body["data"]["rateLimit"].is_null());
    }
}
