//! The program as a shell runs it.
use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// The password of the accounts made here.
pub const PASSWORD: &str = "correct horse battery";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder of one test, removed with it.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new, empty one.
    pub fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("fieldhouse-operation-{}-{number}", process::id()));
        fs::create_dir_all(&path).expect("the folder is made");
        Self(path)
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Its path as text.
    pub fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    /// The URL of a SQLite database in it.
    pub fn url(&self, name: &str) -> String {
        format!("sqlite://{}", self.path(name))
    }

    /// The names of its files, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder is read");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What was not made need not be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub output: String,
    /// What it complained.
    pub errors: String,
}

impl Ended {
    /// What a command printed that is to succeed.
    #[track_caller]
    pub fn fine(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.output
    }

    /// What a command complained that is to fail.
    #[track_caller]
    pub fn refused(self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "{self:?}");
        self.errors
    }
}

/// The program with nothing in its environment but what is given.
pub fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldhouse"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let ended = command(arguments, environment).output().expect("the program runs");
    Ended {
        code: ended.status.code(),
        output: String::from_utf8_lossy(&ended.stdout).into_owned(),
        errors: String::from_utf8_lossy(&ended.stderr).into_owned(),
    }
}

/// Makes an account that owns an organization.
#[track_caller]
pub fn create_owner(url: &str) {
    let arguments = [
        "owner",
        "create",
        "--email",
        "ines@example.org",
        "--name",
        "Ines",
        "--program",
        "Riverside",
    ];
    run(&arguments, &[("DATABASE_URL", url), ("FIELDHOUSE_PASSWORD", PASSWORD)]).fine();
}

/// A server that runs until this is dropped.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Starts one on a free port.
    pub fn start(url: &str) -> Self {
        Self::run(&mut command(&["serve"], &[("DATABASE_URL", url)]))
    }

    /// Starts one on a free port that logs nothing: what goes wrong is meant to.
    pub fn silent(url: &str) -> Self {
        Self::run(&mut command(&["serve"], &[("DATABASE_URL", url), ("RUST_LOG", "off")]))
    }

    /// Starts one on a free port by a command.
    pub fn run(command: &mut Command) -> Self {
        let mut process = command
            .env("FIELDHOUSE_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let line = output
            .lines()
            .map_while(Result::ok)
            .find(|line| line.starts_with("listening on "));
        let line = line.expect("the server listens");
        let address = line
            .trim_start_matches("listening on http://")
            .trim_end_matches("/graphql");
        Self {
            process,
            address: address.to_owned(),
        }
    }

    /// Kills it as a power cut would, as far as a process can tell.
    pub fn kill(mut self) {
        self.process.kill().expect("the server is killed");
        self.process.wait().expect("the server ends");
    }

    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("a shell").success(), "the server is asked to stop");
    }

    /// Its exit code, once it has ended.
    pub fn code(&mut self) -> Option<Option<i32>> {
        let status = self.process.try_wait().expect("the server is waited for");
        status.map(|status| status.code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
