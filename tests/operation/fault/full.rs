//! A disk that is full, and has room again.
use super::{load::Clients, store::Store};
use crate::{
    account::Account,
    program::{Folder, Server, command},
};
use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What can be filled.
enum Disk {
    /// A small one, mounted for the test alone: only root may.
    Own(PathBuf),
    /// That of the folder, of whose files the server may write no more than so many bytes.
    Limited,
}

/// Whether a command succeeds.
fn does(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

impl Disk {
    fn at(path: &str) -> Option<Self> {
        let mount = ["-t", "tmpfs", "-o", "size=12m", "fieldhouse", path];
        if does("mount", &mount) {
            return Some(Self::Own(path.into()));
        }
        does("prlimit", &["--fsize"]).then_some(Self::Limited)
    }

    fn limit(server: &Server, limit: &str) {
        let id = server.id().to_string();
        let limit = format!("--fsize={limit}:unlimited");
        assert!(does("prlimit", &["--pid", &id, &limit]), "the limit is set");
    }

    fn fill(&self, folder: &Folder, server: &Server) {
        match self {
            Self::Own(path) => {
                let mut filler = File::create(path.join("filler")).expect("a file is made");
                while filler.write_all(&[0; 4_096]).is_ok() {}
            }
            Self::Limited => {
                let log = fs::metadata(folder.file("fieldhouse.db-wal")).expect("the log of the database");
                Self::limit(server, &(log.len() + 32_768).to_string());
            }
        }
    }

    fn empty(&self, server: &Server) {
        match self {
            Self::Own(path) => fs::remove_file(path.join("filler")).expect("the file is removed"),
            Self::Limited => Self::limit(server, "unlimited"),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Own(path) = self {
            does("umount", &["--lazy", &path.display().to_string()]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let place = Folder::new();
    let path = place.path("");
    let Some(disk) = Disk::at(&path) else {
        eprintln!("skipped: a disk of its own cannot be mounted, and there is no prlimit");
        return;
    };
    let folder = Folder(place.file("data"));
    fs::create_dir(&folder.0).expect("a folder is made");
    let store = Store::in_folder(folder);
    let Store::Sqlite(folder) = &store else { return };
    let (url, program) = (store.url(), command(&[], &[]));
    let environment = [("DATABASE_URL", url.as_str()), ("RUST_LOG", "off")];
    let mut shell = Command::new("sh");
    // A write beyond the limit is an error then, and not the end.
    shell
        .args(["-c", "trap '' XFSZ; exec \"$0\" serve"])
        .arg(program.get_program());
    shell.env_clear().envs(environment).stdin(Stdio::null());
    let server = Server::run(&mut shell);
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    let clients = Clients::begin(&account, &athlete, "0", 3);
    clients.acknowledged(20).await;

    disk.fill(folder, &server);
    let full = Instant::now();
    while clients.told().codes.values().sum::<u32>() < 20 {
        assert!(full.elapsed() < Duration::from_secs(10), "the disk is not full");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let read = "{ program(slug: \"riverside\") { name athletes(first: 5) { nodes { displayName } } } }";
    for _ in 0..20 {
        let reply = account.try_ask(read, serde_json::json!({})).await;
        let reply = reply.expect("the server answers");
        assert_eq!(reply.code(), None, "{reply:?}");
        assert_eq!(
            reply.body["data"]["program"]["athletes"]["nodes"][0]["displayName"],
            "Mia Novak"
        );
    }
    assert_eq!(account.status("/readyz").await, Some(200), "it still answers readers");

    disk.empty(&server);
    clients.acknowledged(20).await;
    let told = clients.end().await;
    assert!(told.silences.is_empty(), "{:?}", told.silences);
    let codes: Vec<_> = told.codes.keys().map(String::as_str).collect();
    assert_eq!(codes, ["INTERNAL"], "{:?}", told.codes);
    told.agrees(&store, &server, &account, &athlete).await;
    drop(server);
    crate::program::run(&["check", "--no-migrate"], &environment).fine();
    drop(store);
}
