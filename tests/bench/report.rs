//! The medians of all rounds, as JSON, as a table and as a chart.
use crate::{load::Sample, operations::Case, process::Server};
use serde_json::json;
use std::{
    error::Error,
    fmt,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// One operation at one number of connections, Fieldhouse beside the server written by hand and PostGraphile.
struct Line {
    case: Case,
    /// Of Fieldhouse, and of the server written by hand.
    statements: Option<[u64; 2]>,
    connections: usize,
    ours: Median,
    by_hand: Median,
    postgraphile: Option<Median>,
}

/// Medians over the rounds.
pub struct Median {
    per_second: f64,
    p50: Duration,
    p99: Duration,
    server_time: Duration,
    database_time: Duration,
}

/// The median; of an even number, the higher of the two in the middle.
pub fn middle<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|one, other| one.partial_cmp(other).expect("no measure is NaN"));
    values[values.len() / 2]
}

impl Median {
    pub fn of(samples: &[&Sample]) -> Self {
        fn of<T: Copy + PartialOrd>(samples: &[&Sample], value: impl Fn(&Sample) -> T) -> T {
            middle(samples.iter().map(|sample| value(sample)).collect())
        }
        Self {
            per_second: of(samples, |sample| sample.per_second),
            p50: of(samples, |sample| sample.p50),
            p99: of(samples, |sample| sample.p99),
            server_time: of(samples, |sample| sample.server_time),
            database_time: of(samples, |sample| sample.database_time),
        }
    }

    /// Processor time a request, of server and database, in seconds.
    pub fn cpu(&self) -> f64 {
        (self.server_time + self.database_time).as_secs_f64()
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "requestsPerSecond": self.per_second,
            "p50Seconds": self.p50.as_secs_f64(),
            "p99Seconds": self.p99.as_secs_f64(),
            "serverCpuSeconds": self.server_time.as_secs_f64(),
            "databaseCpuSeconds": self.database_time.as_secs_f64(),
        })
    }
}

/// Where reports go.
pub fn folder() -> Result<PathBuf, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What a run found.
pub struct Report {
    data: String,
    lines: Vec<Line>,
    /// Of Fieldhouse: from start to ready, and the resident memory at rest and at its highest, in bytes.
    started: Duration,
    idle: u64,
    peak: u64,
}

impl Report {
    pub fn of(cases: &[Case], statements: &[[u64; 2]], samples: &[Sample], servers: &[Server], data: &str) -> Self {
        let (ours, by_hand, postgraphile) = (&servers[0], &servers[1], servers.get(2));
        let mut lines = Vec::new();
        for connections in [32, 1] {
            for (place, &case) in cases.iter().enumerate() {
                let of = |server: &Server| {
                    let alike = |sample: &&Sample| {
                        sample.case == case && sample.connections == connections && sample.server == server.name
                    };
                    Median::of(&samples.iter().filter(alike).collect::<Vec<_>>())
                };
                lines.push(Line {
                    case,
                    statements: statements.get(place).copied(),
                    connections,
                    ours: of(ours),
                    by_hand: of(by_hand),
                    postgraphile: postgraphile.map(of),
                });
            }
        }
        Self {
            data: data.to_owned(),
            lines,
            started: ours.started,
            idle: ours.idle,
            peak: ours.peak_memory().unwrap_or_default(),
        }
    }

    /// The worst multiple of the processor time that the server written by hand takes, at 32 connections.
    pub fn worst(&self) -> f64 {
        let loaded = self.lines.iter().filter(|line| line.connections == 32);
        loaded.map(Line::multiple).fold(0.0, f64::max)
    }

