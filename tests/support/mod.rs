//! What the tests stand on: a database for each test, a world to fill with people and teams, clients that ask.
pub mod account;
pub mod client;
pub mod cluster;
pub mod database;
pub mod introspection;
pub mod postbox;
pub mod roster;
pub mod stock;
pub mod training;
pub mod world;

pub use client::{Answer, Client};
pub use database::Kind;
pub use introspection::Introspection;
pub use postbox::Postbox;
pub use roster::{Athlete, Group, RosterEntry, Season, Team};
pub use serde_json::json;
pub use stock::Stock;
pub use training::{Practice, PracticeWorkout, Workout};
pub use world::{Member, Person, Program, World};

/// Makes of each test two: on SQLite and on PostgreSQL, with a world of its own on a database of its own.
macro_rules! both {
    (@run World, $kind:ident) => { crate::support::database::run(crate::support::Kind::$kind, claim) };
    (@run String, $kind:ident) => { crate::support::database::run_empty(crate::support::Kind::$kind, claim) };
    ($($(#[$meta:meta])* async fn $name:ident($given:ident: $what:ident) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                use super::*;

                async fn claim($given: $what) $body

                #[test]
                fn sqlite() {
                    crate::support::both!(@run $what, Sqlite);
                }

                #[test]
                fn postgres() {
                    crate::support::both!(@run $what, Postgres);
                }
            }
        )+
    };
}
pub(crate) use both;

/// Calls a macro with the modules of all entities that have an access rule.
macro_rules! for_guarded_entities {
    ($call:ident) => {
        $call! {
            api_token audit_event athlete athlete_training_session athlete_training_session_detail athlete_training_session_group
            auth_session benchmark event_group event_group_coach event_group_member practice_assignment
            practice_assignment_note practice_session practice_session_note practice_session_workout
            practice_workout_athlete practice_workout_group program program_invitation program_member
            program_member_team roster_entry roster_entry_note team team_season training_event user workout
            workout_description workout_element workout_note workout_revision
        }
    };
}
pub(crate) use for_guarded_entities;
