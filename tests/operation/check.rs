//! What the server would go by, told before it starts.
use crate::{
    cluster::Cluster,
    program::{Folder, run},
};
use std::fs;

/// The line that begins with a word, its blanks made one.
#[track_caller]
fn line(output: &str, word: &str) -> String {
    let mut lines = output
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let found = lines.find(|line| line.starts_with(word));
    found.unwrap_or_else(|| panic!("no line begins with {word}:\n{output}"))
}

#[test]
fn every_option_is_told_with_its_value_and_who_said_so() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    let environment = [("DATABASE_URL", url.as_str()), ("FIELDHOUSE_GRAPHIQL", "1")];
    let output = run(&["check", "--listen", "127.0.0.1:9999"], &environment).fine();
    assert_eq!(line(&output, "listen"), "listen 127.0.0.1:9999 --listen");
    assert_eq!(line(&output, "database-url"), "database-url (hidden) DATABASE_URL");
    assert_eq!(line(&output, "graphiql"), "graphiql true FIELDHOUSE_GRAPHIQL");
    assert_eq!(line(&output, "no-migrate"), "no-migrate false default");
    fs::write(folder.file("secret"), &url).expect("the secret is written");
    let environment = [("DATABASE_URL_FILE", folder.path("secret"))];
    let output = run(
        &["check"],
        &environment.each_ref().map(|(name, value)| (*name, value.as_str())),
    )
    .fine();
    let told = format!(
        "database-url (hidden) {}, named by DATABASE_URL_FILE",
        folder.path("secret")
    );
    assert_eq!(line(&output, "database-url"), told);
    assert!(!output.contains("sqlite://"), "{output}");
}

#[test]
fn a_database_is_looked_at_and_not_made() {
    let folder = Folder::new();
    let url = folder.url("deep/fieldhouse.db");
    let environment = [("DATABASE_URL", url.as_str())];
    let output = run(&["check"], &environment).fine();
    assert!(line(&output, "ok database").contains("serve makes it"), "{output}");
    assert!(folder.names().is_empty());
    let ended = run(&["check", "--no-migrate"], &environment);
    assert_eq!(ended.code, Some(1));
    assert!(
        line(&ended.output, "NO database").contains("none may be made"),
        "{ended:?}"
    );
    run(&["migrate"], &environment).fine();
    let output = run(&["check", "--no-migrate"], &environment).fine();
    assert!(line(&output, "ok version").contains("SQLite 3."), "{output}");
    assert_eq!(line(&output, "ok schema"), "ok schema up to date");
    assert_eq!(line(&output, "ok writing"), "ok writing permitted");
    assert!(line(&output, "ok latency").contains(" ms as a rule"), "{output}");
}

#[test]
fn what_is_no_database_fails() {
    let folder = Folder::new();
    fs::write(
        folder.file("text.db"),
        "this is not a database, and long enough to be taken for one",
    )
    .expect("a text");
    let ended = run(&["check"], &[("DATABASE_URL", &folder.url("text.db"))]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.output.contains("file is not a database"), "{ended:?}");
}

#[test]
fn the_demo_is_not_for_everybody() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    let ended = run(
        &["check", "--demo", "--listen", "0.0.0.0:8080"],
        &[("DATABASE_URL", &url)],
    );
    assert_eq!(ended.code, Some(1));
    assert!(
        line(&ended.output, "NO address").contains("everybody knows"),
        "{ended:?}"
    );
}

#[test]
fn postgres_is_looked_at_and_not_changed() {
    let Some(cluster) = Cluster::get() else {
        eprintln!("skipped: there is no PostgreSQL on this machine");
        return;
    };
    let name = format!("fieldhouse_operation_{}", std::process::id());
    cluster.drop_later(&name);
    execute(&cluster.administrator(), &format!("CREATE DATABASE {name}"));
    let url = cluster.url(&name);
    let environment = [("DATABASE_URL", url.as_str())];
    for _ in 0..2 {
        let output = run(&["check"], &environment).fine();
        assert!(line(&output, "ok schema").contains("which serve adds"), "{output}");
        assert_eq!(line(&output, "ok writing"), "ok writing permitted");
    }
    let ended = run(&["check", "--no-migrate"], &environment);
    assert_eq!(ended.code, Some(1));
    assert!(
        line(&ended.output, "NO schema").contains("m20261121_000001_create_core"),
        "{ended:?}"
    );
    run(&["migrate"], &environment).fine();
    let output = run(&["check", "--no-migrate"], &environment).fine();
    assert!(line(&output, "ok version").contains("PostgreSQL 1"), "{output}");
    assert_eq!(line(&output, "ok schema"), "ok schema up to date");
    execute(
        &cluster.administrator(),
        &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"),
    );
    let ended = run(&["check"], &environment);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        line(&ended.output, "NO writing").contains("read-only transaction"),
        "{ended:?}"
    );
}

fn execute(url: &str, statement: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .expect("it answers");
        tokio::spawn(connection);
        client.batch_execute(statement).await.expect("the statement runs");
    });
}

#[test]
fn mail_that_serve_would_refuse_is_refused() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    let environment = [("DATABASE_URL", url.as_str()), ("FIELDHOUSE_LISTEN", "127.0.0.1:0")];
    let output = run(&["check"], &environment).fine();
    assert!(line(&output, "ok mail").contains("is not sent"), "{output}");
    assert!(line(&output, "ok address").contains("free"), "{output}");
    for wrong in [
        ["--smtp-url", "smtp://localhost", "--mail-from", "nobody"],
        ["--public-url", "here", "--listen", "127.0.0.1:0"],
    ] {
        let ended = run(&[&["check"], &wrong[..]].concat(), &environment[..1]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.output.contains("NO  mail"), "{ended:?}");
    }
}

#[test]
fn memory_is_given_out_by_the_allocator_that_was_chosen() {
    let ended = run(&["--version"], &[("MIMALLOC_VERBOSE", "1")]);
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    assert!(ended.errors.contains("mimalloc: "), "{}", ended.errors);
}
