//! What every area rests on: errors, batches, pages, writes, migrations, access.
mod access;
mod batches;
mod database;
mod edge;
mod errors;
mod harness;
mod migration;
mod printed;
mod readers;
mod stage;
mod writes;
