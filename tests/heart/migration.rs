//! Starting: the schema is made once, by whoever comes first, and not at all where that is forbidden.
use crate::support::database::{Kind, run_empty};
use fieldhouse::{
    config::{DatabaseOptions, Unusable},
    lock::Lock,
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

fn options(url: &str, no_migrate: bool) -> DatabaseOptions {
    DatabaseOptions {
        database_url: url.into(),
        no_migrate,
        patience: Default::default(),
    }
}

async fn servers_that_start_at_once_migrate_once(url: String) {
    let start = || async { options(&url, false).open().await };
    let (one, two, three) = tokio::join!(start(), start(), start());
    for db in [one, two, three] {
        db.expect("the server starts").close().await;
    }
}

async fn a_server_that_may_not_migrate_refuses_an_old_schema(url: String) {
    let Err(Unusable::Outdated(missing)) = options(&url, true).open().await else {
        panic!("it should refuse");
    };
    assert!(
        missing.contains(&"m20261121_000001_create_core".to_owned()),
        "{missing:?}"
    );
    options(&url, false)
        .open()
        .await
        .expect("the server starts")
        .close()
        .await;
    options(&url, true)
        .open()
        .await
        .expect("the schema is current")
        .close()
        .await;
}

async fn a_schema_waits_for_who_has_the_file_open(url: String) {
    let file = url.trim_start_matches("sqlite://").to_owned();
    let other = Lock::shared(Path::new(&file)).await.expect("the lock is free");
    let started = Instant::now();
    let wait = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(other);
    };
    let beginning = options(&url, false);
    let (db, ()) = tokio::join!(beginning.open(), wait);
    let db = db.expect("the server starts");
    assert!(started.elapsed() >= Duration::from_millis(300));
    let alone = || Lock::alone(Path::new(&file)).expect("the lock is asked for");
    assert!(alone().is_none(), "a server has its database open");
    db.close().await;
    assert!(alone().is_some(), "nobody has it open");
}

#[test]
fn a_schema_waits_for_who_has_the_file_open_on_sqlite() {
    run_empty(Kind::Sqlite, a_schema_waits_for_who_has_the_file_open);
}

#[test]
fn servers_that_start_at_once_migrate_once_on_sqlite() {
    run_empty(Kind::Sqlite, servers_that_start_at_once_migrate_once);
}

#[test]
fn servers_that_start_at_once_migrate_once_on_postgres() {
    run_empty(Kind::Postgres, servers_that_start_at_once_migrate_once);
}

#[test]
fn a_server_that_may_not_migrate_refuses_an_old_schema_on_sqlite() {
    run_empty(Kind::Sqlite, a_server_that_may_not_migrate_refuses_an_old_schema);
}

#[test]
fn a_server_that_may_not_migrate_refuses_an_old_schema_on_postgres() {
    run_empty(Kind::Postgres, a_server_that_may_not_migrate_refuses_an_old_schema);
}

#[tokio::test]
async fn another_kind_of_database_is_refused() {
    assert!(matches!(
        options("mysql://localhost/x", false).open().await,
        Err(Unusable::Url)
    ));
}
