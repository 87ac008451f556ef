//! The tests of Fieldhouse: through the real router, with real tokens, on SQLite and on PostgreSQL.
mod auth;
mod catalogue;
mod demo;
mod heart;
mod organization;
mod practices;
mod roster;
mod schema;
mod support;
mod workouts;
