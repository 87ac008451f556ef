//! PostgreSQL that ends under a server, and comes again.
use super::{
    load::Clients,
    socket::Socket,
    store::{Store, connect},
};
use crate::{account::Account, cluster::Cluster, program::Server};
use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How long a server may take to find its database again.
const RECOVERY: Duration = Duration::from_secs(8);

/// A PostgreSQL that can be stopped and started.
struct Postgres {
    data: PathBuf,
    binaries: PathBuf,
}

impl Postgres {
    async fn of(administrator: &str) -> Self {
        let client = connect(administrator).await;
        let text = async |sql| -> PathBuf {
            let row = client.query_one(sql, &[]).await.expect(sql);
            row.get::<_, String>(0).into()
        };
        Self {
            data: text("SELECT current_setting('data_directory')").await,
            binaries: text("SELECT setting FROM pg_config WHERE name = 'BINDIR'").await,
        }
    }

    fn control(&self, arguments: &[&str]) {
        // As whom it runs, since it refuses root.
        let owner = fs::metadata(&self.data).expect("its folder");
        let log = self.data.with_file_name("again.log");
        let status = Command::new(self.binaries.join("pg_ctl"))
            .args(arguments)
            .args(["-w", "-s", "-D"])
            .arg(&self.data)
            .arg("-l")
            .arg(log)
            .uid(owner.uid())
            .gid(owner.gid())
            .current_dir(Path::new("/"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("pg_ctl runs").success(), "{arguments:?}");
    }
}

/// The cluster of this test alone, where there is one.
fn cluster() -> Option<Cluster> {
    match Cluster::own() {
        Ok(Ok(cluster)) => Some(cluster),
        Ok(Err(missing)) => {
            eprintln!("skipped: {missing}");
            None
        }
        Err(message) => panic!("{message}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_outlives_its_database() {
    let Some(cluster) = cluster() else { return };
    let store = Store::on(&cluster).await;
    let postgres = Postgres::of(&cluster.administrator()).await;
    let server = Server::silent(&store.url());
    let account = Account::of(&server).await;
    let athlete = account.athlete().await;
    let mut socket = Socket::listening(&account).await;
    let clients = Clients::begin(&account, &athlete, "0", 6);
    clients.acknowledged(40).await;
    assert_eq!(account.status("/readyz").await, Some(200));

    postgres.control(&["stop", "-m", "immediate"]);
    let stopped = Instant::now();
    assert_eq!(account.status("/readyz").await, Some(503));
    assert!(stopped.elapsed() < Duration::from_secs(3), "{:?}", stopped.elapsed());
    assert_eq!(
        account.status("/livez").await,
        Some(200),
        "to start it anew would mend nothing"
    );
    assert_eq!(socket.close().await, 1012);
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());
    let reply = account.try_ask("{ viewer { id } }", serde_json::json!({})).await;
    let reply = reply.expect("the server answers");
    assert!(matches!(reply.code(), Some("BUSY" | "INTERNAL")), "{reply:?}");
    tokio::time::sleep(Duration::from_secs(2)).await;

    postgres.control(&["restart"]);
    let started = Instant::now();
    while account.status("/readyz").await != Some(200) {
        assert!(started.elapsed() < RECOVERY, "the server does not find its database");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    clients.acknowledged(40).await;
    assert!(started.elapsed() < RECOVERY, "{:?}", started.elapsed());
    eprintln!("written again {:?} after PostgreSQL was back", started.elapsed());
    // It hears of changes again, once the line to the other servers stands.
    while Socket::listening(&account).await.hear().await["type"] != "next" {
        assert!(started.elapsed() < RECOVERY, "nobody hears of changes");
    }
    let told = clients.end().await;
    assert!(told.silences.is_empty(), "{:?}", told.silences);
    assert!(
        told.codes
            .keys()
            .all(|code| matches!(code.as_str(), "BUSY" | "INTERNAL")),
        "{:?}",
        told.codes
    );
    eprintln!(
        "{} acknowledged, errors meanwhile: {:?}",
        told.acknowledged.len(),
        told.codes
    );
    told.agrees(&store, &server, &account, &athlete).await;
}
