//! What an operator does beside serving: keep copies, look after the configuration, ask whether the server lives.
pub mod backup;
pub mod check;
mod copy;
pub mod health;
mod replace;
pub mod restore;
pub mod settings;
