//! The command line of Fieldhouse.
use clap::{Args, Parser, Subcommand};
use fieldhouse::{
    App,
    config::DatabaseOptions,
    demo,
    scope::Clock,
    serve::{ServeOptions, serve},
};
use std::{error::Error, process::ExitCode};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A GraphQL server for organizations that coach.
#[derive(Parser)]
#[command(name = "fieldhouse", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer GraphQL over HTTP until told to stop.
    Serve(ServeOptions),
    /// Fill an empty database with a believable university program and a training studio.
    Demo(DemoOptions),
    /// Bring the schema of the database up to date.
    Migrate {
        /// Database to migrate.
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Print the GraphQL schema.
    Schema,
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
    let command = CommandLine::parse().command;
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sea_orm_migration=warn,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldhouse: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve(options) => Ok(serve(options).await?),
        Command::Demo(DemoOptions { database, size }) => {
            let db = database.open().await?;
            let outcome = demo::load(&db, &Clock::default(), &size).await;
            db.close().await;
            println!("{}", outcome?);
            Ok(())
        }
        Command::Migrate { database } => {
            database.open().await?.close().await;
            println!("The schema is up to date.");
            Ok(())
        }
        Command::Schema => {
            print!("{}", App::sdl());
            Ok(())
        }
    }
}
