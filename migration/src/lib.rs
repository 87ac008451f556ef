//! The schema of the database, forward only. One text serves SQLite and PostgreSQL: `$words` stand for the types in
//! which the two differ, so that a table is read once and not compared twice.
pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::{
    prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait},
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

/// The migrations of Fieldhouse, oldest first.
pub struct Migrator;

/// The files with these names, as migrations.
macro_rules! migrations {
    ($($name:literal)+) => {
        vec![$(Box::new(Migration { name: $name, text: include_str!(concat!($name, ".sql")) })),+]
    };
}

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations! {
            "m20261121_000001_create_core"
            "m20261121_000002_count_sessions_by_index"
            "m20261121_000003_send_mail_and_audit"
            "m20261121_000004_create_throttle"
            "m20261122_000005_keep_resolved_targets"
            "m20261122_000006_list_overrides_by_index"
        }
    }
}

/// A portable text that is run once.
struct Migration {
    name: &'static str,
    text: &'static str,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sql = dialect(self.text, connection.get_database_backend());
        connection.execute_unprepared(&sql).await.map(drop)
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Custom("Migrations run forward only.".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
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