    /// Writes `NAME.json`, `NAME.md` and `NAME.svg` to `target/bench/`, a note behind the table.
    pub fn write(&self, name: &str, note: &str) -> Result<(), Box<dyn Error>> {
        let folder = folder()?;
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                json!({
                    "operation": line.case.title(),
                    "connections": line.connections,
                    "fieldhouse": line.ours.json(),
                    "byHand": line.by_hand.json(),
                    "postgraphile": line.postgraphile.as_ref().map(Median::json),
                    "cpuMultiple": line.multiple(),
                    "statements": line.statements.map(|[ours, _]| ours),
                    "byHandStatements": line.statements.map(|[_, by_hand]| by_hand),
                })
            })
            .collect();
        let all = json!({
            "data": self.data,
            "startSeconds": self.started.as_secs_f64(),
            "residentBytes": self.idle,
            "peakResidentBytes": self.peak,
            "lines": lines,
            "note": note,
        });
        fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(&all)?)?;
        fs::write(folder.join(format!("{name}.md")), format!("{self}\n{note}\n"))?;
        fs::write(folder.join(format!("{name}.svg")), self.chart()?)?;
        Ok(())
    }

    /// A bar for each operation: the processor time of a request as a multiple of the limit's.
    fn chart(&self) -> Result<String, fmt::Error> {
        let loaded: Vec<&Line> = self.lines.iter().filter(|line| line.connections == 32).collect();
        let most = loaded.iter().map(|line| line.multiple()).fold(2.0, f64::max);
        let height = 30 * loaded.len() + 50;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"{height}\" font-family=\"sans-serif\" \
             font-size=\"13\"><rect width=\"720\" height=\"{height}\" fill=\"#fff\"/>\
             <text x=\"10\" y=\"20\">CPU of server and database a request, as a multiple of a server written by hand</text>"
        );
        let width = |multiple: f64| 400.0 * multiple / most;
        for (place, line) in loaded.iter().enumerate() {
            let (top, multiple) = (35 + 30 * place, line.multiple());
            write!(
                svg,
                "<text x=\"10\" y=\"{}\">{}</text><rect x=\"220\" y=\"{top}\" width=\"{:.0}\" height=\"20\" fill=\"#2a7\"/>\
                 <text x=\"{:.0}\" y=\"{}\">{multiple:.1}x</text>",
                top + 15,
                line.case.title(),
                width(multiple),
                226.0 + width(multiple),
                top + 15,
            )?;
        }
        let one = 220.0 + width(1.0);
        write!(
            svg,
            "<line x1=\"{one:.0}\" x2=\"{one:.0}\" y1=\"30\" y2=\"{}\" stroke=\"#333\" stroke-dasharray=\"4\"/></svg>",
            height - 15
        )?;
        Ok(svg)
    }
}

impl Line {
    fn multiple(&self) -> f64 {
        self.ours.cpu() / self.by_hand.cpu().max(1e-9)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n", self.data)?;
        writeln!(
            formatter,
            "| operation | connections | CPU a request: server + database | by hand | multiple | requests/s | by hand | PostGraphile \
             | p50 | p99 | p50 of PostGraphile | statements (by hand) |"
        )?;
        writeln!(formatter, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for line in &self.lines {
            let (ours, by_hand) = (&line.ours, &line.by_hand);
            let (others, other_p50) = match &line.postgraphile {
                Some(other) => (format!("{:.0}", other.per_second), format!("{:.1?}", other.p50)),
                None => ("-".to_owned(), "-".to_owned()),
            };
            let statements = line
                .statements
                .map_or_else(|| "-".to_owned(), |[ours, by_hand]| format!("{ours} ({by_hand})"));
            writeln!(
                formatter,
                "| {} | {} | {:.0?} + {:.0?} | {:.0?} + {:.0?} | {:.1}x | {:.0} | {:.0} | {others} | {:.1?} | {:.1?} | {other_p50} | {statements} |",
                line.case.title(),
                line.connections,
                ours.server_time,
                ours.database_time,
                by_hand.server_time,
                by_hand.database_time,
                line.multiple(),
                ours.per_second,
                by_hand.per_second,
                ours.p50,
                ours.p99,
            )?;
        }
        writeln!(
            formatter,
            "\nStart to ready {:.0?}; resident {} MB at rest, {} MB at most.",
            self.started,
            self.idle >> 20,
            self.peak >> 20
        )
    }
}
