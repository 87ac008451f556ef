//! What the database refuses: whether to try again, which constraint it was, and what of it may be told.
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::{DatabaseError, ErrorKind};
use std::{borrow::Cow, error::Error, fmt, io, sync::Arc};

/// A failure of the driver as sea-orm has it.
pub(crate) fn of_sqlx(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

/// A failure of a reader of SQLite as sea-orm has it.
pub(crate) fn of_file(error: rusqlite::Error) -> DbErr {
    match error {
        // What else it says of it may quote the statement.
        rusqlite::Error::SqliteFailure(error, _) => Refused::told(error.extended_code.to_string(), None),
        _ => unfit(),
    }
}

/// A failure of a connection to PostgreSQL as sea-orm has it.
pub(crate) fn of_server(error: tokio_postgres::Error) -> DbErr {
    let is_of_line = error.is_closed() || io_of(&error).is_some();
    match error.as_db_error() {
        // What else it says of it may quote values.
        Some(refusal) => Refused::told(
            refusal.code().code().to_owned(),
            refusal.constraint().map(str::to_owned),
        ),
        None if is_of_line => of_sqlx(sqlx::Error::Io(io::Error::other(error))),
        None => unfit(),
    }
}

fn io_of(error: &tokio_postgres::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

fn unfit() -> DbErr {
    DbErr::Custom("a statement does not fit its values".into())
}

/// Why the database refused.
#[derive(Debug)]
struct Refused {
    code: String,
    constraint: Option<String>,
}

impl Refused {
    fn told(code: String, constraint: Option<String>) -> DbErr {
        let error = sqlx::Error::Database(Box::new(Self { code, constraint }));
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "refused with code {}", self.code)
    }
}

impl Error for Refused {}

impl DatabaseError for Refused {
    fn message(&self) -> &str {
        "refused"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.code))
    }

    fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
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
    // PostgreSQL: serialization failure, deadlock, lock not available; SQLite: busy, busy snapshot.
    let codes = ["40001", "40P01", "55P03", "5", "517"];
    matches!(error, DbErr::ConnectionAcquire(_)) || refused(error, &codes)
}

/// Whether a statement failed since what it was prepared for has changed: then it did nothing, and may be prepared again.
pub(crate) fn is_outdated(error: &DbErr) -> bool {
    // A result of another type than before, and a statement that is not there.
    refused(error, &["0A000", "26000"])
}

/// Whether the connection ended, by which a statement that only reads did nothing.
pub(crate) fn is_cut_off(error: &DbErr) -> bool {
    // The administrator ended it, another process of the server died.
    matches!(error, DbErr::Conn(_)) || refused(error, &["57P01", "57P02"])
}

/// Whether PostgreSQL is not there yet, or has no connection free: then it may in a moment.
pub(crate) fn may_be_there_soon(error: &tokio_postgres::Error) -> bool {
    let is_refused = io_of(error).is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused);
    // Too many connections; starting up, or going down.
    is_refused
        || error
            .code()
            .is_some_and(|code| matches!(code.code(), "53300" | "57P03"))
}

fn refused(error: &DbErr, codes: &[&str]) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let code = cause.as_database_error().and_then(|cause| cause.code());
    code.is_some_and(|code| codes.contains(&&*code))
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
