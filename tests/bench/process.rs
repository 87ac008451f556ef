//! The processes: the database, the servers, and what they spend.
#[path = "../support/cluster.rs"]
mod cluster;

use crate::operations::local;
use cluster::Cluster;
use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where cargo puts what this was built beside; a benchmark of cargo's lies a folder deeper.
fn built(name: &str) -> Outcome<PathBuf> {
    let own = env::current_exe()?;
    let mut places = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    Ok(places
        .find(|place| place.is_file())
        .ok_or("the servers are not built")?)
}

/// Builds both servers as this program was built; one after the other, or Fieldhouse would be built with what the other
/// needs, and so a second time.
pub fn build() -> Outcome<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for package in ["fieldhouse", "tests"] {
        let mut command = Command::new(&cargo);
        command.args(["build", "--quiet", "--package", package, "--bins"]);
        // What cargo tells this program of its own package; some build again when it differs.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_MANIFEST_", "CARGO_PKG_"]
                .iter()
                .any(|own| text.starts_with(own))
            {
                command.env_remove(&name);
            }
        }
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        if !command.status()?.success() {
            return Err("the servers do not build".into());
        }
    }
    Ok(())
}

/// How much data there is: athletes in so many programs, each with seven sessions in so many weeks.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub programs: u32,
    pub athletes: u32,
    pub weeks: u32,
}

/// A database of this run: on a PostgreSQL server of its own, or a file.
pub struct Database {
    pub url: String,
    /// Whether sessions were logged, or opened again, since it was tidied up.
    is_written: AtomicBool,
    /// The process of PostgreSQL's; none for a file, which the server reads itself.
    postmaster: Option<u32>,
}

impl Database {
    /// A new, empty one.
    pub fn create(name: &str) -> Outcome<Self> {
        let cluster = Cluster::get().ok_or("no PostgreSQL on this machine")?;
        let url = cluster.url(name);
        cluster.drop_later(name);
        let runtime = tokio::runtime::Runtime::new()?;
        let postmaster = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&cluster.administrator(), tokio_postgres::NoTls).await?;
            let connection = tokio::spawn(connection);
            client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
            let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.get(0);
            // As long as it is there.
            let postmaster = parent_of(u32::try_from(backend)?)?;
            drop(client);
            connection.await??;
            Ok::<_, Box<dyn Error>>(postmaster)
        })?;
        Ok(Self {
            url,
            is_written: AtomicBool::new(false),
            postmaster: Some(postmaster),
        })
    }

    /// A new SQLite file.
    pub fn file(path: &Path) -> Outcome<Self> {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut file = path.as_os_str().to_owned();
            file.push(suffix);
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let path = path.to_str().ok_or("a path that is no text")?;
        Ok(Self {
            url: format!("sqlite://{path}"),
            is_written: AtomicBool::new(false),
            postmaster: None,
        })
    }

    /// A place before the database: who listens there, the address behind, and the URL; without TLS, which nobody there
    /// could read.
    pub fn relayed(&self) -> Outcome<(TcpListener, String, String)> {
        let (_, rest) = self.url.split_once("://").ok_or("no scheme in the URL")?;
        let place = rest.split('/').next().ok_or("no database in the URL")?;
        let address = place.rsplit_once('@').map_or(place, |(_, place)| place).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = self.url.replace(&address, &listener.local_addr()?.to_string());
        let options = if url.contains('?') { '&' } else { '?' };
        Ok((listener, address, format!("{url}{options}sslmode=disable")))
    }

    /// Loads the demo; what it said of itself.
    pub fn fill(&self, size: Size) -> Outcome<String> {
        let output = Command::new(built("fieldhouse")?)
            .args(["demo", "--database-url", &self.url])
            .args(["--programs", &size.programs.to_string()])
            .args([
                "--athletes",
                &size.athletes.to_string(),
                "--weeks",
                &size.weeks.to_string(),
            ])
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        if self.postmaster.is_some() {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await?;
                tokio::spawn(connection);
                client.batch_execute("VACUUM ANALYZE").await
            })?;
        }
        Ok(text.lines().next().ok_or("the demo said nothing")?.to_owned())
    }

    /// Makes sessions as they were before anybody logged them, so that logging them is all of the work.
    pub fn reopen(&self, sessions: &[String]) -> Outcome<()> {
        let ids: Vec<Uuid> = sessions
            .iter()
            .map(|id| local(&id.as_str().into()).parse())
            .collect::<Result<_, _>>()?;
        const SESSION: &str = "UPDATE athlete_training_session SET outcome = NULL, completed_at = NULL, recorded_at = NULL, \
             recorded_by_id = NULL, session_load = NULL, session_load_method = NULL, actual_distance_meters = NULL, \
             actual_duration_seconds = NULL, actual_rpe = NULL WHERE id";
        const DETAIL: &str = "UPDATE athlete_training_session_detail SET resolved_targets = NULL WHERE id";
        self.written();
        if let Some(path) = self.url.strip_prefix("sqlite://") {
            let mut connection = rusqlite::Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            for sql in [SESSION, DETAIL] {
                let mut statement = transaction.prepare(&format!("{sql} = ?1"))?;
                for id in &ids {
                    statement.execute([id])?;
                }
            }
            return Ok(transaction.commit()?);
        }
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            for sql in [SESSION, DETAIL] {
                client.execute(&format!("{sql} = ANY($1)"), &[&ids]).await?;
            }
            Ok(())
        })
    }

    /// Sessions were logged or opened again, or are from here on.
    pub fn written(&self) {
        self.is_written.store(true, Ordering::Relaxed);
    }

    /// Has PostgreSQL clear away what sessions were before they were logged, if any were. By itself it begins when a fifth of
    /// a table has changed, and leaves the indexes alone for less than a fiftieth: that is soon for little data, and for much
    /// not within an hour, so that sizes could not be compared.
    pub fn tidy(&self) -> Outcome<()> {
        if self.postmaster.is_none() || !self.is_written.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            for table in ["athlete_training_session", "athlete_training_session_detail"] {
                let sql = format!("VACUUM (INDEX_CLEANUP ON) {table}");
                client.batch_execute(&sql).await?;
            }
            Ok(())
        })
    }

    /// Waits until PostgreSQL has tidied up what earlier work left behind, a minute at most, and all is written: whoever is
    /// measured next would pay for it. Who may not see what others of the server do does not wait.
    pub fn settle(&self) -> Outcome<()> {
        if self.postmaster.is_some() {
            self.tidied_up()?;
        }
        // The system may have much left to write after a large load.
        if Command::new("sync").status()?.success() {
            Ok(())
        } else {
            Err("sync fails".into())
        }
    }

    fn tidied_up(&self) -> Outcome<()> {
        const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'";
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            let until = Instant::now() + Duration::from_secs(60);
            while client.query_one(BUSY, &[]).await?.get::<_, i64>(0) > 0 && Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            if Instant::now() >= until {
                eprintln!("PostgreSQL still tidies up: what is measured next may cost more");
            }
            // A server that was given may allow it to its administrators alone.
            let _ = client.batch_execute("CHECKPOINT").await;
            Ok(())
        })
    }

    /// Processor time of the server and all of its processes.
    pub fn spent(&self) -> Outcome<Duration> {
        let Some(postmaster) = self.postmaster else {
            return Ok(Duration::ZERO);
        };
        let mut spent = spent_by(postmaster, true)?;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(process) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if parent_of(process).is_ok_and(|parent| parent == postmaster) {
                spent += spent_by(process, false).unwrap_or_default();
            }
        }
        Ok(spent)
    }
}

