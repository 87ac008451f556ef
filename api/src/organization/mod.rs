//! Organizations: programs, their people, teams and seasons.
pub mod invitation;
pub mod member;
pub mod program;
pub mod season;
pub mod team;
