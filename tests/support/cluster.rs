//! The PostgreSQL server of a test run: the one named by `TEST_DATABASE_URL`, or a throwaway one of its own.
//!
//! Nothing may outlive the test process, however it ends, and a process that is killed cannot clean up after itself.
//! So a shell, the supervisor, does it: it reads a pipe whose only write end is in the test process and cleans up at
//! its end of file, which the operating system delivers after a normal end, a panic and a SIGKILL alike. The supervisor
//! has a session of its own, out of reach of a Ctrl-C in the terminal.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fmt::Write as _,
    fs,
    io::{self, Read, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{self, Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

/// Made on first use. A static is never dropped, so the pipe in it stays open until the process ends.
static CLUSTER: OnceLock<Result<Option<Cluster>, String>> = OnceLock::new();

/// How many ports the supervisor may try: another process can take a free one before the server does.
const PORTS: usize = 16;

/// A PostgreSQL server for this test run.
///
/// All that it holds is gone about a second after the test process ends, whatever ends it.
#[derive(Debug)]
pub struct Cluster {
    /// Connection URL up to the database name, with the slash before it.
    base: String,
    /// What follows the database name: empty, or the query string with its question mark.
    options: String,
    kind: Kind,
}

/// Whose server it is.
#[derive(Debug)]
enum Kind {
    /// Made for this process, and removed with all its databases.
    Own {
        /// Held for its pipe.
        _supervisor: Child,
    },
    /// Given by `TEST_DATABASE_URL`. Without `psql` there is no supervisor to drop databases.
    Given { supervisor: Option<Dropper> },
}

/// The supervisor of a given server.
#[derive(Debug)]
struct Dropper {
    pipe: Mutex<ChildStdin>,
    _supervisor: Child,
}

impl Cluster {
    /// The server of this run, made on first use and shared by all threads of the process.
    ///
    /// With `TEST_DATABASE_URL` set it is that server; the URL must name an existing database, by default that of the
    /// user's name, and a user who may create databases. That database is only connected to, never changed; pass the
    /// name of every database created to [`Cluster::drop_later`].
    ///
    /// Otherwise it is a server of this process alone, on 127.0.0.1, with the superuser `postgres` and the empty
    /// database `postgres`, started in about a second from the binaries found in `PATH`, `/usr/lib/postgresql`,
    /// Homebrew or `pg_config --bindir`. A test process run by root starts it as the user `postgres` or `nobody`,
    /// because PostgreSQL refuses root.
    ///
    /// `None` when the machine has no PostgreSQL to start, after one line on standard error saying so.
    ///
    /// # Panics
    ///
    /// When the server exists but does not start or answer, and, with `CI=true`, when there is none.
    pub fn get() -> Option<&'static Self> {
        match CLUSTER.get_or_init(Self::find) {
            Ok(cluster) => cluster.as_ref(),
            Err(message) => panic!("{message}"),
        }
    }

    /// Connection URL of a database on this server, `postgres://...`, whether or not the database exists.
    pub fn url(&self, database: &str) -> String {
        format!("{}{}{}", self.base, percent_encoded(database), self.options)
    }

    /// Connection URL of a database that is never changed, for a user who may create and drop others.
    pub fn administrator(&self) -> String {
        match env::var("TEST_DATABASE_URL") {
            Ok(url) if matches!(self.kind, Kind::Given { .. }) => url,
            _ => self.url("postgres"),
        }
    }

    /// Has the database dropped when the test process ends, by `DROP DATABASE IF EXISTS ... WITH (FORCE)`.
    ///
    /// Call it before creating the database: then no moment is left at which the process can be killed and the
    /// database stays. The name is written to the supervisor's pipe, so nothing is awaited. It does nothing on a server
    /// of this run's own, which is removed as a whole. Without `psql` on the machine the databases stay on the given
    /// server; one line on standard error has said so.
    ///
    /// # Panics
    ///
    /// When the name has a control character, or the supervisor has been killed.
    pub fn drop_later(&self, database: &str) {
        assert!(
            !database.contains(char::is_control),
            "a control character in the database name {database:?}"
        );
        let Kind::Given {
            supervisor: Some(supervisor),
        } = &self.kind
        else {
            return;
        };
        let identifier = format!("\"{}\"\n", database.replace('"', "\"\""));
        supervisor
            .pipe
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(identifier.as_bytes())
            .expect("the supervisor of the test databases should be running");
    }

    /// `Err` with what to panic with, in every test that asks.
    fn find() -> Result<Option<Self>, String> {
        if let Ok(url) = env::var("TEST_DATABASE_URL")
            && !url.is_empty()
        {
            return Self::given(&url).map(Some);
        }
        match Self::own()? {
            Ok(cluster) => Ok(Some(cluster)),
            Err(missing) if env::var("CI").is_ok_and(|value| matches!(&*value, "true" | "1")) => Err(format!(
                "PostgreSQL tests cannot run, and with CI set they must: {missing}"
            )),
            Err(missing) => {
                say(&format!("PostgreSQL tests are skipped: {missing}"));
                Ok(None)
            }
        }
    }

    /// The server of `TEST_DATABASE_URL`.
    fn given(url: &str) -> Result<Self, String> {
        let (base, options) = split_url(url).ok_or("TEST_DATABASE_URL must start with postgres:// and name a host")?;
        let supervisor = match find_program("psql") {
            Some(psql) => {
                let (mut supervisor, _) = supervise(GIVEN, &[psql.into_os_string(), url.into()], &[])?
                    .map_err(|reason| format!("TEST_DATABASE_URL: {reason}"))?;
                let pipe = supervisor.stdin.take().ok_or("the supervisor has no pipe")?;
                Some(Dropper {
                    pipe: Mutex::new(pipe),
                    _supervisor: supervisor,
                })
            }
            None => {
                say("psql is not installed: the databases of this run stay on the server of TEST_DATABASE_URL");
                None
            }
        };
        Ok(Self {
            base,
            options,
            kind: Kind::Given { supervisor },
        })
    }

    /// A server of this process alone, removed with what is returned; the inner `Err` says what the machine lacks for one.
    ///
    /// # Errors
    /// What to panic with: PostgreSQL is there and does not start or answer.
    pub fn own() -> Result<Result<Self, String>, String> {
        let Some(binaries) = find_binaries() else {
            return Ok(Err(
                "no initdb, pg_ctl and postgres in PATH, /usr/lib/postgresql/*/bin, Homebrew or `pg_config --bindir`; \
                 install a PostgreSQL server or set TEST_DATABASE_URL"
                    .to_owned(),
            ));
        };
        let temporary = path::absolute(env::temp_dir())
            .map_err(|error| format!("the temporary directory has no absolute path: {error}"))?;
        let mut arguments = vec![binaries.into_os_string(), temporary.into_os_string()];
        arguments.extend(free_ports().map_err(|error| format!("no free port on 127.0.0.1: {error}"))?);
        // A PGPORT or PGOPTIONS meant for another server would reach this one.
        let foreign: Vec<OsString> = env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_string_lossy().starts_with("PG"))
            .collect();
        Ok(supervise(OWN, &arguments, &foreign)?.map(|(supervisor, port)| Self {
            base: format!("postgres://postgres@127.0.0.1:{port}/"),
            options: String::new(),
            kind: Kind::Own {
                _supervisor: supervisor,
            },
        }))
    }
}

