//! Fieldhouse against a server written by hand: `cargo run --release -p tests --bin bench [-- --short]`.
//!
//! It fills a PostgreSQL database through `fieldhouse demo`, checks that the servers answer alike, counts the statements of
//! each request, loads the servers in turn over HTTP, and writes what each request cost to `target/bench/` as JSON,
//! Markdown and SVG. `--growth` does it at three sizes of data, `--sqlite` on SQLite.
mod documents;
mod growth;
mod load;
mod operations;
mod process;
mod report;
mod sqlite;
mod statements;
mod target;

use load::{Load, Sample};
use operations::Case;
use process::{Database, Server, Size};
use std::{env, error::Error, time::Duration};
use target::Target;

const USAGE: &str = "bench [--short | --growth | --sqlite] [--programs N] [--athletes N] [--weeks N] [--rounds N] \
                     [--seconds N] [--case 0..8]";

/// What is measured, and for how long.
struct Plan {
    size: Size,
    rounds: usize,
    /// How long each load lasts.
    time: Duration,
    cases: Vec<Case>,
    kind: Kind,
}

#[derive(PartialEq)]
enum Kind {
    Whole,
    Short,
    Growth,
    Sqlite,
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
            time: Duration::from_secs(2),
            cases: Case::all(),
            kind: Kind::Whole,
        };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || {
                arguments
                    .next()
                    .and_then(|value| value.parse::<u32>().ok())
                    .ok_or(USAGE)
            };
            match argument.as_str() {
                "--short" => {
                    plan.size = Size {
                        programs: 1,
                        athletes: 120,
                        weeks: 20,
                    };
                    (plan.rounds, plan.time, plan.kind) = (1, Duration::from_millis(800), Kind::Short);
                }
                "--growth" => {
                    (plan.size, plan.kind) = (growth::LARGEST, Kind::Growth);
                    (plan.rounds, plan.time) = (5, Duration::from_secs(1));
                }
                "--sqlite" => (plan.size, plan.kind) = (sqlite::SIZE, Kind::Sqlite),
                "--programs" => plan.size.programs = number()?,
                "--athletes" => plan.size.athletes = number()?,
                "--weeks" => plan.size.weeks = number()?,
                "--rounds" => plan.rounds = number()?.max(1) as usize,
                "--case" => plan.cases = vec![*plan.cases.get(number()? as usize).ok_or(USAGE)?],
                "--seconds" => plan.time = Duration::from_secs(number()?.max(1).into()),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(plan)
    }
}

/// Loads the servers with every case in turn, several times over.
fn measure(
    plan: &Plan,
    target: &Target,
    servers: &[Server],
    connections: &[usize],
    database: &Database,
) -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut samples = Vec::new();
    for round in 1..=plan.rounds {
        for &case in &plan.cases {
            for &connections in connections {
                for server in servers {
                    let load = Load {
                        case,
                        connections,
                        time: plan.time,
                    };
                    let sample = load.run(target, server, database)?;
                    println!("round {round}: {sample}");
                    samples.push(sample);
                }
            }
        }
    }
    Ok(samples)
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::read()?;
    process::build()?;
    match plan.kind {
        Kind::Growth => return growth::run(&plan),
        Kind::Sqlite => return sqlite::run(&plan),
        Kind::Whole | Kind::Short => {}
    }
    let database = Database::create("bench")?;
    let loaded = database.fill(plan.size)?;
    println!("{loaded}");
    let mut servers = vec![Server::fieldhouse(&database.url)?, Server::limit(&database.url)?];
    if plan.kind == Kind::Whole {
        match Server::postgraphile(&database) {
            Ok(server) => servers.push(server),
            Err(reason) => println!("without PostGraphile: {reason}"),
        }
    }
    let target = Target::find(&servers[0], servers.get(2))?;
    for case in &plan.cases {
        case.check(&target, &servers)?;
    }
    println!("all answer alike");
    let statements = statements::count(&plan.cases, &target, &database)?;
    for (case, [ours, by_hand]) in plan.cases.iter().zip(&statements) {
        println!("{:<40} {ours} statements, {by_hand} by hand", case.title());
        if *ours > case.statements() {
            return Err(format!("{}: more than {} statements", case.title(), case.statements()).into());
        }
    }
    let samples = measure(&plan, &target, &servers, &[1, 32], &database)?;
    let report = report::Report::of(&plan.cases, &statements, &samples, &servers, &loaded);
    report.write("bench", "")?;
    println!("{report}");
    if plan.kind == Kind::Short {
        println!("{:.1}x", report.worst());
    }
    Ok(())
}
