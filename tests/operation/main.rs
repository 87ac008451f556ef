//! What operators do, with the real program: its commands, its files, its exit codes.
mod account;
mod backup;
mod check;
#[path = "../support/cluster.rs"]
mod cluster;
mod encrypted;
mod fault;
mod health;
mod program;
mod readme;
mod restore;
mod secret;
