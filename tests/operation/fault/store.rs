//! An empty database that can be looked into beside the server.
use crate::{
    cluster::Cluster,
    program::{Folder, create_owner},
};
use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};
use tokio_postgres::{Client, NoTls};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A database with an account that owns an organization.
pub enum Store {
    /// A file in a folder of its own.
    Sqlite(Folder),
    /// A database of a server, by its URL.
    Postgres(String),
}

impl Store {
    /// A file.
    pub fn sqlite() -> Self {
        Self::in_folder(Folder::new())
    }

    /// A file in a folder.
    pub fn in_folder(folder: Folder) -> Self {
        let store = Self::Sqlite(folder);
        create_owner(&store.url());
        store
    }

    /// A database of the test run's PostgreSQL, where there is one.
    pub async fn postgres() -> Option<Self> {
        let Some(cluster) = Cluster::get() else {
            eprintln!("skipped: there is no PostgreSQL on this machine");
            return None;
        };
        Some(Self::on(cluster).await)
    }

    /// A database of a PostgreSQL.
    pub async fn on(cluster: &Cluster) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fieldhouse_fault_{}_{number}", process::id());
        cluster.drop_later(&name);
        let administrator = connect(&cluster.administrator()).await;
        for sql in [
            format!("CREATE DATABASE {name}"),
            // What is acknowledged outlives a crash of PostgreSQL, which the test run's cluster does without.
            format!("ALTER DATABASE {name} SET synchronous_commit = on"),
        ] {
            administrator.batch_execute(&sql).await.expect("a database is made");
        }
        let url = cluster.url(&name);
        create_owner(&url);
        Self::Postgres(url)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => folder.url("fieldhouse.db"),
            Self::Postgres(url) => url.clone(),
        }
    }

    /// A connection beside the server's.
    pub async fn beside(&self) -> Beside {
        match self {
            Self::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(folder.file("fieldhouse.db")).expect("the database opens");
                Beside::Sqlite(connection)
            }
            Self::Postgres(url) => Beside::Postgres(connect(url).await),
        }
    }

    /// The first column of what a statement finds, which is text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match self.beside().await {
            Beside::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).expect(sql);
                let texts = statement.query_map([], |row| row.get(0)).expect(sql);
                texts.collect::<Result<_, _>>().expect(sql)
            }
            Beside::Postgres(client) => {
                let rows = client.query(sql, &[]).await.expect(sql);
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

/// A connection of the tests.
pub enum Beside {
    /// To a file.
    Sqlite(rusqlite::Connection),
    /// To a server.
    Postgres(Client),
}

impl Beside {
    /// Runs statements.
    pub async fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).expect(sql),
            Self::Postgres(client) => client.batch_execute(sql).await.expect(sql),
        }
    }
}

/// A connection to a PostgreSQL.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}