/// Runs a supervisor until it has said how it went: with what it said after `ready`, or, as the inner `Err`, after
/// `absent`.
fn supervise(
    script: &str,
    arguments: &[OsString],
    unset: &[OsString],
) -> Result<Result<(Child, String), String>, String> {
    let command = |mut command: Command| {
        command
            .arg("-c")
            .arg(script)
            .arg("fieldhouse-test-postgres")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not that of the tests: cargo-nextest takes a test for unfinished while a process holds it.
            .stderr(Stdio::null());
        for name in unset {
            command.env_remove(name);
        }
        command
    };
    let mut in_session = Command::new("setsid");
    in_session.arg("/bin/sh");
    let mut supervisor = match command(in_session).spawn() {
        // macOS has no setsid. A process group of its own is enough to miss a Ctrl-C.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut in_group = Command::new("/bin/sh");
            in_group.process_group(0);
            command(in_group).spawn()
        }
        spawned => spawned,
    }
    .map_err(|error| format!("no shell to supervise PostgreSQL: {error}"))?;

    let mut reply = String::new();
    let read = match supervisor.stdout.take() {
        Some(mut output) => output.read_to_string(&mut reply),
        None => Ok(0),
    };
    let said = match (read, reply.trim_end().split_once([' ', '\n'])) {
        (Ok(_), Some(("ready", rest))) => return Ok(Ok((supervisor, rest.to_owned()))),
        (Ok(_), Some(("absent", rest))) => Ok(Err(rest.to_owned())),
        (Ok(_), Some(("failed", rest))) => Err(format!("PostgreSQL does not start or answer:\n{rest}")),
        (Ok(_), _) => Err(format!("the supervisor of PostgreSQL ended early: {reply:?}")),
        (Err(error), _) => Err(format!("the supervisor of PostgreSQL is unreadable: {error}")),
    };
    drop(supervisor.stdin.take());
    // The reply says what went wrong; the exit status adds nothing.
    let _ = supervisor.wait();
    said
}

