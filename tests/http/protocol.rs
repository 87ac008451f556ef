//! GraphQL over HTTP: media types, methods, parameters; what operators and browsers ask.
use super::wire::Wire;
use crate::support::*;
use fieldhouse::http::Edge;
use sha2::{Digest, Sha256};

const GRAPHQL: &str = "application/graphql-response+json";

both! {
    async fn the_media_type_decides_the_status(world: World) {
        let wire = Wire::of(&world).await;
        for (query, status) in [("{ __typename }", 200), ("{ nothing }", 400), ("{", 400)] {
            let body = json!({ "query": query }).to_string();
            let reply = wire.post(body.clone(), &[("accept", GRAPHQL)]).await;
            assert_eq!((reply.status, reply.header("content-type")), (status, "application/graphql-response+json; charset=utf-8"));
            assert_eq!(reply.body.get("data").is_some(), status == 200);
            let reply = wire.post(body, &[("accept", "application/json")]).await;
            assert_eq!((reply.status, reply.header("content-type")), (200, "application/json; charset=utf-8"));
        }
        assert_eq!(wire.ask(None, "{").await.code(), "GRAPHQL_PARSE_FAILED");
        assert_eq!(wire.ask(None, "{ nothing }").await.code(), "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(wire.ask(None, "query($id: ID!) { node(id: $id) { id } }").await.code(), "BAD_USER_INPUT");
        assert_eq!(wire.post("{}", &[("accept", "text/html")]).await.status, 406);
    }

    async fn what_is_no_request_is_refused_with_the_reason(world: World) {
        let wire = Wire::of(&world).await;
        let cases = [
            ("[]", "Send one operation at a time: there are no batches."),
            ("1", "The body is not a JSON object."),
            ("{", "The body is not JSON: see line 1, column 1."),
            ("{}", "The parameter `query` is missing."),
            (r#"{"query": 1}"#, "The parameter `query` must be a string."),
            (r#"{"query": "{a}", "operationName": 1}"#, "The parameter `operationName` must be a string."),
            (r#"{"query": "{a}", "variables": [1]}"#, "The parameter `variables` must be an object."),
            (r#"{"query": "{a}", "extensions": "x"}"#, "The parameter `extensions` must be an object."),
        ];
        for (body, message) in cases {
            let reply = wire.post(body, &[]).await;
            assert_eq!((reply.status, reply.body["errors"][0]["message"].as_str()), (400, Some(message)), "{body}");
        }
        let nulls = r#"{"query": "{__typename}", "operationName": null, "variables": null, "extensions": null}"#;
        assert_eq!(wire.post(nulls, &[]).await.status, 200);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=latin1", ""] {
            assert_eq!(wire.post(nulls, &[("content-type", kind)]).await.status, 415, "{kind}");
        }
        let basic = wire.post(nulls, &[("authorization", "Basic eA==")]).await;
        assert_eq!(basic.status, 400);
    }

    async fn queries_come_by_get_only_where_that_is_configured(world: World) {
        let closed = Wire::of(&world).await;
        let open = Wire::with(&world, Edge { get: true, ..Edge::default() }).await;
        let client = reqwest::Client::new();
        let get = async |wire: &Wire, query: &str| Wire::reply(client.get(wire.url(&format!("/graphql?query={query}")))).await;
        let refused = get(&closed, "{__typename}").await;
        assert_eq!((refused.status, refused.header("allow")), (405, "POST"));
        assert_eq!(get(&open, "{__typename}").await.body["data"]["__typename"], "Query");
        assert_eq!(get(&open, "mutation{__typename}").await.status, 405);
        let deleted = Wire::reply(client.delete(open.url("/graphql"))).await;
        assert_eq!((deleted.status, deleted.header("allow")), (405, "GET, POST"));
    }

    async fn a_document_is_sent_once_and_then_known_by_its_hash(world: World) {
        let wire = Wire::of(&world).await;
        let text = "{ serviceConfig { maxPageSize } }";
        let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        let by_hash = json!({ "extensions": extensions }).to_string();
        let unknown = wire.post(by_hash.clone(), &[]).await;
        assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(unknown.body["errors"][0]["message"], "PersistedQueryNotFound");
        let whole = wire.post(json!({ "query": text, "extensions": extensions }).to_string(), &[]).await;
        assert_eq!(whole.body["data"]["serviceConfig"]["maxPageSize"], 100);
        assert_eq!(wire.post(by_hash, &[]).await.body, whole.body);
        let other = json!({ "query": "{ __typename }", "extensions": extensions }).to_string();
        assert_eq!(wire.post(other, &[]).await.status, 400, "another document under the hash");
    }

    async fn every_answer_has_a_number_and_keeps_pages_out(world: World) {
        let wire = Wire::of(&world).await;
        let numbered = [("x-request-id", "trace-1")];
        let reply = wire.post(r#"{"query":"{__typename}"}"#, &numbered).await;
        assert_eq!(reply.header("x-request-id").len(), 32, "anybody may have written the number");
        let behind = Wire::with(&world, Edge { trusted_proxies: 1, ..Edge::default() }).await;
        assert_eq!(behind.post(r#"{"query":"{__typename}"}"#, &numbered).await.header("x-request-id"), "trace-1");
        assert_eq!(wire.ask(None, "{__typename}").await.header("x-request-id").len(), 32);
        assert_eq!((reply.header("x-content-type-options"), reply.header("cache-control")), ("nosniff", "no-store"));
        assert_eq!(reply.header("access-control-allow-origin"), "", "no origin may unless configured");
        let origins = vec!["https://app.example.org".to_owned()];
        let open = Wire::with(&world, Edge { cors_origins: origins, ..Edge::default() }).await;
        let from = async |origin: &str| {
            let reply = open.post(r#"{"query":"{__typename}"}"#, &[("origin", origin)]).await;
            reply.header("access-control-allow-origin").to_owned()
        };
        assert_eq!(from("https://app.example.org").await, "https://app.example.org");
        assert_eq!(from("https://elsewhere.example.org").await, "");
    }

    async fn operators_see_that_it_lives_and_what_it_does(world: World) {
        let wire = Wire::with(&world, Edge { metrics_token: Some("secret".into()), ..Edge::default() }).await;
        wire.ask(None, "{ __typename }").await;
        let client = reqwest::Client::new();
        let get = async |path: &str, forwarded: &str, token: &str| {
            let mut request = client.get(wire.url(path));
            if !forwarded.is_empty() {
                request = request.header("x-forwarded-for", forwarded);
            }
            if !token.is_empty() {
                request = request.bearer_auth(token);
            }
            Wire::reply(request).await
        };
        assert_eq!(get("/livez", "", "").await.body, "ok");
        assert_eq!(get("/readyz", "", "").await.body, "ready");
        let figures = get("/metrics", "", "secret").await.body.to_string();
        for name in ["fieldhouse_requests_total{outcome=\\\"OK\\\",type=\\\"query\\\"} 1", "fieldhouse_request_statements", "fieldhouse_database_connections"] {
            assert!(figures.contains(name), "{name} in {figures}");
        }
        assert_eq!(get("/metrics", "", "").await.status, 404, "not without the token where there is one");
        assert_eq!(get("/metrics", "192.0.2.1", "").await.status, 404, "not through a proxy");
        assert_eq!(get("/metrics", "192.0.2.1", "wrong").await.status, 404);
        assert_eq!(get("/metrics", "192.0.2.1", "secret").await.status, 200);
    }
}
