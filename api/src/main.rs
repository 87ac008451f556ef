//! The command line of Fieldhouse.
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use entity::enums::ProgramKind;
use fieldhouse::{
    App,
    auth::owner::{self, NewOwner, NewProgram},
    config::DatabaseOptions,
    demo,
    history::import::command::Csv,
    operation::{
        backup::{BackupOptions, backup},
        check::check,
        health::{HealthOptions, health},
        restore::{RestoreOptions, restore},
        settings::settings,
    },
    scope::Clock,
    secret::{self, Secret},
    serve::{ServeOptions, serve},
};
use sea_orm::ActiveEnum;
use std::{
    error::Error,
    io::{self, IsTerminal},
    path::PathBuf,
    process::{self, ExitCode},
};
// It takes the place of the system's, SQLite's memory included. As Rust's global allocator it would be asked for every
// block by its alignment, and go a long way round where a size is no power of two.
use mimalloc as _;
use tracing_subscriber::EnvFilter;

/// A GraphQL server for organizations that coach.
#[derive(Parser)]
#[command(name = "fieldhouse", version)]
struct CommandLine {
    /// How the log is written.
    #[arg(
        long,
        env = "FIELDHOUSE_LOG_FORMAT",
        default_value = "text",
        value_enum,
        global = true
    )]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

/// How the log is written.
#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// A line for people.
    Text,
    /// A line of JSON, for programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Answer GraphQL over HTTP until told to stop.
    Serve(ServeOptions),
    /// Fill an empty database with a believable university program and a training studio.
    Demo(DemoOptions),
    /// Bring in what was recorded elsewhere.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Make accounts that nobody can invite.
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Bring the schema of the database up to date.
    Migrate {
        /// Database to migrate.
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Print what `serve` with the same options goes by, and test its database without changing it.
    Check(ServeOptions),
    /// Copy a SQLite database into a file, while a server uses it.
    Backup(BackupOptions),
    /// Put a copy that `backup` made in the place of a SQLite database, while no server uses it.
    Restore(RestoreOptions),
    /// Ask a server on this machine whether it lives.
    Health(HealthOptions),
    /// Print the GraphQL schema.
    Schema,
}

#[derive(Subcommand)]
enum ImportCommand {
    /// Import training sessions from a CSV file, whole or not at all; importing it again adds nothing.
    Sessions(ImportOptions),
}

#[derive(Args)]
struct ImportOptions {
    #[command(flatten)]
    database: DatabaseOptions,
    /// The CSV file.
    file: PathBuf,
    /// Short name of the organization, as in its address.
    #[arg(long)]
    program: String,
    /// E-mail address of the account that imports, with what it may do.
    #[arg(long)]
    user: String,
    /// Variable of the long form to leave out; may be given several times.
    #[arg(long)]
    skip_variable: Vec<String>,
    /// Make athletes whom the organization does not know.
    #[arg(long)]
    create_athletes: bool,
    /// Check and count everything, and store nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Subcommand)]
enum OwnerCommand {
    /// Make an account, and with --program an organization that it owns. Asks for the password.
    Create(OwnerOptions),
}

#[derive(Args)]
struct OwnerOptions {
    #[command(flatten)]
    database: DatabaseOptions,
    /// E-mail address to sign in with.
    #[arg(long)]
    email: String,
    /// Name shown to others.
    #[arg(long)]
    name: String,
    /// Password of 12 to 200 characters; asked for when it is given nowhere.
    #[arg(long, env = "FIELDHOUSE_PASSWORD", hide_env_values = true)]
    password: Option<Secret>,
    /// IANA time zone of the person and the organization.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// Name of the organization to found.
    #[arg(long)]
    program: Option<String>,
    /// Type of the organization: HIGH_SCHOOL, COLLEGE, CLUB, PRIVATE_COACHING, GYM, PERSONAL or OTHER.
    #[arg(long, default_value = "OTHER", value_parser = kind)]
    kind: ProgramKind,
}

fn kind(word: &str) -> Result<ProgramKind, String> {
    ProgramKind::try_from_value(&word.to_uppercase()).map_err(|_| "there is no such type of organization".to_owned())
}

#[derive(Args)]
struct DemoOptions {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    size: demo::Size,
}

#[tokio::main]
async fn main() -> ExitCode {
    let matches = secret::matches(CommandLine::command(), std::env::args_os()).unwrap_or_else(|error| error.exit());
    let line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sea_orm_migration=warn,sqlx=warn"));
    let is_colored = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|word| word.is_empty());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for who looks; in a file they would stand between the words.
        .with_ansi(is_colored)
        .with_writer(std::io::stderr);
    match line.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        // Where, and not what: a message may quote values.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, backtrace = %std::backtrace::Backtrace::capture(), "a panic");
    }));
    match run(line.command, &matches).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("fieldhouse: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, matches: &ArgMatches) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Serve(options) => serve(options).await?,
        Command::Demo(DemoOptions { database, size }) => {
            let db = database.open().await?;
            let outcome = demo::load(&db, &Clock::default(), &size).await;
            db.close().await;
            println!("{}", outcome?);
        }
        Command::Import(ImportCommand::Sessions(options)) => import_sessions(options).await?,
        Command::Owner(OwnerCommand::Create(options)) => create_owner(options).await?,
        Command::Migrate { database } => {
            database.open().await?.close().await;
            println!("The schema is up to date.");
        }
        Command::Check(options) => {
            let report = check(&options, settings(&CommandLine::command(), matches)).await;
            println!("{report}");
            if !report.is_fine() {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Backup(options) => println!("{}", backup(options).await?),
        Command::Restore(options) => println!("{}", restore(options).await?),
        Command::Health(options) => health(options).await?,
        Command::Schema => print!("{}", App::sdl()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn import_sessions(options: ImportOptions) -> Result<(), Box<dyn Error>> {
    let ImportOptions {
        database,
        file,
        program,
        user,
        skip_variable,
        create_athletes,
        dry_run,
    } = options;
    let content = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let app = App::new(database.open().await?);
    let import = Csv {
        content,
        skip_variables: skip_variable,
        create_athletes,
        dry_run,
    };
    let outcome = app.import_sessions(&program, &user, import).await;
    app.db.clone().close().await;
    println!("{}", outcome?);
    Ok(())
}

async fn create_owner(options: OwnerOptions) -> Result<(), Box<dyn Error>> {
    let OwnerOptions {
        database,
        email,
        name,
        password,
        timezone,
        program,
        kind,
    } = options;
    let password = match password {
        Some(password) => password.expose().to_owned(),
        None => ask_password()?,
    };
    let app = App::new(database.open().await?);
    let new = NewOwner {
        email,
        name,
        password,
        timezone,
        program: program.map(|name| NewProgram { name, kind }),
    };
    let outcome = owner::create(&app, new).await;
    app.db.clone().close().await;
    match outcome?.program {
        Some(program) => println!("The account and the organization {} are made.", program.slug),
        None => println!("The account is made."),
    }
    Ok(())
}

/// Reads a line from the terminal without showing it, or from a pipe.
fn ask_password() -> io::Result<String> {
    let is_terminal = io::stdin().is_terminal();
    let echo = |switch: &str| is_terminal.then(|| process::Command::new("stty").arg(switch).status());
    if is_terminal {
        eprint!("Password of 12 to 200 characters: ");
    }
    echo("-echo");
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    echo("echo");
    if is_terminal {
        eprintln!();
    }
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
