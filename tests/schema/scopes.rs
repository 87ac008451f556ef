//! What an API token of each scope alone reads and changes, written down field by field in `tests/scopes.txt`, so that a
//! scope that begins to reach further is a line in a review.
use super::mutations::{change, codes};
use crate::{
    catalogue::{self, Who},
    support::{introspection::arguments, *},
};
use entity::{enums::HealthAccess, program};
use fieldhouse::access::ApiScope;
use sea_orm::ActiveValue::{Set, Unchanged};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

const HEAD: &str =
    "What an API token of one scope alone reads and changes. Written by `UPDATE_SCOPES=1 cargo test -p tests scopes`.

-  signed in, without a token      T  READ_TRAINING                       R  WRITE_ROSTER
P  READ_PROGRAM                    W  WRITE_TRAINING                      H  READ_HEALTH
                                   B  READ_TRAINING and WRITE_TRAINING    A  ADMIN

Who may write and not read makes what hangs from nothing that must be read: B stands for what a token that writes is meant
to have.

The owner belongs to a program whose owners read health data; Mia is an athlete there. A field is read when it answers
something but null, false, zero and the empty list in a world that has one of everything.
";

/// The columns of the file: how each token is called there.
const LETTERS: [&str; 8] = ["-", "P", "T", "W", "B", "R", "H", "A"];

/// The tokens, in the order of their columns.
const TOKENS: [&[ApiScope]; 7] = [
    &[ApiScope::ReadProgram],
    &[ApiScope::ReadTraining],
    &[ApiScope::WriteTraining],
    &[ApiScope::ReadTraining, ApiScope::WriteTraining],
    &[ApiScope::WriteRoster],
    &[ApiScope::ReadHealth],
    &[ApiScope::Admin],
];

/// Somebody signed in, and with a token of each scope.
async fn clients(person: &Person) -> Vec<Client> {
    let mut clients = vec![person.client.clone()];
    for scopes in TOKENS {
        clients.push(person.api_token(scopes, None).await);
    }
    clients
}

/// A program with one of everything, whose owners read health data.
async fn stock(world: &World) -> Stock {
    let stock = Stock::new(world, "Riverside").await;
    let open = program::ActiveModel {
        id: Unchanged(stock.program.id.id),
        health_access: Set(HealthAccess::HeadCoaches),
        ..Default::default()
    };
    world.alter(open).await;
    let team = stock.program.team("Gone").await;
    let input = json!({ "id": team.id.global() });
    stock.owner.change("teamDelete", input, "deletedTeamId").await.ok();
    for person in [&*stock.owner, &*stock.mia] {
        let input = json!({ "name": "Sheet", "scopes": ["READ_PROGRAM"] });
        person.change("apiTokenCreate", input, "secret").await.ok();
    }
    stock
}

/// Fields that tell something, each with its type.
type Told = BTreeSet<(String, String)>;

/// Whether a field tells something.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(value) => value.as_f64() != Some(0.0),
        Value::String(_) => true,
        Value::Array(items) => !items.is_empty(),
        // A list of nodes, or what was selected of it where lists end.
        Value::Object(fields) => {
            let list = fields.get("nodes").or_else(|| fields.get("totalCount"));
            list.is_none_or(says_something)
        }
    }
}

/// Notes every field of every object in an answer that tells something.
fn note(value: &Value, found: &mut Told) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| note(item, found)),
        Value::Object(fields) => {
            let of = fields.get("__typename").and_then(Value::as_str);
            for (name, value) in fields {
                // When a token was used is noted beside the answers, sooner or later.
                let is_steady = !["__typename", "lastUsedAt"].contains(&name.as_str());
                if let Some(of) = of.filter(|_| is_steady && says_something(value)) {
                    found.insert((of.to_owned(), name.clone()));
                }
                note(value, found);
            }
        }
        _ => {}
    }
}

/// The fields that tell somebody something.
async fn read(stock: &Stock, client: &Client) -> Told {
    let schema = Introspection::get();
    let mut found = BTreeSet::new();
    for (key, id) in stock.ids() {
        let of = key.split(' ').next().unwrap_or(key);
        let selection = schema.selection(of, 2);
        let text = format!("query($id: ID!) {{ node(id: $id) {{ __typename ... on {of} {{ {selection} }} }} }}");
        let answer = client.query(&text, json!({ "id": id })).await;
        note(answer.data(), &mut found);
    }
    for field in &schema.of("Query").fields {
        let Some(arguments) = arguments(field) else { continue };
        let selection = match schema.is_leaf(&field.of.name) {
            true => String::new(),
            false => format!("{{ {} }}", schema.selection(&field.of.name, 2)),
        };
        let answer = client
            .ask(&format!("{{ __typename {}{arguments} {selection} }}", field.name))
            .await;
        note(answer.data(), &mut found);
    }
    found
}

