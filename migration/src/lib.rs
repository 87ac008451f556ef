//! The schema of the database, forward only. One text serves SQLite and PostgreSQL: `$words` stand for the types in
//! which the two differ, so that a table is read once and not compared twice.
pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::{
    prelude::{MigrationTrait, async_trait},
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

mod m20261121_000001_create_core;
mod m20261121_000002_count_sessions_by_index;
mod m20261121_000003_send_mail_and_audit;
mod m20261121_000004_create_throttle;
mod m20261122_000005_keep_resolved_targets;

/// The migrations of Fieldhouse, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_create_core::Migration),
            Box::new(m20261121_000002_count_sessions_by_index::Migration),
            Box::new(m20261121_000003_send_mail_and_audit::Migration),
            Box::new(m20261121_000004_create_throttle::Migration),
            Box::new(m20261122_000005_keep_resolved_targets::Migration),
        ]
    }
}

const SPORTS: &str = "'RUNNING', 'TRAIL_RUNNING', 'TRACK_AND_FIELD', 'CYCLING', 'SWIMMING', 'WALKING', 'HIKING', 'ROWING', 'TRIATHLON', 'STRENGTH', 'YOGA', 'CROSS_TRAINING', 'OTHER'";
const WORKOUT_TYPES: &str = "'EASY', 'LONG', 'INTERVALS', 'TEMPO', 'RECOVERY', 'THRESHOLD', 'FARTLEK', 'HILLS', 'RACE', 'STRENGTH', 'TECHNIQUE', 'MOBILITY', 'REST', 'OTHER'";

/// `text` as one database understands it: types replaced, the other database's lines left out.
fn dialect(text: &str, backend: DatabaseBackend) -> String {
    let postgres = backend == DatabaseBackend::Postgres;
    let (own, other) = if postgres {
        ("--postgres:", "--sqlite:")
    } else {
        ("--sqlite:", "--postgres:")
    };
    let words = if postgres {
        [
            "uuid",
            "timestamptz",
            "date",
            "time",
            "jsonb",
            "double precision",
            "text COLLATE \"C\"",
        ]
    } else {
        [
            "uuid_text",
            "timestamp_with_timezone_text",
            "date_text",
            "time_text",
            "jsonb_text",
            "double",
            "text",
        ]
    };
    let mut sql: String = text
        .lines()
        .filter(|line| !line.starts_with(other))
        .map(|line| line.strip_prefix(own).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    for (word, replacement) in ["$uuid", "$instant", "$day", "$clock", "$json", "$real", "$name"]
        .into_iter()
        .zip(words)
    {
        sql = sql.replace(word, replacement);
    }
    sql.replace("$sports", SPORTS).replace("$workout_types", WORKOUT_TYPES)
}

/// Runs every statement of a portable text.
///
/// # Errors
/// Whatever the database refuses.
async fn run(manager: &sea_orm_migration::SchemaManager<'_>, text: &str) -> Result<(), sea_orm_migration::DbErr> {
    let connection = manager.get_connection();
    connection
        .execute_unprepared(&dialect(text, connection.get_database_backend()))
        .await
        .map(drop)
}
