//! Organizations: programs, their people, teams and seasons.
mod audit;
mod invitation;
mod member;
mod program;
mod season;
mod team;
