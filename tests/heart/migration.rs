//! Starting: the schema is made once, by whoever comes first, and not at all where that is forbidden.
use crate::support::{
    both,
    database::{Kind, connect, run_empty},
};
use fieldhouse::{
    config::{DatabaseOptions, Unusable},
    lock::Lock,
};
use futures_util::future::join_all;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};
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

both! {
    async fn servers_that_start_at_once_migrate_once(url: String) {
        let servers: Vec<_> = (0..8).map(|_| options(&url, false)).collect();
        for db in join_all(servers.iter().map(DatabaseOptions::open)).await {
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

    async fn what_a_logged_session_was_asked_is_kept(url: String) {
        if let Some(file) = url.strip_prefix("sqlite://") {
            std::fs::write(file, []).expect("an empty file");
        }
        let db = connect(&url).await;
        let backend = db.get_database_backend();
        Migrator::up(&db, Some(4)).await.expect("the schema as it was");
        let (step, other) = (
            "01a2032c-227f-7665-b095-139c48e942ce",
            "01a2032c-227f-7665-b095-139d44a886c6",
        );
        let numbers = json!({ "min_rpe": 9.0, "max_rpe": 10.0, "on_date": "2026-11-07" });
        let done =
            |step: &str, resolved: &Value| json!({ "resolved": resolved, "prescribed": { "key": step, "step": step } });
        let stored = [
            Some(json!([
                done(step, &Value::Null),
                done(other, &numbers),
                done(other, &numbers)
            ])),
            Some(json!([done(step, &Value::Null)])),
            Some(json!([])),
            None,
        ];
        let alone = match backend {
            DatabaseBackend::Sqlite => "PRAGMA foreign_keys = OFF",
            _ => "SET session_replication_role = replica",
        };
        db.execute_unprepared(alone).await.expect("a row may stand alone");
        for (id, stored) in stored.iter().enumerate() {
            let stored = stored
                .as_ref()
                .map_or("NULL".to_owned(), |stored| format!("'{stored}'"));
            let id = format!("00000000-0000-0000-0000-00000000000{id}");
            let insert = format!(
                "INSERT INTO athlete_training_session_detail (id, program_id, athlete_id, step_overrides, prescription, splits, sets) \
                 VALUES ('{id}', '{id}', '{id}', '[]', {stored}, '[]', '[]')"
            );
            db.execute_unprepared(&insert).await.expect("a session as it was");
        }
        Migrator::up(&db, None).await.expect("the schema as it is");
        let select = "SELECT CAST(resolved_targets AS text) AS kept FROM athlete_training_session_detail ORDER BY id";
        let rows = db
            .query_all_raw(Statement::from_string(backend, select))
            .await
            .expect("rows");
        let kept = rows.iter().map(|row| {
            let text: Option<String> = row.try_get("", "kept").expect("a text");
            text.map(|text| serde_json::from_str(&text).expect("JSON"))
        });
        let kept: Vec<Option<Value>> = kept.collect();
        assert_eq!(
            kept,
            [Some(json!({ other: numbers })), Some(json!({})), Some(json!({})), None]
        );
    }
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

async fn a_file_that_somebody_had_alone_for_long_is_migrated(url: String) {
    let file = url.trim_start_matches("sqlite://").to_owned();
    let other = Lock::alone(Path::new(&file)).expect("the lock is asked for");
    assert!(other.is_some(), "nobody has it open");
    let wait = async {
        // Longer than a server waits for those who have a file open.
        tokio::time::sleep(Duration::from_secs(11)).await;
        drop(other);
    };
    let beginning = options(&url, false);
    let (db, ()) = tokio::join!(beginning.open(), wait);
    db.expect("the server starts").close().await;
}

#[test]
fn a_file_that_somebody_had_alone_for_long_is_migrated_on_sqlite() {
    run_empty(Kind::Sqlite, a_file_that_somebody_had_alone_for_long_is_migrated);
}

#[tokio::test]
async fn another_kind_of_database_is_refused() {
    assert!(matches!(
        options("mysql://localhost/x", false).open().await,
        Err(Unusable::Url)
    ));
}
