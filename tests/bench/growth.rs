//! What an operation costs as data grows: programs of forty athletes with 250 sessions each, one of them, a hundred, a
//! thousand.
use crate::{
    Plan, measure,
    operations::Case,
    process::{Database, Server, Size},
    report::Median,
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

/// Measures every case at three sizes, or two when fewer programs are asked for, and writes `growth.json` and `growth.md`.
pub fn run(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let weeks = plan.size.weeks;
    let sizes = [1, 100, plan.size.programs].map(|programs| Size {
        programs,
        athletes: 40 * programs,
        weeks,
    });
    let mut columns = Vec::new();
    for size in sizes.iter().take(if plan.size.programs > 100 { 3 } else { 2 }) {
        let database = Database::create(&format!("growth_{}", size.programs))?;
        let loaded = database.fill(*size)?;
        println!("{loaded}");
        let servers = [Server::fieldhouse(&database.url)?, Server::limit(&database.url)?];
        let target = Target::find(&servers[0], None)?;
        for case in &plan.cases {
            case.check(&target, &servers)?;
        }
        let samples = measure(plan, &target, &servers, &[32], &database)?;
        let of = |case: &Case, server: &Server| {
            let alike = samples
                .iter()
                .filter(|sample| sample.case == *case && sample.server == server.name);
            Median::of(&alike.collect::<Vec<_>>()).cpu()
        };
        let costs: Vec<[f64; 2]> = plan
            .cases
            .iter()
            .map(|case| [0, 1].map(|place| of(case, &servers[place])))
            .collect();
        columns.push((loaded, costs));
    }
    let mut table = String::from("| CPU a request, microseconds (by hand) |");
    for (loaded, _) in &columns {
        write!(
            table,
            " {} |",
            loaded.split(&[':', '.'][..]).nth(1).unwrap_or_default().trim()
        )?;
    }
    writeln!(
        table,
        " largest / smallest (by hand) |\n|---|{}--:|",
        "--:|".repeat(columns.len())
    )?;
    let mut lines = Vec::new();
    for (place, case) in plan.cases.iter().enumerate() {
        let costs: Vec<[f64; 2]> = columns.iter().map(|(_, costs)| costs[place]).collect();
        let (first, last) = (costs[0], costs[costs.len() - 1]);
        write!(table, "| {} |", case.title())?;
        for [ours, by_hand] in &costs {
            write!(table, " {:.0} ({:.0}) |", ours * 1e6, by_hand * 1e6)?;
        }
        writeln!(table, " {:.2}x ({:.2}x) |", last[0] / first[0], last[1] / first[1])?;
        lines.push(
            json!({ "operation": case.title(), "cpuSeconds": costs.iter().map(|[ours, _]| ours).collect::<Vec<_>>(),
            "byHandCpuSeconds": costs.iter().map(|[_, by_hand]| by_hand).collect::<Vec<_>>() }),
        );
    }
    let folder = crate::report::folder()?;
    let data: Vec<&String> = columns.iter().map(|(loaded, _)| loaded).collect();
    fs::write(
        folder.join("growth.json"),
        json!({ "data": data, "lines": lines }).to_string(),
    )?;
    fs::write(folder.join("growth.md"), &table)?;
    println!("\n{table}");
    Ok(())
}
