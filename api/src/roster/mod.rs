//! Rosters: athletes, their place in a season, their groups and benchmarks.
pub mod athlete;
pub mod benchmark;
pub mod event_group;
pub mod roster_entry;
