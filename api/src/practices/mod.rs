//! Practices: what a team does together, and what each athlete is asked to do in it.
pub mod assignment;
pub mod practice;
pub mod practice_workout;
