//! A look before the start: what the server would go by, and whether its database is fit for it. Nothing is changed.
use super::settings::Setting;
use crate::{
    config::{Place, Unusable, pending},
    serve::{NotServing, ServeOptions},
    sql::Dialect,
};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use std::{
    fmt,
    io::ErrorKind,
    path::Path,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// How often the database is asked for its pace.
const QUESTIONS: usize = 20;

/// The oldest PostgreSQL that the statements are written for.
const OLDEST_POSTGRES: i32 = 15;

/// What was found.
#[derive(Debug)]
pub struct Report {
    settings: Vec<Setting>,
    findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    name: &'static str,
    text: String,
    is_fine: bool,
}

impl Report {
    /// Whether the server would serve.
    pub fn is_fine(&self) -> bool {
        self.findings.iter().all(|finding| finding.is_fine)
    }

    fn fine(&mut self, name: &'static str, text: impl fmt::Display) {
        self.note(name, text, true);
    }

    fn wrong(&mut self, name: &'static str, text: impl fmt::Display) {
        self.note(name, text, false);
    }

    fn note(&mut self, name: &'static str, text: impl fmt::Display, is_fine: bool) {
        self.findings.push(Finding {
            name,
            text: text.to_string(),
            is_fine,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |name: &str| name.chars().count();
        let names = self
            .settings
            .iter()
            .map(|setting| name(&setting.name))
            .max()
            .unwrap_or(0);
        let values = self
            .settings
            .iter()
            .map(|setting| name(&setting.value))
            .max()
            .unwrap_or(0);
        for Setting { name, value, origin } in &self.settings {
            writeln!(formatter, "{name:names$}  {value:values$}  {origin}")?;
        }
        for Finding { name, text, is_fine } in &self.findings {
            let verdict = if *is_fine { "ok" } else { "NO" };
            write!(formatter, "\n{verdict}  {name:10}  {text}")?;
        }
        Ok(())
    }
}

/// Looks at the database as `serve` with these options would use it.
pub async fn check(options: &ServeOptions, settings: Vec<Setting>) -> Report {
    let mut report = Report {
        settings,
        findings: Vec::new(),
    };
    if options.demo && !options.listen.ip().is_loopback() {
        report.wrong("address", NotServing::DemoInPublic(options.listen));
    } else {
        match TcpListener::bind(options.listen).await {
            Ok(_) => report.fine("address", format!("{} is free", options.listen)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                report.fine(
                    "address",
                    format!("{} is in use, as by a server that runs", options.listen),
                );
            }
            Err(error) => report.wrong("address", NotServing::Address(options.listen, error)),
        }
    }
    match options.mailer() {
        Ok(mailer) if mailer.is_ready() => report.fine("mail", "is sent"),
        Ok(_) => report.fine("mail", "is not sent, for no server is given"),
        Err(error) => report.wrong("mail", error),
    }
    match options.database.place() {
        Ok(Place::Sqlite(file)) if !file.exists() => missing(&mut report, &file, options.database.no_migrate),
        Ok(_) => examine(&mut report, options).await,
        Err(error) => report.wrong("database", error),
    }
    report
}

/// There is no file yet, and the server would make it.
fn missing(report: &mut Report, file: &Path, no_migrate: bool) {
    let folder = file.ancestors().skip(1).find(|folder| folder.exists());
    let folder = folder.unwrap_or(Path::new("."));
    if no_migrate {
        report.wrong(
            "database",
            format!("there is none at {}, and none may be made", file.display()),
        );
    } else if folder.metadata().is_ok_and(|folder| !folder.permissions().readonly()) {
        report.fine(
            "database",
            format!("there is none at {} yet; serve makes it", file.display()),
        );
    } else {
        report.wrong("database", format!("none can be made in {}", folder.display()));
    }
}

async fn examine(report: &mut Report, options: &ServeOptions) {
    let place = options.database.whereabouts();
    let started = Instant::now();
    let connection = match options.database.connect().await {
        Ok(connection) => connection,
        Err(error) => return report.wrong("connection", format!("to {place}: {error}")),
    };
    let time = milliseconds(started.elapsed());
    report.fine("connection", format!("to {place}, made in {time}"));
    if let Err(error) = examine_database(report, options, &connection).await {
        report.wrong("database", Unusable::Refused(error));
    }
    if let Err(error) = connection.close().await {
        report.wrong("connection", Unusable::Refused(error));
    }
}

async fn examine_database(
    report: &mut Report,
    options: &ServeOptions,
    connection: &DatabaseConnection,
) -> Result<(), DbErr> {
    let dialect = Dialect::of(connection);
    let version: String = ask(connection, dialect.version()).await?;
    let number = version.split(['.', ' ']).next().and_then(|number| number.parse().ok());
    match dialect {
        Dialect::Sqlite => report.fine("version", format!("SQLite {version}")),
        Dialect::Postgres if number.is_some_and(|number: i32| number < OLDEST_POSTGRES) => {
            report.wrong(
                "version",
                format!("PostgreSQL {version}; {OLDEST_POSTGRES} or newer is needed"),
            );
        }
        Dialect::Postgres => report.fine("version", format!("PostgreSQL {version}")),
    }
    let is_empty = match pending(connection).await {
        Ok(missing) if missing.is_empty() => {
            report.fine("schema", "up to date");
            false
        }
        Ok(missing) if options.database.no_migrate => {
            report.wrong("schema", Unusable::Outdated(missing));
            return Ok(());
        }
        Ok(missing) => {
            report.fine("schema", format!("lacks {}, which serve adds", missing.join(", ")));
            missing.len() == migration::Migrator::migrations().len()
        }
        Err(error) => {
            report.wrong("schema", error);
            return Ok(());
        }
    };
    match write_nothing(connection, dialect, is_empty).await {
        Ok(()) => report.fine("writing", "permitted"),
        Err(error) => report.wrong("writing", Unusable::Refused(error)),
    }
    let mut times = Vec::with_capacity(QUESTIONS);
    for _ in 0..QUESTIONS {
        let asked = Instant::now();
        ask::<i32>(connection, "SELECT 1 AS answer").await?;
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    report.fine(
        "latency",
        format!(
            "{} as a rule, {} at most, of {QUESTIONS} questions",
            milliseconds(times[QUESTIONS / 2]),
            milliseconds(times[QUESTIONS - 1])
        ),
    );
    Ok(())
}

/// Begins a transaction that may write, changes no row in it, and undoes it.
async fn write_nothing(connection: &DatabaseConnection, dialect: Dialect, is_empty: bool) -> Result<(), DbErr> {
    connection.execute_unprepared(dialect.begin()).await?;
    let statement = if is_empty {
        "CREATE TABLE fieldhouse_check (number integer)"
    } else {
        "UPDATE \"user\" SET name = name WHERE false"
    };
    let outcome = connection.execute_unprepared(statement).await;
    connection.execute_unprepared("ROLLBACK").await?;
    outcome.map(drop)
}

async fn ask<T: sea_orm::TryGetable>(connection: &DatabaseConnection, question: &str) -> Result<T, DbErr> {
    let statement = Dialect::of(connection).raw(question, []);
    let row = connection.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(question.to_owned()))?
        .try_get("", "answer")
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}
