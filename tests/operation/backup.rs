//! Copies that are made while a server writes.
use crate::{
    account::Account,
    program::{Folder, Server, create_owner, run},
};
use std::{
    collections::BTreeSet,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

const TEAM: &str = "mutation($program: ID!, $name: String!) {
    teamCreate(input: { programId: $program, name: $name, sport: RUNNING }) { team { id } userErrors { message } }
}";

fn teams(file: &Path) -> BTreeSet<String> {
    let connection = rusqlite::Connection::open(file).expect("the copy opens");
    let mut statement = connection.prepare("SELECT name FROM team").expect("there are teams");
    let names = statement.query_map([], |row| row.get(0)).expect("the teams are read");
    names.collect::<Result<_, _>>().expect("names")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_writers_has_all_that_was_acknowledged_before_it() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    create_owner(&url);
    let server = Server::start(&url);
    let account = Account::of(&server).await;
    let program = account.program().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let acknowledged: [Arc<AtomicU32>; 3] = Default::default();
    let writers: Vec<_> = acknowledged
        .iter()
        .cloned()
        .enumerate()
        .map(|(writer, acknowledged)| {
            let (account, program, is_over) = (account.clone(), program.clone(), is_over.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let variables = serde_json::json!({ "program": program, "name": format!("{writer}-{number}") });
                    let answer = account.ask(TEAM, variables).await;
                    assert!(answer["data"]["teamCreate"]["team"]["id"].is_string(), "{answer}");
                    acknowledged.store(number + 1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for round in 0..5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before: Vec<u32> = acknowledged.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        let (url, copy) = (url.clone(), folder.path(&format!("{round}.db")));
        let backup = tokio::task::spawn_blocking(move || run(&["backup", &copy], &[("DATABASE_URL", &url)]));
        backup.await.expect("the backup ends").fine();
        let copied = teams(&folder.file(&format!("{round}.db")));
        for (writer, before) in before.into_iter().enumerate() {
            let of_writer = copied
                .iter()
                .filter(|name| name.starts_with(&format!("{writer}-")))
                .count();
            // As of one moment: what a writer wrote later is not there without what it wrote sooner.
            for number in 0..of_writer.max(before as usize) {
                assert!(
                    copied.contains(&format!("{writer}-{number}")),
                    "{writer}-{number} in {round}"
                );
            }
        }
    }
    is_over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("the writer writes");
    }
    assert!(teams(&folder.file("4.db")).len() > 5, "there was nothing to copy");
    server.kill();

    let all = teams(&folder.file("fieldhouse.db"));
    let copy = folder.path("2.db");
    run(&["restore", "--overwrite", &copy], &[("DATABASE_URL", &url)]).fine();
    let server = Server::start(&url);
    assert_eq!(Account::of(&server).await.program().await, program);
    server.kill();
    assert_eq!(teams(&folder.file("fieldhouse.db")), teams(&folder.file("2.db")));
    let kept = folder.names().into_iter().find(|name| name.contains(".replaced-"));
    assert_eq!(teams(&folder.file(&kept.expect("what was there is kept"))), all);
}

#[test]
fn a_file_is_replaced_only_where_that_is_said() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    let environment = [("DATABASE_URL", url.as_str())];
    run(&["migrate"], &environment).fine();
    std::fs::write(folder.file("copy.db"), "precious").expect("a file is written");
    let copy = folder.path("copy.db");
    let complaint = run(&["backup", &copy], &environment).refused();
    assert!(
        complaint.contains("copy.db exists; --overwrite replaces it"),
        "{complaint}"
    );
    assert_eq!(
        std::fs::read(folder.file("copy.db")).expect("the file is read"),
        b"precious"
    );
    let told = run(&["backup", "--overwrite", &copy], &environment).fine();
    assert!(told.contains("holds the database, checked"), "{told}");
    assert!(teams(&folder.file("copy.db")).is_empty());
    let mode = folder
        .file("copy.db")
        .metadata()
        .expect("the file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!folder.names().iter().any(|name| name.ends_with(".partial")));
}

#[test]
fn the_database_is_no_copy_of_itself() {
    let folder = Folder::new();
    let (url, file) = (folder.url("fieldhouse.db"), folder.path("fieldhouse.db"));
    run(&["migrate"], &[("DATABASE_URL", &url)]).fine();
    for verb in ["backup", "restore"] {
        let complaint = run(&[verb, "--overwrite", &file], &[("DATABASE_URL", &url)]).refused();
        assert!(complaint.contains("is the database itself"), "{complaint}");
    }
}

#[test]
fn what_is_not_there_is_not_made() {
    let folder = Folder::new();
    let copy = folder.path("copy.db");
    let complaint = run(&["backup", &copy], &[("DATABASE_URL", &folder.url("none.db"))]).refused();
    assert!(complaint.contains("there is no database at"), "{complaint}");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn a_copy_that_was_cut_short_is_begun_anew() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    run(&["migrate"], &[("DATABASE_URL", &url)]).fine();
    std::fs::write(folder.file("copy.db.partial"), "half a copy").expect("a file is written");
    run(&["backup", &folder.path("copy.db")], &[("DATABASE_URL", &url)]).fine();
    assert!(teams(&folder.file("copy.db")).is_empty());
}

#[test]
fn a_damaged_database_makes_no_copy() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    run(&["migrate"], &[("DATABASE_URL", &url)]).fine();
    let connection = rusqlite::Connection::open(folder.file("fieldhouse.db")).expect("the database opens");
    let orphan = "PRAGMA foreign_keys = off;
        INSERT INTO auth_session (id, user_id, created_at, last_used_at, expires_at) VALUES (x'01', x'02', '', '', '')";
    connection.execute_batch(orphan).expect("a row without its parent");
    drop(connection);
    let complaint = run(&["backup", &folder.path("copy.db")], &[("DATABASE_URL", &url)]).refused();
    assert!(complaint.contains("refers to missing rows of user"), "{complaint}");
    assert!(
        !folder.names().iter().any(|name| name.starts_with("copy.db")),
        "{:?}",
        folder.names()
    );
}

#[test]
fn postgres_has_its_own() {
    for (verb, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let environment = [("DATABASE_URL", "postgres://fieldhouse:hush@127.0.0.1/fieldhouse")];
        let complaint = run(&[verb, "file"], &environment).refused();
        assert!(complaint.contains(tool), "{complaint}");
        assert!(!complaint.contains("hush"), "{complaint}");
    }
}
