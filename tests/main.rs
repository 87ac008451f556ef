//! The tests of Fieldhouse: through the real router, with real tokens, on SQLite and on PostgreSQL.
mod demo;
mod heart;
mod practices;
mod support;
