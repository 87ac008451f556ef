//! Every mutation, by the catalogue of valid inputs: it works, it refuses the anonymous, it takes foreign ids for unknown
//! ones, and no input makes it fail inside.
use crate::{
    catalogue::{self, Entry, Who},
    support::{
        client::{Answer, at},
        introspection::TypeRef,
        *,
    },
};
use fieldhouse::scope::new_id;
use serde_json::Value;
use std::collections::BTreeSet;

/// Runs a mutation of the catalogue with an input, answering everything that its payload tells.
pub(super) async fn change(client: &Client, mutation: &str, input: &Value) -> Answer {
    let schema = Introspection::get();
    let field = schema.of("Mutation").fields.iter().find(|field| field.name == mutation);
    let field = field.unwrap_or_else(|| panic!("no mutation {mutation}"));
    let selection = schema.selection(&field.of.name, 1);
    let input_type = field.arguments.first().map(|argument| argument.of.name.as_str());
    let text = match input_type {
        Some(name) => format!("mutation($input: {name}!) {{ payload: {mutation}(input: $input) {{ {selection} }} }}"),
        None => format!("mutation {{ payload: {mutation} {{ {selection} }} }}"),
    };
    client.query(&text, json!({ "input": input })).await
}

pub(super) fn codes(answer: &Answer) -> Vec<String> {
    let errors = answer.data()["payload"]["userErrors"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    errors
        .iter()
        .map(|error| error["code"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn client<'a>(entry: &Entry, stock: &'a Stock) -> &'a Client {
    match entry.by {
        Who::Owner | Who::Anybody => &stock.owner,
    }
}

/// Places of the values in an input: each a path of keys and indexes joined by dots, with the type it has there.
fn places(input: &Value, of: &TypeRef, path: String, found: &mut Vec<(String, TypeRef)>) {
    found.push((path.clone(), of.clone()));
    let below = |part: &str| {
        if path.is_empty() {
            part.to_owned()
        } else {
            format!("{path}.{part}")
        }
    };
    match input {
        Value::Array(items) => {
            let item = TypeRef {
                is_list: false,
                ..of.clone()
            };
            for (index, value) in items.iter().enumerate() {
                places(value, &item, below(&index.to_string()), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let known = Introspection::get().of(&of.name);
                let field = known.input_fields.iter().find(|field| field.name == *name);
                let field = field.unwrap_or_else(|| panic!("{} has no field {name}", of.name));
                places(value, &field.of, below(name), found);
            }
        }
        _ => {}
    }
}

fn places_of(entry: &Entry) -> Vec<(String, TypeRef)> {
    let schema = Introspection::get();
    let field = schema
        .of("Mutation")
        .fields
        .iter()
        .find(|field| field.name == entry.mutation);
    let argument = field.and_then(|field| field.arguments.first());
    let mut found = Vec::new();
    if let Some(argument) = argument {
        places(&entry.input, &argument.of, String::new(), &mut found);
    }
    found
}

/// The input with another value at a path.
fn with(input: &Value, path: &str, value: Value) -> Value {
    let mut changed = input.clone();
    let pointer: String = path.split('.').flat_map(|part| ["/", part]).collect();
    *changed.pointer_mut(&pointer).expect("the path exists") = value;
    changed
}

/// The id of nothing, of the type that a key of the stock has.
fn unknown(key: &str) -> Value {
    let type_name = key.split(' ').next().unwrap_or(key);
    let bytes = [type_name.as_bytes(), b":", new_id().as_bytes()].concat();
    json!(base64(&bytes))
}

/// URL-safe base 64 without padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three
            .iter()
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            text.push(char::from(LETTERS[number >> (18 - 6 * place) & 63]));
        }
    }
    text
}

#[test]
fn ids_are_written_as_the_server_writes_them() {
    let id = new_id();
    let bytes = [b"Team:".as_slice(), id.as_bytes()].concat();
    assert_eq!(base64(&bytes), fieldhouse::node::global::<entity::team::Entity>(id).0);
}

/// Inputs that are wrong at one place, derived from a valid one.
fn spoiled(entry: &Entry) -> Vec<(String, Value)> {
    let mut inputs = Vec::new();
    for (path, of) in places_of(entry).into_iter().filter(|(path, _)| !path.is_empty()) {
        let value = at(&entry.input, &path).clone();
        let bad = match (&value, of.name.as_str()) {
            (Value::Array(items), _) => {
                let many = items.first().map(|item| Value::Array(vec![item.clone(); 1_200]));
                [Some(json!([])), many].into_iter().flatten().collect()
            }
            (Value::String(_), "ID") => vec![json!(""), json!("%%"), json!("bm9uZQ")],
            (Value::String(_), "String") => {
                vec![
                    json!(""),
                    json!(" "),
                    json!("a\u{0}b"),
                    json!("x".repeat(30_000)),
                    json!("\u{1F3C3}".repeat(190)),
                ]
            }
            (Value::Number(_), "Int") => vec![json!(-1), json!(0), json!(i32::MAX), json!(i32::MIN)],
            (Value::Number(_), _) => vec![json!(-1.0), json!(0.0), json!(1e300)],
            (Value::String(_), "DateTime") => vec![json!("0001-01-01T00:00:00Z"), json!("9999-12-31T23:59:59Z")],
            (Value::String(_), "Date") => vec![json!("0001-01-01"), json!("9999-12-31")],
            _ => Vec::new(),
        };
        inputs.extend(
            bad.into_iter()
                .map(|bad| (path.clone(), with(&entry.input, &path, bad))),
        );
        if !of.is_required && !path.ends_with(|letter: char| letter.is_ascii_digit()) {
            inputs.push((path.clone(), with(&entry.input, &path, Value::Null)));
        }
    }
    inputs
}