/// The fields of each type, those with the same marks together.
fn fields(people: &[(&str, Vec<Told>)]) -> String {
    let mut types: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (of, field) in people.iter().flat_map(|(_, read)| read.iter().flatten()) {
        types.entry(of).or_default().insert(field);
    }
    let mut text = format!("\nFields\n\n{:4}", "");
    for (name, _) in people {
        write!(text, "{:<18}", name).expect("a string grows");
    }
    write!(
        text,
        "\n{:4}{1} {1} ",
        "",
        LETTERS.map(|letter| format!("{letter} ")).concat()
    )
    .expect("a string grows");
    text.push('\n');
    for (of, names) in types {
        let mut patterns: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in names {
            let key = (of.to_owned(), name.to_owned());
            let person = |read: &Vec<Told>| {
                let marks = read.iter().map(|read| if read.contains(&key) { "✔ " } else { "✘ " });
                marks.collect::<String>() + " "
            };
            let pattern: String = people.iter().map(|(_, read)| person(read)).collect();
            patterns.entry(pattern).or_default().push(name);
        }
        writeln!(text, "\n{of}").expect("a string grows");
        // Those that most can read come first.
        let mut patterns: Vec<(String, Vec<&str>)> = patterns.into_iter().collect();
        patterns.sort_by_key(|(pattern, _)| (pattern.matches('✘').count(), pattern.clone()));
        for (pattern, names) in patterns {
            for (line, names) in names.chunks(6).enumerate() {
                let marks = if line == 0 { pattern.as_str() } else { "" };
                writeln!(text, "    {marks:<36}{}", names.join(", ")).expect("a string grows");
            }
        }
    }
    text
}

/// What each token may do by each entry of the catalogue. A world is used until something was changed in it.
fn mutations() -> String {
    let mut marks: BTreeMap<&str, Vec<BTreeSet<bool>>> = BTreeMap::new();
    for number in 0..catalogue::length() {
        let mut next = 0;
        while next < LETTERS.len() {
            let (mut outcomes, from) = (Vec::new(), next);
            let mut name = "";
            database::run(Kind::Sqlite, async |world: World| {
                let stock = stock(&world).await;
                let entry = catalogue::entries(&stock).swap_remove(number);
                if entry.by == Who::Anybody {
                    return;
                }
                name = entry.mutation;
                for client in clients(&stock.owner).await.split_off(from) {
                    let answer = change(&client, entry.mutation, &entry.input).await;
                    let refused = codes(&answer);
                    let is_done = answer.errors().is_empty() && refused.is_empty();
                    let is_forbidden = |code: &String| ["NOT_ALLOWED", "NOT_FOUND"].contains(&code.as_str());
                    assert!(
                        is_done || refused.iter().any(is_forbidden),
                        "{name}: {}",
                        answer.body_text
                    );
                    outcomes.push(is_done);
                    if is_done {
                        break;
                    }
                }
            });
            if name.is_empty() {
                break;
            }
            next += outcomes.len();
            let known = marks
                .entry(name)
                .or_insert_with(|| vec![BTreeSet::new(); LETTERS.len()]);
            for (place, outcome) in outcomes.into_iter().enumerate() {
                known[from + place].insert(outcome);
            }
        }
    }
    let mut text = format!(
        "\nMutations of the owner\n\n{:4}{}\n",
        "",
        LETTERS.map(|letter| format!("{letter} ")).concat()
    );
    for (name, outcomes) in marks {
        let marks = outcomes
            .iter()
            .map(|outcomes| match (outcomes.contains(&true), outcomes.contains(&false)) {
                (true, false) => "✔ ",
                (false, _) => "✘ ",
                // In some of its forms.
                (true, true) => "± ",
            });
        writeln!(text, "    {} {name}", marks.collect::<String>()).expect("a string grows");
    }
    text
}

#[test]
fn what_each_scope_reads_and_changes_is_written_down() {
    let mut found = HEAD.to_owned();
    database::run(Kind::Sqlite, async |world: World| {
        let stock = stock(&world).await;
        let mut people = Vec::new();
        for (name, person) in [("the owner", &*stock.owner), ("Mia", &*stock.mia)] {
            let mut all = Vec::new();
            for client in clients(person).await {
                all.push(read(&stock, &client).await);
            }
            people.push((name, all));
        }
        found.push_str(&fields(&people));
    });
    found.push_str(&mutations());
    let lines: Vec<&str> = found.lines().map(str::trim_end).collect();
    let found = lines.join("\n") + "\n";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scopes.txt");
    if std::env::var_os("UPDATE_SCOPES").is_some() {
        std::fs::write(file, &found).expect("scopes.txt is written");
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    if let Some((was, is)) = written.lines().zip(found.lines()).find(|(was, is)| was != is) {
        panic!("scopes.txt says\n{was}\nand the tokens read\n{is}\nUPDATE_SCOPES=1 cargo test -p tests scopes");
    }
    assert_eq!(written.len(), found.len(), "UPDATE_SCOPES=1 cargo test -p tests scopes");
}
