//! What every area rests on: errors, batches, pages, writes, migrations, access.
mod harness;
