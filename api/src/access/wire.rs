//! A connection to PostgreSQL whose statements are prepared once. Several may wait for it at a time: what they ask is sent
//! at once and answered in turn.
use super::{
    sent::{Sent, kind},
    tls::{self, Papers},
};
use crate::sql;
use entity::Fetched;
use futures_util::{
    StreamExt,
    future::{join, poll_immediate, try_join},
    pin_mut,
};
use quick_cache::sync::Cache;
use sea_orm::{ConnAcquireErr, DbErr, Statement, Value};
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, Config, config::SslMode, types::Type};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 500;

/// After how long without a word it is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(60);

/// How long one pauses at most before a server that is not there yet is asked again.
const PAUSE: Duration = Duration::from_millis(400);

/// How long what was sent may go without a sign that it arrived.
const SILENCE: Duration = Duration::from_secs(10);

/// Where a PostgreSQL server is, and who we are there.
pub(crate) struct Server {
    config: Config,
    mode: PgSslMode,
    papers: Papers,
    /// How long it may take to open a connection.
    patience: Duration,
}

impl Server {
    /// What a URL says, and the options that the other driver read from it.
    ///
    /// # Errors
    /// A file for TLS cannot be used.
    pub(crate) fn of(url: &Url, options: &PgConnectOptions, patience: Duration) -> Result<Self, DbErr> {
        let mut config = Config::new();
        config
            .user(options.get_username())
            .port(options.get_port())
            .keepalives_idle(IDLE)
            .tcp_user_timeout(SILENCE);
        match options.get_socket() {
            Some(folder) => config.host_path(folder),
            None => config.host(options.get_host()),
        };
        // It may come from a file or the environment, and has no other way out than a URL. A folder or an address as host
        // would make that one that cannot be read.
        let url_of_password = options.clone().host("localhost").username("anybody").to_url_lossy();
        if let Some(password) = url_of_password.password() {
            let password: Vec<u8> = percent_encoding::percent_decode_str(password).collect();
            config.password(password);
        }
        if let Some(database) = options.get_database() {
            config.dbname(database);
        }
        if let Some(name) = options.get_application_name() {
            config.application_name(name);
        }
        if let Some(settings) = options.get_options() {
            config.options(settings);
        }
        let mode = options.get_ssl_mode();
        config.ssl_mode(match mode {
            PgSslMode::Disable | PgSslMode::Allow => SslMode::Disable,
            PgSslMode::Prefer => SslMode::Prefer,
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => SslMode::Require,
        });
        let server = Self {
            config,
            mode,
            papers: Papers::of(url),
            patience,
        };
        tls::config(server.mode, &server.papers)?;
        Ok(server)
    }

    /// Opens a connection. Where the server is about to start, or takes no more of them, it is asked again for a while.
    ///
    /// # Errors
    /// The server is not there, takes too long, or refuses.
    pub(super) async fn open(&self) -> Result<Wire, DbErr> {
        // Read each time: what is on paper runs out, and is renewed.
        let tls = MakeRustlsConnect::new(tls::config(self.mode, &self.papers)?);
        let opening = async {
            let mut pause = Duration::from_millis(10);
            loop {
                match self.config.connect(tls.clone()).await {
                    Err(error) if sql::may_be_there_soon(&error) => {}
                    opened => return opened.map_err(sql::of_server),
                }
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE);
            }
        };
        // Kept apart: all that may have to open one would be as large as this, and moved as a whole.
        let opened = timeout(self.patience, Box::pin(opening)).await;
        let (client, connection) = opened.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))?;
        // It ends with the client, or with the server, which the client tells.
        tokio::spawn(connection);
        Ok(Wire {
            client,
            statements: Cache::new(STATEMENTS),
            opened: Instant::now(),
        })
    }
}

/// A connection.
pub(super) struct Wire {
    client: Client,
    statements: Cache<Arc<str>, tokio_postgres::Statement>,
    opened: Instant,
}

impl Wire {
    /// How long it has been open.
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Whether it ended.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without values. Where there are none, it waits for what was asked before.
    pub(super) async fn control(&self, text: &str) -> Result<(), DbErr> {
        self.client.batch_execute(text).await.map_err(sql::of_server)
    }

    /// What `read` makes of the rows of one statement.
    pub(super) async fn query<T>(
        &self,
        statement: &Statement,
        read: impl Fn(Fetched<'static>) -> Result<T, DbErr>,
    ) -> Result<Vec<T>, DbErr> {
        let prepared = self.prepared(statement).await?;
        self.ask(&prepared, statement, read).await
    }

    /// The rows of two statements, the second sent before the first is answered.
    pub(super) async fn query_both(
        &self,
        first: &Statement,
        then: &Statement,
    ) -> Result<(Vec<Fetched<'static>>, Vec<Fetched<'static>>), DbErr> {
        // What must be prepared would be overtaken.
        let (one, other) = try_join(self.prepared(first), self.prepared(then)).await?;
        // Where the first fails, it is the reason of the other's failure.
        let (first, then) = join(self.ask(&one, first, Ok), self.ask(&other, then, Ok)).await;
        Ok((first?, then?))
    }

    /// The rows of one statement; `control`, as in the method, is sent right after it, before it is answered.
    pub(super) async fn query_and(&self, statement: &Statement, control: &str) -> Result<Vec<Fetched<'static>>, DbErr> {
        let prepared = self.prepared(statement).await?;
        let mut asked = pin!(self.ask(&prepared, statement, Ok));
        // Where it cannot be sent, what follows it must not be.
        let (rows, done) = match poll_immediate(asked.as_mut()).await {
            Some(rows) => (Ok(rows?), self.control(control).await),
            None => join(asked, self.control(control)).await,
        };
        let rows = rows?;
        done.map(|()| rows)
    }

