//! What the tests stand on: a database for each test, a world to fill with people and teams, clients that ask.
pub mod client;
pub mod cluster;
pub mod database;
pub mod roster;
pub mod world;

pub use client::{Answer, Client};
pub use database::Kind;
pub use roster::{Athlete, Group, RosterEntry, Season, Team};
pub use serde_json::json;
pub use world::{Member, Person, Program, World};

/// Makes of each test two: on SQLite and on PostgreSQL, with a world of its own on a database of its own.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                use super::*;

                async fn claim($world: World) $body

                #[test]
                fn sqlite() {
                    crate::support::database::run(crate::support::Kind::Sqlite, claim);
                }

                #[test]
                fn postgres() {
                    crate::support::database::run(crate::support::Kind::Postgres, claim);
                }
            }
        )+
    };
}
pub(crate) use both;
