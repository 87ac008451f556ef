//! Others that keep the database to themselves.
use super::{
    load::{log, logged, whole},
    store::Store,
};
use crate::{
    account::{Account, Reply},
    program::Server,
};
use serde_json::json;
use std::time::{Duration, Instant};

const READ: &str = "{ program(slug: \"riverside\") { name teams(first: 5) { nodes { name } } } }";

/// Logs many entries at once; what each was answered, and after how long.
async fn logs(account: &Account, athlete: &str, round: &str, entries: u32) -> Vec<(Reply, Duration)> {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..entries)
        .map(|number| {
            let (account, athlete, title) = (account.clone(), athlete.to_owned(), format!("{round}-{number}"));
            tokio::spawn(async move {
                let reply = log(&account, &athlete, &title).await;
                (reply.expect("the server answers"), begun.elapsed())
            })
        })
        .collect();
    let mut replies = Vec::new();
    for task in tasks {
        replies.push(task.await.expect("the client ends"));
    }
    replies
}

/// Reads again and again for two seconds.
async fn reads_go_on(account: &Account) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        let asked = Instant::now();
        let reply = account.try_ask(READ, json!({})).await.expect("the server answers");
        assert_eq!((reply.status, reply.code()), (200, None), "{reply:?}");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn waiting_has_an_end(store: Store, lock: &str, patience: Duration) {
    let server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    let beside = store.beside().await;
    beside.execute(lock).await;
    // More than there are connections to write with.
    let (replies, ()) = tokio::join!(logs(&account, &athlete, "locked", 20), reads_go_on(&account));
    for (reply, after) in replies {
        assert!(matches!(reply.code(), Some("BUSY" | "TIMEOUT")), "{reply:?}");
        assert!(after < patience, "{after:?}");
    }
    beside.execute("ROLLBACK").await;
    for (reply, after) in logs(&account, &athlete, "free", 20).await {
        assert!(logged(&reply).is_some(), "{reply:?}");
        assert!(after < Duration::from_secs(5), "{after:?}");
    }
    whole(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_who_waits_for_a_lock_is_told() {
    // The operation ends then, whatever waits.
    waiting_has_an_end(Store::sqlite(), "BEGIN IMMEDIATE", Duration::from_secs(11)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_who_waits_for_a_lock_or_a_connection_is_told() {
    if let Some(store) = Store::postgres().await {
        let lock = "BEGIN; SELECT id FROM athlete FOR UPDATE";
        waiting_has_an_end(store, lock, Duration::from_secs(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_statement_has_an_end() {
    let Some(store) = Store::postgres().await else { return };
    let server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    let beside = store.beside().await;

    beside.execute("BEGIN; LOCK TABLE team IN ACCESS EXCLUSIVE MODE").await;
    let asked = Instant::now();
    let reply = account.try_ask(READ, json!({})).await.expect("the server answers");
    assert_eq!(reply.code(), Some("BUSY"), "a lock that readers wait for: {reply:?}");
    assert!(asked.elapsed() < Duration::from_millis(4_500), "{:?}", asked.elapsed());
    beside.execute("ROLLBACK").await;
    assert_eq!(account.try_ask(READ, json!({})).await.expect("an answer").code(), None);

    let slow =
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE INSERT ON athlete_training_session FOR EACH ROW EXECUTE FUNCTION slow()";
    beside.execute(slow).await;
    for (reply, after) in logs(&account, &athlete, "slow", 2).await {
        assert_eq!(reply.code(), Some("INTERNAL"), "{reply:?}");
        assert!((5..7).contains(&after.as_secs()), "{after:?}");
    }
    beside.execute("DROP TRIGGER slow ON athlete_training_session").await;
    for (reply, _) in logs(&account, &athlete, "slow", 2).await {
        assert!(logged(&reply).is_some(), "{reply:?}");
    }
    whole(&store).await;
}
