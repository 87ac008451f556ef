//! Whom the rows of a file are about.
use super::Entry;
use crate::{
    access::{Action, allowed},
    error::Refusal,
    payload::{UserError, UserErrorCode},
    scope::new_id,
    sql::folded,
    write::{Audit, Tx},
};
use entity::{athlete, enums::ChangeOperation, program};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// How a row names an athlete.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Person {
    /// By the external id.
    External(String),
    /// By the name: `First Last` or `Last, First`.
    Name(String),
}

impl Person {
    fn key(&self) -> Self {
        match self {
            Self::External(id) => Self::External(id.clone()),
            Self::Name(name) => Self::Name(match name.split_once(',') {
                Some((last, first)) => folded(&format!("{first} {last}")),
                None => folded(name),
            }),
        }
    }

    /// First and last name; the last word is the family's.
    fn parts(&self) -> Option<(String, String)> {
        let Self::Name(name) = self else { return None };
        let (first, last) = match name.split_once(',') {
            Some((last, first)) => (first, last),
            None => name.trim().rsplit_once(char::is_whitespace)?,
        };
        let part = |name: &str| {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            (1..=100).contains(&name.chars().count()).then_some(name)
        };
        part(first).zip(part(last))
    }
}

/// The athletes whom a file names.
pub struct People(HashMap<Person, Uuid>);

impl People {
    /// The athlete whom a row names.
    pub fn get(&self, person: &Person) -> Option<Uuid> {
        self.0.get(&person.key()).copied()
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.0.values().collect::<HashSet<_>>().len()
    }
}

/// The athletes whom entries name and the viewer may log for, and those to be made.
///
/// # Errors
/// Each name that is unknown or stands for several athletes, with the first line that has it.
pub async fn find(
    tx: &Tx,
    program: &program::Model,
    entries: &[Entry],
    create: bool,
) -> Result<(People, Vec<athlete::Model>), Refusal> {
    let select = athlete::Entity::find()
        .filter(athlete::Column::ProgramId.eq(program.id))
        .filter(Condition::all().add(allowed::<athlete::Entity>(tx.viewer(), Action::Log)));
    let mut known: HashMap<Person, Vec<Uuid>> = HashMap::new();
    for row in tx.find(select).await? {
        let name = folded(&format!("{} {}", row.first_name, row.last_name));
        known.entry(Person::Name(name)).or_default().push(row.id);
        if let Some(id) = row.external_id {
            known.entry(Person::External(id)).or_default().push(row.id);
        }
    }
    let mut first_lines: BTreeMap<Person, (u64, &Person)> = BTreeMap::new();
    for entry in entries {
        first_lines
            .entry(entry.person.key())
            .or_insert((entry.line, &entry.person));
    }
    let (mut people, mut made, mut errors) = (HashMap::new(), Vec::new(), Vec::new());
    for (key, (line, person)) in first_lines {
        let (Person::External(text) | Person::Name(text)) = person;
        let error = match (known.get(&key).map(Vec::as_slice), person.parts()) {
            (Some([id]), _) => {
                people.insert(key, *id);
                continue;
            }
            (Some(_), _) => format!("Line {line}: several athletes are called {text}; use athlete_external_id."),
            (None, Some((first, last))) if create => {
                let row = new_athlete(tx, program, first, last);
                people.insert(key, row.id);
                made.push(row);
                continue;
            }
            (None, _) => format!("Line {line}: there is no athlete {text} for whom you may log."),
        };
        errors.push((line, UserError::new(UserErrorCode::NotFound, error).at("content")));
    }
    if errors.is_empty() {
        return Ok((People(people), made));
    }
    errors.sort_by_key(|(line, _)| *line);
    Err(Refusal::Errors(
        errors.into_iter().map(|(_, error)| error).take(100).collect(),
    ))
}

fn new_athlete(tx: &Tx, program: &program::Model, first_name: String, last_name: String) -> athlete::Model {
    athlete::Model {
        id: new_id(),
        program_id: program.id,
        user_id: None,
        sort_name: folded(&format!("{last_name} {first_name}")),
        first_name,
        last_name,
        left_on: None,
        archived_at: None,
        external_id: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Stores the athletes to be made.
pub async fn store(tx: &Tx, made: Vec<athlete::Model>) -> Result<(), Refusal> {
    for row in &made {
        tx.emit::<athlete::Entity>(row, ChangeOperation::Created);
        tx.audit(Audit::in_program::<athlete::Entity>(
            row.program_id,
            "athlete.create",
            row.id,
        ));
    }
    let rows = made.into_iter().map(|row| athlete::ActiveModel::from(row).reset_all());
    tx.insert_rows(rows.collect::<Vec<_>>()).await
}