fn stat(process: u32) -> Outcome<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = text.rsplit_once(')').ok_or("no name")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

fn parent_of(process: u32) -> Outcome<u32> {
    Ok(stat(process)?.get(1).ok_or("no parent")?.parse()?)
}

/// Processor time of a process, and of its children that ended when asked. A tick is 10 ms on Linux.
fn spent_by(process: u32, with_children: bool) -> Outcome<Duration> {
    let fields = stat(process)?;
    let last = if with_children { 14 } else { 12 };
    let ticks = (11..=last).map(|place| {
        fields
            .get(place)
            .and_then(|ticks| ticks.parse::<u64>().ok())
            .unwrap_or(0)
    });
    Ok(Duration::from_millis(10 * ticks.sum::<u64>()))
}

/// A server that is measured; it ends with this value.
pub struct Server {
    pub name: &'static str,
    pub address: SocketAddr,
    /// From its start to its first line that says it listens.
    pub started: Duration,
    /// Resident memory when it was ready, in bytes.
    pub idle: u64,
    child: Child,
}

impl Server {
    pub fn fieldhouse(url: &str) -> Outcome<Self> {
        let mut command = Command::new(built("fieldhouse")?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", url]);
        // Counted as ever, and never too much.
        for points in ["--points-per-user", "--points-per-token", "--points-per-address"] {
            command.args([points, "1000000000000"]);
        }
        Self::start("Fieldhouse", command)
    }

    pub fn limit(url: &str) -> Outcome<Self> {
        let mut command = Command::new(built("limit")?);
        command.arg(url);
        Self::start("by hand", command)
    }

    /// PostGraphile 5, where npm installs it; the reason where it does not.
    pub fn postgraphile(database: &Database) -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/postgraphile");
        let mut install = Command::new("npm");
        install
            .args(["ci", "--silent", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        if !install.stdout(Stdio::null()).status()?.success() {
            return Err("npm does not install PostGraphile".into());
        }
        // The npm package `node` brings the version that PostGraphile wants.
        let mut command = Command::new(folder.join("node_modules/node/bin/node"));
        command.current_dir(&folder).arg("server.js").arg(&database.url);
        Self::start("PostGraphile", command)
    }

    fn start(name: &'static str, mut command: Command) -> Outcome<Self> {
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::piped()).env("RUST_LOG", "error").spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        for line in output.lines() {
            let line = line?;
            let Some((_, rest)) = line.split_once("listening on http://") else {
                continue;
            };
            let address = rest.split('/').next().ok_or("no address")?.parse()?;
            return Ok(Self {
                name,
                address,
                started: begun.elapsed(),
                idle: memory_of(&child, "VmRSS:")?,
                child,
            });
        }
        Err(format!("{name} does not start").into())
    }

    /// Processor time so far.
    pub fn spent(&self) -> Outcome<Duration> {
        spent_by(self.child.id(), false)
    }

    /// The highest resident memory so far, in bytes.
    pub fn peak_memory(&self) -> Outcome<u64> {
        memory_of(&self.child, "VmHWM:")
    }
}

/// A line of a process's status, in bytes.
fn memory_of(child: &Child, name: &str) -> Outcome<u64> {
    let text = fs::read_to_string(Path::new("/proc").join(child.id().to_string()).join("status"))?;
    let line = text.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no figure")?.parse()?;
    Ok(kilobytes * 1_024)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
