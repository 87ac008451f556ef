//! A server that is killed while it writes.
use super::{load::Clients, store::Store};
use crate::{account::Account, program::Server};

/// Times that a server is killed.
const KILLS: u32 = 3;

async fn a_kill_loses_nothing(store: Store) {
    let mut server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    for round in 0..KILLS {
        let clients = Clients::begin(&account.at(&server), &athlete, &round.to_string(), 6);
        clients.acknowledged(40).await;
        server.kill();
        let told = clients.end().await;
        assert_eq!(told.silences.len(), 6, "each was at something: {told:?}");
        assert!(told.codes.is_empty(), "{told:?}");
        server = Server::silent(&store.url());
        told.agrees(&store, &server, &account, &athlete).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_kill_loses_nothing_and_halves_nothing() {
    a_kill_loses_nothing(Store::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_kill_loses_nothing_and_halves_nothing() {
    if let Some(store) = Store::postgres().await {
        a_kill_loses_nothing(store).await;
    }
}
