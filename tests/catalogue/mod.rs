//! A valid input for every mutation, about the stock of a program. The tests over the whole schema derive bad ones.
//! A new mutation is one `entry` in its area's file; every id argument must be given in some entry.
use crate::support::{Kind, Stock, World, database};
use serde_json::Value;
use std::sync::OnceLock;

pub mod accounts;
mod history;
mod organization;
mod practices;
mod roster;
mod workouts;

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The owner of the program.
    Owner,
    /// Whoever holds what the input names, signed in or not.
    Anybody,
}

/// A mutation with a valid input.
#[derive(Clone, Debug)]
pub struct Entry {
    pub mutation: &'static str,
    pub input: Value,
    pub by: Who,
}

/// What the owner of a program may do.
fn entry(mutation: &'static str, input: Value) -> Entry {
    Entry {
        mutation,
        input,
        by: Who::Owner,
    }
}

/// All entries, about what a program has.
pub fn entries(stock: &Stock) -> Vec<Entry> {
    [
        accounts::entries(stock),
        organization::entries(stock),
        roster::entries(stock),
        workouts::entries(stock),
        practices::entries(stock),
        history::entries(stock),
    ]
    .concat()
}

/// The mutations of the entries, in their order.
pub fn mutations() -> &'static [&'static str] {
    static MUTATIONS: OnceLock<Vec<&'static str>> = OnceLock::new();
    MUTATIONS.get_or_init(|| {
        let mut mutations = Vec::new();
        database::run(Kind::Sqlite, async |world: World| {
            let entries = entries(&Stock::new(&world, "Riverside").await);
            mutations = entries.iter().map(|entry| entry.mutation).collect();
        });
        mutations
    })
}

/// How many entries there are.
pub fn length() -> usize {
    mutations().len()
}
