//! The form with a row for each value of an athlete, day and time.
use super::{
    Amounts, Entry, Log,
    people::Person,
    table::{Table, wrong},
};
use crate::{history::actual::MAX_LOAD, sql::folded};
use std::collections::BTreeMap;

const COLUMNS: [&str; 5] = ["Full Name", "Date", "Time", "Variable", "Value"];
const LOAD: &str = "training load";

/// Whether a table has this form.
pub fn is_header(table: &Table) -> bool {
    COLUMNS.iter().all(|column| table.has(column))
}

enum Row {
    Session(Box<Entry>),
    Skipped,
    Refused(String),
}

/// Reads the sessions of a table.
pub fn read(table: &mut Table, skip_variables: &[String]) -> Log {
    let skipped_names: Vec<String> = skip_variables.iter().map(|name| folded(name)).collect();
    let rows = table.each(|cells| {
        let variable = cells.required("Variable")?;
        let name = folded(&variable);
        if skipped_names.contains(&name) {
            return Some(Row::Skipped);
        }
        if name != LOAD {
            return Some(Row::Refused(variable));
        }
        let person = cells.required("Full Name");
        let date = cells.date("Date");
        let time = cells.time("Time");
        if cells.text("Value").is_none() {
            cells.refuse("Value", "is empty");
        }
        let load = cells.decimal("Value", 0.0, MAX_LOAD);
        Some(Row::Session(Box::new(Entry {
            line: cells.line,
            person: Person::Name(person?),
            date: date?,
            time,
            external_id: None,
            kind: name,
            title: None,
            category: None,
            sport: None,
            r#type: None,
            planned: Amounts::default(),
            actual: Amounts::default(),
            outcome: None,
            session_load: Some(load?),
        })))
    });
    let (mut entries, mut skipped) = (Vec::new(), 0);
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        match row {
            Row::Session(entry) => entries.push(*entry),
            Row::Skipped => skipped += 1,
            Row::Refused(variable) => *refused.entry(variable).or_default() += 1,
        }
    }
    for (variable, count) in refused {
        table.note(wrong(format!(
            "The variable {variable} ({count} rows) is not a part of the training history; name it in skipVariables to \
             leave it out."
        )));
    }
    Log {
        form: "long",
        entries,
        skipped,
    }
}
