//! Rosters: athletes, groups, entries, benchmarks.
mod athlete;
mod benchmark;
mod event_group;
mod roster_entry;
