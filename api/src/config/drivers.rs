//! What the drivers are told.
use super::Patience;
use crate::access::Files;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::postgres::PgConnectOptions;
use std::time::Duration;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 500;

fn options(url: &str, patience: Patience) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(patience.max_acquire_seconds))
        // `Connections` sees to both. The pool's own tender, when the pool is closed at that moment, counts idle connections
        // below none and then to the end of all numbers.
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .test_before_acquire(false);
    options
}

/// The connection that writes.
pub(super) async fn sqlite(url: &str, patience: Patience) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(url, patience);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(true)
            .statement_cache_capacity(STATEMENTS)
            // Rows come from a thread of their own; a page of them without waiting for each other.
            .row_buffer_size(1_000)
            .foreign_keys(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(patience.max_lock_seconds))
            .optimize_on_close(true, None)
    });
    // A writer waits for its turn in the pool, as long as its request may; every write is short.
    options.acquire_timeout(Duration::from_secs(30));
    Database::connect(options).await
}

/// What reads the file that `writer` opened.
pub(super) async fn files(writer: &DatabaseConnection, size: u32, patience: Patience) -> Result<Files, DbErr> {
    let options = writer.get_sqlite_connection_pool().connect_options();
    Files::open(
        options.get_filename().to_owned(),
        size,
        Duration::from_secs(patience.max_acquire_seconds),
        Duration::from_secs(patience.max_lock_seconds),
    )
    .await
}

/// How PostgreSQL is spoken to.
pub(super) fn server(options: PgConnectOptions, patience: Patience) -> PgConnectOptions {
    options
        .options([
            (
                "statement_timeout",
                format!("{}s", patience.max_statement_seconds).as_str(),
            ),
            ("lock_timeout", format!("{}s", patience.max_lock_seconds).as_str()),
            ("TimeZone", "UTC"),
            ("DateStyle", "ISO"),
            // What is asked is what an index answers; to plan it again each time costs more than to run it.
            ("plan_cache_mode", "force_generic_plan"),
            // An index in the order of the list gives the first rows at once; a bitmap of all of them, sorted, never.
            ("enable_bitmapscan", "off"),
            // Rows beside those of a list are looked up by their key. To remember them costs more where they are all different,
            // as in a feed.
            ("enable_memoize", "off"),
        ])
        .statement_cache_capacity(STATEMENTS)
        .application_name("fieldhouse")
}

/// A connection for what is not asked every day.
pub(super) async fn postgres(url: &str, patience: Patience) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(url, patience);
    options.map_sqlx_postgres_opts(move |options| server(options, patience));
    Database::connect(options).await
}