    async fn ask<T>(
        &self,
        prepared: &tokio_postgres::Statement,
        statement: &Statement,
        read: impl Fn(Fetched<'static>) -> Result<T, DbErr>,
    ) -> Result<Vec<T>, DbErr> {
        let rows = self
            .client
            .query_raw(prepared, values(statement).iter().map(Sent))
            .await;
        let rows = rows.map_err(|error| self.failed(&statement.sql, error))?;
        pin_mut!(rows);
        let mut found = Vec::new();
        while let Some(row) = rows.next().await {
            let row = row.map_err(|error| self.failed(&statement.sql, error))?;
            found.push(read(Fetched::Server(row))?);
        }
        Ok(found)
    }

    /// How many rows one statement changed.
    pub(super) async fn execute(&self, statement: &Statement) -> Result<u64, DbErr> {
        let prepared = self.prepared(statement).await?;
        let done = self
            .client
            .execute_raw(&prepared, values(statement).iter().map(Sent))
            .await;
        done.map_err(|error| self.failed(&statement.sql, error))
    }

    async fn prepared(&self, statement: &Statement) -> Result<tokio_postgres::Statement, DbErr> {
        let text = &*statement.sql;
        let kinds = values(statement).iter().map(kind);
        if let Some(known) = self.statements.get(text)
            && known.params().iter().cloned().map(Some).eq(kinds.clone())
        {
            return Ok(known);
        }
        let kinds: Option<Vec<Type>> = kinds.collect();
        let kinds = kinds.ok_or_else(|| DbErr::Type("a value that no table has".into()))?;
        let prepared = self.client.prepare_typed(text, &kinds).await.map_err(sql::of_server)?;
        self.statements.insert(text.into(), prepared.clone());
        Ok(prepared)
    }

    fn failed(&self, text: &str, error: tokio_postgres::Error) -> DbErr {
        let error = sql::of_server(error);
        if sql::is_outdated(&error) {
            self.statements.remove(text);
        }
        error
    }
}

fn values(statement: &Statement) -> &[Value] {
    statement.values.as_ref().map_or(&[], |values| &values.0)
}

#[cfg(test)]
mod tests {
    use super::Server;
    use sqlx::postgres::PgConnectOptions;
    use std::{str::FromStr, time::Duration};
    use tokio_postgres::config::Host;
    use url::Url;

    fn server(url: &str) -> Server {
        let options = PgConnectOptions::from_str(url).expect("options");
        let url = Url::parse(url).expect("a URL");
        Server::of(&url, &options, Duration::from_secs(1)).expect("a server")
    }

    #[test]
    fn a_server_is_found_by_name_by_address_and_by_folder() {
        for (url, host) in [
            ("postgres://a@db.example/b", Host::Tcp("db.example".into())),
            ("postgres:///b?user=a&host=::1", Host::Tcp("::1".into())),
            ("postgres:///b?user=a&hostaddr=::1", Host::Tcp("::1".into())),
            ("postgres:///b?user=a&host=/run/pg", Host::Unix("/run/pg".into())),
            ("postgres://a@%2Frun%2Fpg/b", Host::Unix("/run/pg".into())),
        ] {
            let config = server(url).config;
            assert_eq!(config.get_hosts(), [host], "{url}");
            assert_eq!(
                (config.get_user(), config.get_dbname()),
                (Some("a"), Some("b")),
                "{url}"
            );
        }
        // As the driver finds the folder where it looks for one itself.
        let url = Url::parse("postgres:///b").expect("a URL");
        let options = PgConnectOptions::new_without_pgpass()
            .host("/run/pg")
            .username("a")
            .password("c");
        let config = Server::of(&url, &options, Duration::from_secs(1))
            .expect("a server")
            .config;
        assert_eq!(config.get_hosts(), [Host::Unix("/run/pg".into())]);
        assert_eq!(config.get_password(), Some(&b"c"[..]));
    }

    #[test]
    fn a_password_is_what_its_escapes_say() {
        let config = server("postgres://a%2Fb:p%40ss%25%C3%A9@db.example:5433/c%20d?options=-c%20work_mem=4MB").config;
        assert_eq!(config.get_user(), Some("a/b"));
        assert_eq!(config.get_password(), Some("p@ss%é".as_bytes()));
        assert_eq!(config.get_dbname(), Some("c d"));
        assert_eq!(config.get_ports(), [5433]);
        assert_eq!(config.get_options(), Some("-c work_mem=4MB"));
    }
}
