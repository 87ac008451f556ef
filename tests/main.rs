//! The tests of Fieldhouse: through the real router, with real tokens, on SQLite and on PostgreSQL.
mod auth;
mod catalogue;
mod demo;
mod heart;
mod history;
mod http;
mod organization;
mod practices;
mod roster;
mod schema;
#[expect(
    dead_code,
    unused_imports,
    reason = "a small world has more in it than today's tests ask about"
)]
mod support;
mod workouts;
