//! PostgreSQL over TLS, as providers of databases ask for.
use crate::{
    account::Account,
    cluster::Cluster,
    program::{Folder, Server, create_owner, run},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};
use tokio_postgres::{Client, NoTls};

/// An authority that nobody knows.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new([]).expect("its names");
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("its key")).expect("an authority")
}

/// Writes a file as the owner of a folder would, readable by nobody else.
fn write(folder: &Path, name: &str, text: String) {
    let (file, owner) = (folder.join(name), fs::metadata(folder).expect("its folder"));
    fs::write(&file, text).expect("the file is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is closed to others");
    chown(&file, Some(owner.uid()), Some(owner.gid())).expect("it is given away");
}

async fn administrator(cluster: &Cluster) -> Client {
    let (client, connection) = tokio_postgres::connect(&cluster.url("postgres"), NoTls)
        .await
        .expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}

/// Has a PostgreSQL speak TLS with a certificate of an authority.
async fn encrypt(client: &Client, authority: &CertifiedIssuer<'_, KeyPair>) {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(["127.0.0.1".to_owned()]).expect("its names");
    let certificate = parameters.signed_by(&key, authority).expect("a certificate");
    let row = client.query_one("SELECT current_setting('data_directory')", &[]).await;
    let folder = PathBuf::from(row.expect("its folder").get::<_, String>(0));
    write(&folder, "server.crt", certificate.pem());
    write(&folder, "server.key", key.serialize_pem());
    for sql in ["ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"] {
        client.batch_execute(sql).await.expect(sql);
    }
    // It is told, and reads its settings when it comes to it.
    for _ in 0..100 {
        let row = client.query_one("SELECT current_setting('ssl')", &[]).await;
        if row.expect("a setting").get::<_, String>(0) == "on" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("PostgreSQL does not speak TLS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_spoken_to_over_tls_if_its_authority_is_known() {
    let cluster = match Cluster::own() {
        Ok(Ok(cluster)) => cluster,
        Ok(Err(missing)) => {
            eprintln!("skipped: {missing}");
            return;
        }
        Err(message) => panic!("{message}"),
    };
    let client = administrator(&cluster).await;
    let (known, other) = (authority("Known"), authority("Other"));
    encrypt(&client, &known).await;
    let folder = Folder::new();
    fs::write(folder.file("known.pem"), known.pem()).expect("an authority is written");
    fs::write(folder.file("other.pem"), other.pem()).expect("an authority is written");
    let url = |authority: &str| {
        let authority = folder.path(authority);
        format!(
            "{}?sslmode=verify-full&sslrootcert={authority}",
            cluster.url("postgres")
        )
    };

    let refused = run(&["check"], &[("DATABASE_URL", &url("other.pem"))]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.output.contains("UnknownIssuer"), "{refused:?}");
    create_owner(&url("known.pem"));
    let server = Server::start(&url("known.pem"));
    let account = Account::of(&server).await;
    account.athlete().await;
    let sql = "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
               WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let row = client.query_one(sql, &[]).await.expect("connections are counted");
    let (all, encrypted): (i64, i64) = (row.get(0), row.get(1));
    // Of readers and of writers, at the least.
    assert!(all >= 2, "{all} connections");
    assert_eq!(encrypted, all);
}
