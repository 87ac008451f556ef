//! The table of options in the README is what `serve --help` says.
use crate::program::run;
use std::{collections::BTreeSet, fs};

/// A flag, its variable and its default.
type Row = (String, String, String);

/// What stands between two marks, or nothing.
fn between(text: &str, begin: &str, end: &str) -> String {
    let rest = text.split_once(begin).map_or("", |(_, rest)| rest);
    rest.split(end)
        .next()
        .unwrap_or_default()
        .trim_end_matches('=')
        .to_owned()
}

fn of_help() -> BTreeSet<Row> {
    let help = run(&["serve", "--help"], &[]).fine();
    let options = help.split_once("Options:").expect("there are options").1;
    let options = options.split("\n      --").skip(1);
    options
        .filter(|option| option.contains("[env: "))
        .map(|option| {
            let name = option.split_whitespace().next().unwrap_or_default();
            (
                format!("--{name}"),
                between(option, "[env: ", "]"),
                between(option, "[default: ", "]"),
            )
        })
        .collect()
}

fn of_readme() -> BTreeSet<Row> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).expect("the README is read");
    let rows = readme.lines().filter(|line| line.starts_with("| `--"));
    rows.map(|line| {
        let mut cells = line
            .split('|')
            .skip(1)
            .map(|cell| cell.trim().trim_matches('`').to_owned());
        let mut cell = || cells.next().unwrap_or_default();
        (cell(), cell(), cell())
    })
    .collect()
}

#[test]
fn the_readme_tells_every_option_of_the_server() {
    assert_eq!(of_readme(), of_help());
}
