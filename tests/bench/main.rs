//! Fieldhouse against a server written by hand: `cargo run --release -p tests --bin bench [-- --short]`.
//!
//! It fills a PostgreSQL database through `fieldhouse demo`, checks that both servers answer alike, loads them in turn
//! over HTTP, and writes what each request cost to `target/bench/` as JSON, Markdown and SVG.
mod load;
mod operations;
mod process;
mod report;

use load::{Load, Sample};
use operations::{Operation, Target};
use process::{Database, Server, Size};
use std::{env, error::Error, time::Duration};

/// What is measured, and for how long.
struct Plan {
    size: Size,
    rounds: usize,
    /// How long each load lasts.
    time: Duration,
    operations: Vec<Operation>,
    is_short: bool,
}

impl Plan {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut plan = Self {
            size: Size {
                programs: 20,
                athletes: 4_000,
                weeks: 34,
            },
            rounds: 3,
            time: Duration::from_secs(5),
            operations: Operation::ALL.to_vec(),
            is_short: false,
        };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || {
                arguments
                    .next()
                    .and_then(|value| value.parse().ok())
                    .ok_or("a number is missing")
            };
            match argument.as_str() {
                "--short" => {
                    plan = Self {
                        size: Size {
                            programs: 1,
                            athletes: 120,
                            weeks: 20,
                        },
                        rounds: 1,
                        time: Duration::from_millis(1_200),
                        operations: Operation::ALL.to_vec(),
                        is_short: true,
                    };
                }
                "--programs" => plan.size.programs = number()?,
                "--athletes" => plan.size.athletes = number()?,
                "--weeks" => plan.size.weeks = number()?,
                "--rounds" => plan.rounds = number()? as usize,
                "--operation" => plan.operations = vec![*Operation::ALL.get(number()? as usize).ok_or("0 to 5")?],
                "--seconds" => plan.time = Duration::from_secs(number()?.into()),
                _ => {
                    return Err(
                        "bench [--short] [--programs N] [--athletes N] [--weeks N] [--rounds N] [--seconds N] [--operation 0..5]"
                            .into(),
                    );
                }
            }
        }
        Ok(plan)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::read()?;
    process::build()?;
    let database = Database::start()?;
    let loaded = database.fill(plan.size)?;
    println!("{loaded}");
    let mut servers = vec![Server::fieldhouse(&database)?, Server::limit(&database)?];
    if !plan.is_short {
        match Server::postgraphile(&database) {
            Ok(server) => servers.push(server),
            Err(reason) => println!("without PostGraphile: {reason}"),
        }
    }
    let target = Target::find(&servers[0], servers.get(2))?;
    let mut samples: Vec<Sample> = Vec::new();
    for operation in &plan.operations {
        operation.check(&target, &servers)?;
    }
    println!("all answer alike");
    for round in 0..plan.rounds {
        for &operation in &plan.operations {
            for connections in [1, 32] {
                for server in &servers {
                    let load = Load {
                        operation,
                        connections,
                        time: plan.time,
                    };
                    let sample = load.run(&target, server, &database)?;
                    println!("round {}: {sample}", round + 1);
                    samples.push(sample);
                }
            }
        }
    }
    let report = report::Report::of(&plan.operations, &samples, &servers, &loaded);
    report.write()?;
    println!("{report}");
    if plan.is_short {
        println!("{:.1}x", report.worst());
    }
    Ok(())
}