#[test]
fn every_mutation_is_in_the_catalogue() {
    let known: BTreeSet<&str> = catalogue::mutations()
        .iter()
        .copied()
        .chain(catalogue::accounts::BY_SECRET)
        .collect();
    let found: BTreeSet<&str> = Introspection::get()
        .of("Mutation")
        .fields
        .iter()
        .map(|field| &*field.name)
        .collect();
    assert_eq!(known, found, "add a valid input to tests/catalogue");
}

/// Each in a world of its own, for it changes what the others rest on.
macro_rules! in_turn {
    ($kind:expr, $check:expr) => {
        for number in 0..catalogue::length() {
            database::run($kind, async |world: World| {
                let stock = Stock::new(&world, "Riverside").await;
                let entry = catalogue::entries(&stock).swap_remove(number);
                $check(&stock, &entry).await;
            });
        }
    };
}

async fn is_accepted(stock: &Stock, entry: &Entry) {
    let answer = change(client(entry, stock), entry.mutation, &entry.input).await;
    assert!(answer.errors().is_empty(), "{}: {}", entry.mutation, answer.body_text);
    assert_eq!(codes(&answer), [""; 0], "{}: {}", entry.mutation, answer.body_text);
}

/// Spoiled inputs are refused one way or another, or taken; they are never the server's failure.
async fn does_not_fail_inside(stock: &Stock, entry: &Entry) {
    for (path, input) in spoiled(entry) {
        let answer = change(client(entry, stock), entry.mutation, &input).await;
        let is_inside = answer.codes().contains(&"INTERNAL");
        let value = at(&input, &path).to_string().chars().take(60).collect::<String>();
        assert!(
            !is_inside,
            "{} with {path} = {value}: {}",
            entry.mutation, answer.body_text
        );
    }
}

#[test]
fn every_mutation_works_on_sqlite() {
    in_turn!(Kind::Sqlite, is_accepted);
}

#[test]
fn every_mutation_works_on_postgres() {
    in_turn!(Kind::Postgres, is_accepted);
}

#[test]
fn no_input_makes_a_mutation_fail_inside_on_sqlite() {
    in_turn!(Kind::Sqlite, does_not_fail_inside);
}

#[test]
fn no_input_makes_a_mutation_fail_inside_on_postgres() {
    in_turn!(Kind::Postgres, does_not_fail_inside);
}

both! {
    async fn every_mutation_refuses_the_anonymous(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        for entry in catalogue::entries(&stock).iter().filter(|entry| entry.by != Who::Anybody) {
            let answer = change(&world.anonymous(), entry.mutation, &entry.input).await;
            assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{}: {}", entry.mutation, answer.body_text);
            assert!(answer.data()["payload"].is_null(), "{}", entry.mutation);
        }
    }

    async fn foreign_ids_read_as_unknown_ones(world: World) {
        let (stock, other) = (Stock::new(&world, "Riverside").await, Stock::new(&world, "Lakeside").await);
        for entry in catalogue::entries(&stock).iter().filter(|entry| entry.by != Who::Anybody) {
            for (path, of) in places_of(entry) {
                if of.name != "ID" || of.is_list {
                    continue;
                }
                let Some(key) = at(&entry.input, &path).as_str().and_then(|id| stock.key(id)) else {
                    panic!("{}: the id at {path} is not of the stock", entry.mutation);
                };
                let name = format!("{} with a foreign {key} at {path}", entry.mutation);
                let foreign = change(client(entry, &stock), entry.mutation, &with(&entry.input, &path, json!(other.id(key)))).await;
                let unknown = change(client(entry, &stock), entry.mutation, &with(&entry.input, &path, unknown(key))).await;
                assert_eq!(foreign.body, unknown.body, "{name}");
                assert!(codes(&foreign).contains(&"NOT_FOUND".to_owned()), "{name}: {}", foreign.body_text);
            }
        }
    }

    async fn every_id_of_an_input_is_tried(world: World) {
        // What was done of a step of the practice's workout is tried in tests/practices, with a session that has steps.
        const ELSEWHERE: [&str; 2] = ["SplitInput.stepId", "SetResultInput.stepId"];
        let stock = Stock::new(&world, "Riverside").await;
        let schema = Introspection::get();
        let mut tried = BTreeSet::new();
        for entry in catalogue::entries(&stock) {
            let field = schema.of("Mutation").fields.iter().find(|field| field.name == entry.mutation);
            let argument = field.and_then(|field| field.arguments.first());
            if let Some(argument) = argument {
                named(&entry.input, &argument.of.name, &mut tried);
            }
        }
        let inputs = schema.types.values().filter(|of| of.kind == "INPUT_OBJECT");
        let untried: Vec<String> = inputs
            .flat_map(|of| of.input_fields.iter().map(move |field| (of, field)))
            .filter(|(of, field)| field.of.name == "ID" && !of.name.ends_with("Filter"))
            .map(|(of, field)| format!("{}.{}", of.name, field.name))
            .filter(|name| !tried.contains(name) && !ELSEWHERE.contains(&name.as_str()))
            .collect();
        assert!(untried.is_empty(), "no input of the catalogue gives {untried:#?}");
    }
}

/// The fields that an input gives, each as `Type.field`.
fn named(input: &Value, type_name: &str, found: &mut BTreeSet<String>) {
    match input {
        Value::Array(items) => items.iter().for_each(|item| named(item, type_name, found)),
        Value::Object(fields) => {
            let known = &Introspection::get().of(type_name).input_fields;
            for (name, value) in fields {
                found.insert(format!("{type_name}.{name}"));
                if let Some(field) = known.iter().find(|field| field.name == *name) {
                    named(value, &field.of.name, found);
                }
            }
        }
        _ => {}
    }
}
