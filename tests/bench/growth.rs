//! What an operation costs as data grows: programs of forty athletes with 250 sessions each, one of them, a hundred, a
//! thousand.
use crate::{
    Plan,
    load::{Load, Sample},
    operations::Case,
    process::{Database, Server, Size},
    report::{Median, folder, middle},
    target::Target,
};
use serde_json::json;
use std::{error::Error, fmt::Write, fs};

/// Ten million sessions.
pub const LARGEST: Size = Size {
    programs: 1_000,
    athletes: 40_000,
    weeks: 34,
};

/// Data of one size, and the servers over it.
struct Column {
    /// What the demo said of it.
    loaded: String,
    database: Database,
    servers: [Server; 2],
    samples: Vec<Sample>,
}

impl Column {
    fn load(size: Size) -> Result<Self, Box<dyn Error>> {
        let database = Database::create(&format!("growth_{}", size.programs))?;
        let loaded = database.fill(size)?;
        println!("{loaded}");
        let servers = [Server::fieldhouse(&database.url)?, Server::limit(&database.url)?];
        Ok(Self {
            loaded,
            database,
            servers,
            samples: Vec::new(),
        })
    }

    /// Signs in, which lasts for a round, and has both servers answer.
    fn target(&self, cases: &[Case]) -> Result<Target, Box<dyn Error>> {
        let target = Target::find(&self.servers[0], None)?;
        for case in cases {
            case.check(&target, &self.servers)?;
        }
        Ok(target)
    }

    /// Sessions, as the demo counted them.
    fn title(&self) -> &str {
        self.loaded.split(&[':', '.'][..]).nth(1).unwrap_or_default().trim()
    }

    /// What a case cost on a server, a round at a time.
    fn costs(&self, case: Case, server: usize) -> Vec<f64> {
        let name = self.servers[server].name;
        let alike = |sample: &&Sample| sample.case == case && sample.server == name;
        self.samples
            .iter()
            .filter(alike)
            .map(|sample| Median::of(&[sample]).cpu())
            .collect()
    }
}

/// Measures every case at three sizes, or two when fewer programs are asked for, and writes `growth.json` and `growth.md`.
/// The sizes take turns, and are compared within a round, so that a slow phase of the machine is none of the data's.
pub fn run(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let weeks = plan.size.weeks;
    let sizes = [1, 100, plan.size.programs].map(|programs| Size {
        programs,
        athletes: 40 * programs,
        weeks,
    });
    let mut columns = Vec::new();
    for size in sizes.iter().take(if plan.size.programs > 100 { 3 } else { 2 }) {
        columns.push(Column::load(*size)?);
    }
    for round in 1..=plan.rounds {
        let targets = columns.iter().map(|column| column.target(&plan.cases));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        for &case in &plan.cases {
            for (column, target) in columns.iter_mut().zip(&targets) {
                for server in &column.servers {
                    let load = Load {
                        case,
                        connections: 32,
                        time: plan.time,
                    };
                    let sample = load.run(target, server, &column.database)?;
                    println!("round {round}: {:<17} {sample}", column.title());
                    column.samples.push(sample);
                }
            }
        }
    }
    let mut table = String::from("| CPU a request, microseconds (by hand) |");
    for column in &columns {
        write!(table, " {} |", column.title())?;
    }
    writeln!(
        table,
        " largest / smallest (by hand) | of each round |\n|---|{}--:|--:|",
        "--:|".repeat(columns.len())
    )?;
    let mut lines = Vec::new();
    let (first, last) = (&columns[0], &columns[columns.len() - 1]);
    for &case in &plan.cases {
        let costs = |server| columns.iter().map(move |column| column.costs(case, server));
        let growth = |server| {
            let pairs = last.costs(case, server).into_iter().zip(first.costs(case, server));
            pairs.map(|(last, first)| last / first).collect::<Vec<_>>()
        };
        write!(table, "| {} |", case.title())?;
        for (ours, by_hand) in costs(0).zip(costs(1)) {
            write!(table, " {:.0} ({:.0}) |", middle(ours) * 1e6, middle(by_hand) * 1e6)?;
        }
        let rounds: Vec<String> = growth(0).iter().map(|times| format!("{times:.2}")).collect();
        writeln!(
            table,
            " {:.2}x ({:.2}x) | {} |",
            middle(growth(0)),
            middle(growth(1)),
            rounds.join(" ")
        )?;
        lines.push(
            json!({ "operation": case.title(), "cpuSeconds": costs(0).collect::<Vec<_>>(),
            "byHandCpuSeconds": costs(1).collect::<Vec<_>>(), "growth": growth(0), "byHandGrowth": growth(1) }),
        );
    }
    let folder = folder()?;
    let data: Vec<&String> = columns.iter().map(|column| &column.loaded).collect();
    fs::write(
        folder.join("growth.json"),
        json!({ "data": data, "lines": lines }).to_string(),
    )?;
    fs::write(folder.join("growth.md"), &table)?;
    println!("\n{table}");
    Ok(())
}
