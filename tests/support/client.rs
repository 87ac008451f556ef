//! Clients that ask over HTTP, and what they are answered.
use super::world::World;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Somebody who asks, with a token or without.
#[derive(Clone)]
pub struct Client {
    pub world: World,
    pub token: Option<String>,
}

impl Client {
    /// Asks without variables.
    pub async fn ask(&self, text: &str) -> Answer {
        self.query(text, json!({})).await
    }

    /// Asks with variables.
    pub async fn query(&self, text: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": text, "variables": variables })).await
    }

    /// Runs one of the operations of a document.
    pub async fn operation(&self, document: &str, name: &str, variables: Value) -> Answer {
        let body = json!({ "query": document, "operationName": name, "variables": variables });
        self.post(&body).await
    }

    async fn post(&self, body: &Value) -> Answer {
        let (statements, rows) = self.world.app.db.spent();
        let (status, body) = send(self.world.router.clone(), self.token.as_deref(), body).await;
        let (statements_after, rows_after) = self.world.app.db.spent();
        assert_eq!(status, StatusCode::OK, "{body}");
        Answer {
            body: serde_json::from_str(&body).expect("an answer is JSON"),
            body_text: body,
            statements: statements_after - statements,
            rows: rows_after - rows,
        }
    }

    /// Runs a mutation of one argument `input`, answering the payload's own selection.
    ///
    /// `client.change("teamCreate", json!({ .. }), "team { id }")` asks for `team { id } userErrors { .. }`.
    pub async fn change(&self, mutation: &str, input: Value, selection: &str) -> Payload {
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let text = format!(
            "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} \
             userErrors {{ code message field itemIndex currentVersion }} }} }}"
        );
        let answer = self.query(&text, json!({ "input": input })).await;
        let payload = answer.get(mutation).clone();
        Payload { payload, answer }
    }
}

/// Sends one request to a router and reads the whole answer.
pub async fn send(router: Router, token: Option<&str>, body: &Value) -> (StatusCode, String) {
    let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request
        .body(Body::from(body.to_string()))
        .expect("a request is well formed");
    let response = router.oneshot(request).await.expect("a router answers");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body ends");
    (status, String::from_utf8(bytes.to_vec()).expect("a body is text"))
}

/// What a request was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The whole body.
    pub body: Value,
    /// The same as it was sent, for the order of keys.
    pub body_text: String,
    /// Statements that it took, those that found out who asks among them.
    pub statements: u64,
    /// Rows that were read for it.
    pub rows: u64,
}

impl Answer {
    /// The data, whatever errors stand beside it.
    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// Top-level errors.
    pub fn errors(&self) -> &[Value] {
        self.body["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The codes of the top-level errors, in their order.
    pub fn codes(&self) -> Vec<&str> {
        self.errors()
            .iter()
            .map(|error| error["extensions"]["code"].as_str().unwrap_or("none"))
            .collect()
    }

    /// Refuses top-level errors.
    #[track_caller]
    pub fn ok(&self) -> &Self {
        assert!(self.errors().is_empty(), "{}", self.body_text);
        self
    }

    /// The value at a path such as `viewer.programs.nodes.0.id`; there must be no errors and the path must exist.
    #[track_caller]
    pub fn get(&self, path: &str) -> &Value {
        at(self.ok().data(), path)
    }

    /// The text at a path.
    #[track_caller]
    pub fn text(&self, path: &str) -> &str {
        let value = self.get(path);
        value.as_str().unwrap_or_else(|| panic!("no text at {path}: {value}"))
    }

    /// The values at `path` below each item of a list: `answer.each("team.nodes", "name")`.
    #[track_caller]
    pub fn each(&self, list: &str, path: &str) -> Vec<Value> {
        let items = self.get(list);
        let items = items.as_array().unwrap_or_else(|| panic!("no list at {list}: {items}"));
        items.iter().map(|item| at(item, path).clone()).collect()
    }
}

/// The value at a path of keys and indexes joined by dots.
#[track_caller]
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    let mut place = value;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let next = match part.parse::<usize>() {
            Ok(index) => place.get(index),
            Err(_) => place.get(part),
        };
        place = next.unwrap_or_else(|| panic!("nothing at `{part}` of {path} in {value}"));
    }
    place
}

/// The payload of a mutation.
#[derive(Clone, Debug)]
pub struct Payload {
    payload: Value,
    pub answer: Answer,
}

impl Payload {
    /// Refuses mistakes.
    #[track_caller]
    pub fn ok(&self) -> &Self {
        let mistakes = &self.payload["userErrors"];
        assert_eq!(mistakes, &json!([]), "{}", self.answer.body_text);
        self
    }

    /// The value at a path below the payload, which must be without mistakes.
    #[track_caller]
    pub fn get(&self, path: &str) -> &Value {
        at(&self.ok().payload, path)
    }

    /// The text at a path below the payload.
    #[track_caller]
    pub fn text(&self, path: &str) -> &str {
        let value = self.get(path);
        value.as_str().unwrap_or_else(|| panic!("no text at {path}: {value}"))
    }

    /// The mistakes, each as `CODE at input.field`, with `[n]` for an item.
    #[track_caller]
    pub fn mistakes(&self) -> Vec<String> {
        let mistakes = at(&self.payload, "userErrors").as_array().expect("a list");
        mistakes
            .iter()
            .map(|mistake| {
                let code = mistake["code"].as_str().unwrap_or_default();
                let path: Vec<&str> = mistake["field"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let place = mistake["itemIndex"]
                    .as_i64()
                    .map_or(String::new(), |index| format!("[{index}]"));
                match path.as_slice() {
                    [] => code.to_owned(),
                    path => format!("{code} at {}{place}", path.join(".")),
                }
            })
            .collect()
    }
}
