//! Fieldhouse: a GraphQL server for organizations that coach.
//!
//! `App` is the server without its socket, which is what tests need: `App::router` answers HTTP, `schema` is the API.

pub mod access;
pub mod auth;
pub mod config;
pub mod error;
pub mod history;
pub mod load;
pub mod node;
pub mod organization;
pub mod page;
pub mod patch;
pub mod payload;
pub mod practices;
pub mod roster;
pub mod scope;
pub mod sql;
pub mod words;
pub mod workouts;
pub mod write;

