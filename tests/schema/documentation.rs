//! The schema explains itself, and is committed as it is.
use crate::support::*;
use std::collections::BTreeSet;

/// Words of a name: `athleteTrainingSession` and `READ_TRAINING` alike.
fn words(name: &str) -> BTreeSet<String> {
    let is_shouted = !name.chars().any(char::is_lowercase);
    let mut words = BTreeSet::new();
    let mut word = String::new();
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && !is_shouted) {
            words.insert(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    words.insert(word);
    words
}

/// What a description says beyond the name.
fn says_more(name: &str, description: &str) -> bool {
    const FILLING: [&str; 18] = [
        "a", "an", "and", "at", "by", "for", "from", "in", "is", "its", "of", "on", "or", "the", "this", "to", "with",
        "s",
    ];
    let own = words(name);
    let plain = |word: &str| word.trim_end_matches('s').to_owned();
    let known: BTreeSet<String> = own.iter().map(|word| plain(word)).collect();
    description
        .split(|letter: char| !letter.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !FILLING.contains(&word.as_str()))
        .any(|word| !known.contains(&plain(&word)))
}

#[test]
fn everything_is_described_in_words_of_its_own() {
    let mut wanting = Vec::new();
    let mut check = |place: String, name: &str, description: &str| {
        if !says_more(name, description) {
            wanting.push(format!("{place}: {description:?}"));
        }
    };
    for (type_name, of) in &Introspection::get().types {
        // The specification's own.
        if type_name != "ID" {
            check(type_name.clone(), type_name, &of.description);
        }
        for field in &of.fields {
            check(format!("{type_name}.{}", field.name), &field.name, &field.description);
            for argument in &field.arguments {
                let place = format!("{type_name}.{}({})", field.name, argument.name);
                check(place, &argument.name, &argument.description);
            }
        }
        for field in &of.input_fields {
            check(format!("{type_name}.{}", field.name), &field.name, &field.description);
        }
        for (value, description) in &of.values {
            check(format!("{type_name}.{value}"), value, description);
        }
    }
    assert!(wanting.is_empty(), "{wanting:#?}");
}

#[test]
fn the_committed_schema_is_the_server_s() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    let printed = fieldhouse::root::schema().sdl();
    if let Some((was, is)) = committed.lines().zip(printed.lines()).find(|(was, is)| was != is) {
        panic!("schema.graphql says\n{was}\nand the server\n{is}\nrun `cargo run -- schema > schema.graphql`");
    }
    let (was, is) = (committed.trim_end().len(), printed.trim_end().len());
    assert_eq!(was, is, "run `cargo run -- schema > schema.graphql`");
}
