//! The form with a row for each session.
use super::{
    Amounts, Entry, Log,
    people::Person,
    table::{Cells, Table, wrong},
};
use crate::history::{
    actual::MAX_LOAD,
    planned::{MAX_METERS, MAX_SECONDS},
};

/// The columns; `date` and one of the first two are needed. Units are in their names; days are `YYYY-MM-DD`, times
/// `HH:MM` in the program's zone, words those of the API. A row with planned amounts alone is a session to come.
pub const COLUMNS: [&str; 19] = [
    "athlete",
    "athlete_external_id",
    "date",
    "time",
    "title",
    "category",
    "sport",
    "type",
    "outcome",
    "distance_meters",
    "duration_seconds",
    "rpe",
    "session_load",
    "notes",
    "external_id",
    "planned_distance_meters",
    "planned_duration_seconds",
    "planned_rpe",
    "planned_description",
];

/// Reads the sessions of a table.
pub fn read(table: &mut Table) -> Log {
    let unknown: Vec<String> = table
        .header()
        .iter()
        .filter(|name| !COLUMNS.contains(&crate::sql::folded(name).replace(' ', "_").as_str()))
        .cloned()
        .collect();
    for name in unknown {
        table.note(wrong(format!("Line 1: there is no column {name} in an import.")));
    }
    let has_athlete = table.has("athlete") || table.has("athlete_external_id");
    if !has_athlete || !table.has("date") {
        table.note(wrong(
            "Line 1: the columns athlete (or athlete_external_id) and date are needed.",
        ));
        return Log {
            form: "wide",
            entries: Vec::new(),
            skipped: 0,
        };
    }
    Log {
        form: "wide",
        entries: table.each(entry),
        skipped: 0,
    }
}

fn entry(cells: &mut Cells<'_>) -> Option<Entry> {
    let external = cells.short("athlete_external_id", 200).map(Person::External);
    let person = match external {
        Some(person) => Some(person),
        None => cells.required("athlete").map(Person::Name),
    };
    let date = cells.date("date");
    let time = cells.time("time");
    let title = cells.short("title", 200);
    let (category, sport) = (cells.word("category"), cells.word("sport"));
    let r#type = cells.word("type");
    let outcome = cells.word("outcome");
    let mut amounts = |prefix: &str, text: &str| Amounts {
        distance_meters: cells.whole(&format!("{prefix}distance_meters"), 0, MAX_METERS),
        duration_seconds: cells.whole(&format!("{prefix}duration_seconds"), 0, MAX_SECONDS),
        rpe: cells.whole(&format!("{prefix}rpe"), 1, 10),
        text: cells.short(text, 10_000),
    };
    let (planned, actual) = (amounts("planned_", "planned_description"), amounts("", "notes"));
    let session_load = cells.decimal("session_load", 0.0, MAX_LOAD);
    let is_skipped = outcome == Some(entity::enums::SessionOutcome::Skipped);
    let has_amounts = actual
        != Amounts {
            text: actual.text.clone(),
            ..Default::default()
        }
        || session_load.is_some();
    if is_skipped && has_amounts {
        cells.refuse("outcome", "a skipped session has no amounts");
    }
    Some(Entry {
        line: cells.line,
        person: person?,
        date: date?,
        time,
        external_id: cells.short("external_id", 200),
        kind: format!("{category:?}|{sport:?}|{}", title.as_deref().unwrap_or_default()),
        title,
        category,
        sport,
        r#type,
        planned,
        actual,
        outcome,
        session_load,
    })
}