/// One line on standard error, past the capture of the test harness, which would hide it.
fn say(line: &str) {
    // A closed standard error is no reason to fail.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Ports that nothing listens on at this moment, all different because all are bound at once.
fn free_ports() -> io::Result<Vec<OsString>> {
    let listeners: Vec<TcpListener> = (0..PORTS)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<io::Result<_>>()?;
    listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port().to_string().into()))
        .collect()
}

/// The directory that has all programs of a server.
fn find_binaries() -> Option<PathBuf> {
    let complete = |directory: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| is_executable(&directory.join(name)))
    };
    path_directories()
        .chain(installed_directories())
        .chain(pg_config_directory())
        .find(complete)
}

/// A program of PostgreSQL's clients.
fn find_program(name: &str) -> Option<PathBuf> {
    path_directories()
        .chain(installed_directories())
        .chain(pg_config_directory())
        .map(|directory| directory.join(name))
        .find(|program| is_executable(program))
}

/// The directories in `PATH`, and where their `initdb` really is when that is a link: only there are its siblings sure
/// to be of the same version.
fn path_directories() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = env::split_paths(&path).filter(|entry| entry.is_absolute()).collect();
    directories.into_iter().flat_map(|directory| {
        let linked = fs::canonicalize(directory.join("initdb"))
            .ok()
            .and_then(|initdb| initdb.parent().map(Path::to_path_buf));
        linked.into_iter().chain([directory])
    })
}

/// Where packages put PostgreSQL outside of `PATH`, of each kind the newest version first.
fn installed_directories() -> impl Iterator<Item = PathBuf> {
    [
        // Debian; Red Hat; Homebrew on Apple silicon and on Intel.
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
    ]
    .into_iter()
    .flat_map(|(parent, prefix)| {
        let versions: BTreeSet<(u32, PathBuf)> = fs::read_dir(parent)
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let name = entry.file_name();
                let version = name.to_str()?.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
        versions.into_iter().rev().map(|(_, directory)| directory)
    })
    .chain(["/opt/homebrew/bin".into(), "/opt/homebrew/opt/postgresql/bin".into()])
}

/// What `pg_config --bindir` prints; asked last, for it starts a process.
fn pg_config_directory() -> impl Iterator<Item = PathBuf> {
    std::iter::once_with(|| {
        let output = Command::new("pg_config")
            .arg("--bindir")
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let directory = String::from_utf8(output.stdout).ok()?;
        Some(PathBuf::from(directory.trim_end())).filter(|directory| directory.is_absolute())
    })
    .flatten()
}

/// Whether it is a file with an execute permission.
fn is_executable(program: &Path) -> bool {
    fs::metadata(program).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A connection URL as what stands before the database name and what stands after it.
fn split_url(url: &str) -> Option<(String, String)> {
    let rest = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))?;
    let (location, options) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let authority = location.split('/').next().unwrap_or(location);
    if authority.is_empty() && options.is_empty() {
        return None;
    }
    Some((format!("postgres://{authority}/"), options.to_owned()))
}

/// Text as a segment of a URL path.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Supervisor of a server of this process alone: the directory of the binaries, the temporary directory, ports to try.
///
/// Everything goes to a log in the server's directory, so that no process holds the pipe to the tests after the reply.
const OWN: &str = include_str!("cluster/own.sh");

/// Supervisor of a given server: `psql`, and a URL to connect to. It reads quoted database names.
const GIVEN: &str = include_str!("cluster/given.sh");
