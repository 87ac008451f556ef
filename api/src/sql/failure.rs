//! What the database refuses: whether to try again, which constraint it was, and what of it may be told.
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::{DatabaseError, ErrorKind};
use std::{borrow::Cow, error::Error, fmt, sync::Arc};

/// A failure of the driver as sea-orm has it.
pub(crate) fn of_sqlx(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

/// A failure of a reader of SQLite as sea-orm has it.
pub(crate) fn of_file(error: rusqlite::Error) -> DbErr {
    match error {
        // What else it says of it may quote the statement.
        rusqlite::Error::SqliteFailure(error, _) => {
            let error = sqlx::Error::Database(Box::new(Refused(error.extended_code)));
            DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
        }
        _ => DbErr::Custom("a statement does not fit its values".into()),
    }
}

/// Why SQLite refused, by its code.
#[derive(Debug)]
struct Refused(i32);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl Error for Refused {}

impl DatabaseError for Refused {
    fn message(&self) -> &str {
        rusqlite::ffi::code_to_str(self.0)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.to_string().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

/// Whether a statement failed for others alone, in a deadlock, by waiting for a lock or for a connection too long: then
/// the transaction changed nothing.
pub fn is_passing(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            let code = cause.as_database_error().and_then(|cause| cause.code());
            // PostgreSQL: serialization failure, deadlock, lock not available; SQLite: busy, busy snapshot.
            matches!(code.as_deref(), Some("40001" | "40P01" | "55P03" | "5" | "517"))
        }
        _ => false,
    }
}

/// The name of the constraint that a statement ran into, as the migration names it.
pub fn violated_constraint(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return None;
    };
    let cause = cause.as_database_error()?;
    if let Some(name) = cause.constraint() {
        return Some(name.to_owned());
    }
    let (kind, rest) = cause.message().split_once(" constraint failed: ")?;
    match kind {
        "CHECK" => Some(rest.to_owned()),
        "UNIQUE" => {
            let columns: Vec<&str> = rest
                .split(", ")
                .filter_map(|part| part.split_once('.').map(|(_, column)| column))
                .collect();
            let table = rest.split_once('.')?.0;
            Some(format!("{table}_{}_key", columns.join("_")))
        }
        _ => None,
    }
}

/// What may be logged of a database error: never the detail, which quotes row values.
pub fn without_values(error: &DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return match error {
            DbErr::ConnectionAcquire(_) => "no connection became free in time".into(),
            DbErr::Type(_) | DbErr::TryIntoErr { .. } => "a column has an unexpected type".into(),
            _ => "the database layer refused".into(),
        };
    };
    match cause.as_database_error() {
        Some(cause) => {
            format!(
                "code {}, constraint {}",
                cause.code().unwrap_or_default(),
                violated_constraint(error).as_deref().unwrap_or("none")
            )
        }
        None => "the connection failed".into(),
    }
}
