//! Copies that become the database again, and what stands in the way.
use crate::program::{Folder, Server, create_owner, run};
use std::{fs, path::Path};

fn users(file: &Path) -> i64 {
    let connection = rusqlite::Connection::open(file).expect("the database opens");
    let count = connection.query_row("SELECT count(*) FROM \"user\"", [], |row| row.get(0));
    count.expect("the accounts are counted")
}

/// A folder with a database that has an account, and an older copy that has none.
fn folder() -> (Folder, String) {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    let environment = [("DATABASE_URL", url.as_str())];
    run(&["migrate"], &environment).fine();
    run(&["backup", &folder.path("copy.db")], &environment).fine();
    create_owner(&url);
    (folder, url)
}

#[test]
fn a_database_is_replaced_only_where_that_is_said() {
    let (folder, url) = folder();
    let (copy, environment) = (folder.path("copy.db"), [("DATABASE_URL", url.as_str())]);
    let complaint = run(&["restore", &copy], &environment).refused();
    assert!(
        complaint.contains("fieldhouse.db exists; --overwrite replaces it"),
        "{complaint}"
    );
    assert_eq!(users(&folder.file("fieldhouse.db")), 1);
    let told = run(&["restore", "--overwrite", &copy], &environment).fine();
    let kept = folder
        .names()
        .into_iter()
        .find(|name| name.starts_with("fieldhouse.db.replaced-"));
    let kept = kept.expect("what was there is kept");
    assert!(told.contains(&kept), "{told}");
    assert_eq!(users(&folder.file("fieldhouse.db")), 0);
    assert_eq!(users(&folder.file(&kept)), 1);
}

#[test]
fn a_copy_is_restored_where_there_is_nothing() {
    let (folder, _) = folder();
    let url = folder.url("elsewhere/fieldhouse.db");
    run(&["restore", &folder.path("copy.db")], &[("DATABASE_URL", &url)]).fine();
    create_owner(&url);
    assert_eq!(users(&folder.file("elsewhere/fieldhouse.db")), 1);
}

#[test]
fn what_a_deleted_database_left_is_no_part_of_the_restored_one() {
    let (folder, url) = folder();
    let server = Server::start(&url);
    create_owner_twice(&url);
    server.kill();
    assert!(folder.file("fieldhouse.db-wal").exists(), "the server left its log");
    fs::remove_file(folder.file("fieldhouse.db")).expect("the database is deleted");
    run(&["restore", &folder.path("copy.db")], &[("DATABASE_URL", &url)]).fine();
    run(&["check"], &[("DATABASE_URL", &url)]).fine();
    assert_eq!(users(&folder.file("fieldhouse.db")), 0);
}

fn create_owner_twice(url: &str) {
    let arguments = ["owner", "create", "--email", "omar@example.org", "--name", "Omar"];
    let environment = [("DATABASE_URL", url), ("FIELDHOUSE_PASSWORD", crate::program::PASSWORD)];
    run(&arguments, &environment).fine();
}

#[test]
fn a_server_keeps_its_database_while_it_runs() {
    let (folder, url) = folder();
    let server = Server::start(&url);
    let arguments = ["restore", "--overwrite", &folder.path("copy.db")];
    let complaint = run(&arguments, &[("DATABASE_URL", &url)]).refused();
    assert!(complaint.contains("is in use: stop the server first"), "{complaint}");
    assert_eq!(users(&folder.file("fieldhouse.db")), 1);
    // However it ends: a lock lasts no longer than its process.
    server.kill();
    run(&arguments, &[("DATABASE_URL", &url)]).fine();
    assert_eq!(users(&folder.file("fieldhouse.db")), 0);
}

#[test]
fn another_program_keeps_it_too() {
    let (folder, url) = folder();
    let other = rusqlite::Connection::open(folder.file("fieldhouse.db")).expect("the database opens");
    let count: i64 = other
        .query_row("SELECT count(*) FROM \"user\"", [], |row| row.get(0))
        .expect("it is read");
    assert_eq!(count, 1);
    let arguments = ["restore", "--overwrite", &folder.path("copy.db")];
    let complaint = run(&arguments, &[("DATABASE_URL", &url)]).refused();
    assert!(complaint.contains("is in use"), "{complaint}");
    drop(other);
    run(&arguments, &[("DATABASE_URL", &url)]).fine();
}

#[test]
fn what_the_copy_of_a_killed_server_committed_is_kept_with_it() {
    let (folder, url) = folder();
    let server = Server::start(&url);
    create_owner_twice(&url);
    server.kill();
    run(
        &["restore", "--overwrite", &folder.path("copy.db")],
        &[("DATABASE_URL", &url)],
    )
    .fine();
    let kept = folder
        .names()
        .into_iter()
        .find(|name| name.starts_with("fieldhouse.db.replaced-"));
    assert_eq!(users(&folder.file(&kept.expect("what was there is kept"))), 2);
    assert_eq!(users(&folder.file("fieldhouse.db")), 0);
}

#[test]
fn a_database_that_cannot_be_read_is_replaced() {
    let (folder, url) = folder();
    fs::write(
        folder.file("fieldhouse.db"),
        "this was a database once, and something wrote over it",
    )
    .expect("garbage");
    run(
        &["restore", "--overwrite", &folder.path("copy.db")],
        &[("DATABASE_URL", &url)],
    )
    .fine();
    assert_eq!(users(&folder.file("fieldhouse.db")), 0);
}

#[test]
fn nothing_but_a_whole_copy_is_restored() {
    let (folder, url) = folder();
    let mut damaged = fs::read(folder.file("copy.db")).expect("the copy is read");
    let middle = damaged.len() / 2;
    damaged[middle..middle + 3 * 4096].fill(0x5a);
    fs::write(folder.file("damaged.db"), damaged).expect("the damage is done");
    fs::write(folder.file("text.db"), "athlete,date\n").expect("a text is written");
    fs::write(folder.file("nothing.db"), "").expect("nothing is written");
    let stranger = rusqlite::Connection::open(folder.file("stranger.db")).expect("another database");
    stranger
        .execute_batch("CREATE TABLE planet (name text)")
        .expect("a table");
    fs::copy(folder.file("copy.db"), folder.file("newer.db")).expect("a copy");
    let newer = rusqlite::Connection::open(folder.file("newer.db")).expect("the copy opens");
    let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_go_to_mars', 0)";
    newer.execute_batch(later).expect("a later version");
    for (name, problem) in [
        ("damaged.db", "damaged.db"),
        ("text.db", "file is not a database"),
        ("nothing.db", "it has no schema of Fieldhouse"),
        ("stranger.db", "it has no schema of Fieldhouse"),
        ("newer.db", "m29991231_000001_go_to_mars"),
        ("absent.db", "there is no database at"),
    ] {
        let arguments = ["restore", "--overwrite", &folder.path(name)];
        let complaint = run(&arguments, &[("DATABASE_URL", &url)]).refused();
        assert!(complaint.contains(problem), "{name}: {complaint}");
        assert_eq!(users(&folder.file("fieldhouse.db")), 1, "{name}");
    }
    let names = folder.names();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("replaced") || name.ends_with(".partial")),
        "{names:?}"
    );
}
