//! The same on SQLite, and what is logged while somebody reads.
use crate::{
    Plan,
    load::{Load, Sample},
    measure,
    operations::{Case, Operation, Role},
    process::{Database, Server, Size},
    report::{Report, folder},
    target::Target,
};
use std::error::Error;

/// Two hundred thousand sessions.
pub const SIZE: Size = Size {
    programs: 4,
    athletes: 800,
    weeks: 34,
};

/// Measures every case on a file in `target/bench/`, then logs and reads at the same time.
pub fn run(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let database = Database::file(&folder()?.join("bench.db"))?;
    let loaded = database.fill(plan.size)?;
    println!("{loaded}");
    let servers = [Server::fieldhouse(&database.url)?, Server::limit(&database.url)?];
    let target = Target::find(&servers[0], None)?;
    for case in &plan.cases {
        case.check(&target, &servers)?;
    }
    println!("all answer alike");
    let samples = measure(plan, &target, &servers, &[1, 32], &database)?;
    let [logs, reads] = at_once(plan, &target, &servers[0], &database)?;
    let report = Report::of(&plan.cases, &[], &samples, &servers, &loaded);
    let note = format!(
        "Logged results with a second reader active: {:.0}/s, beside {:.0} histories/s.",
        logs.per_second, reads.per_second
    );
    report.write("sqlite", &note)?;
    println!("{report}\n{note}");
    Ok(())
}

/// Logs over eight connections while one reads histories.
fn at_once(plan: &Plan, target: &Target, server: &Server, database: &Database) -> Result<[Sample; 2], Box<dyn Error>> {
    let run = |operation, connections| {
        let load = Load {
            case: Case {
                operation,
                role: Role::Coach,
            },
            connections,
            time: plan.time,
        };
        load.run(target, server, database).map_err(|error| error.to_string())
    };
    std::thread::scope(|scope| {
        let reads = scope.spawn(|| run(Operation::History, 1));
        let logs = run(Operation::Log, 8)?;
        let reads = reads.join().map_err(|_| "a client panicked")??;
        Ok([logs, reads])
    })
}
