//! TLS to PostgreSQL, with certificates made by OpenSSL: `sslmode=verify-full` lets in whom
//! the CA named so, and nobody else.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use server::{
    config::Database as Address,
    storage::{self, OpenError},
};
use tempfile::TempDir;
use test_support::{
    daemon,
    database::cluster,
    postgres::{Server, USER},
};

/// A CA of its own, and a certificate of it for `localhost`; a command for each file.
fn certificates(folder: &Path) -> PathBuf {
    let openssl = |arguments: &[&str]| {
        daemon::run(Command::new("openssl").args(arguments).current_dir(folder));
    };
    let curve = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    let ca = [
        "req", "-x509", "-days", "2", "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.pem",
    ];
    openssl(&[&ca[..], &curve].concat());
    let request = [
        "req", "-subj", "/CN=db", "-keyout", "db.key", "-out", "db.csr",
    ];
    openssl(&[&request[..], &curve].concat());
    fs::write(folder.join("name"), "subjectAltName=DNS:localhost").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        "db.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "name",
        "-out",
        "db.pem",
    ]);
    folder.join("ca.pem")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_database_shows_its_certificate_for_its_name() {
    if cluster().is_none() {
        return;
    }
    let (ours, others) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let ca = certificates(ours.path());
    let other_ca = certificates(others.path());
    let server = Server::new("tls", &[]).await;
    let data = server.folder.path().join("data");
    for (from, to) in [("db.pem", "server.crt"), ("db.key", "server.key")] {
        daemon::hand_over(&ours.path().join(from), &data.join(to));
    }
    let mut connection = server.connect().await;
    for set in ["ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"] {
        sqlx::Executor::execute(&mut connection, set).await.unwrap();
    }
    server.until("SELECT current_setting('ssl') = 'on'").await;
    let url = |host: &str, ca: &Path| {
        let port = server.port;
        Address::at(format!(
            "postgres://{USER}@{host}:{port}/postgres?sslmode=verify-full&sslrootcert={}",
            ca.display()
        ))
    };
    let named = url("localhost", &ca);
    storage::migrate(&named).await.unwrap();
    let store = storage::open(&named).await.unwrap();
    store.probe_read().await.unwrap();
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a \
                     ON a.pid = s.pid WHERE a.pid <> pg_backend_pid() AND a.client_addr IS NOT NULL \
                     AND a.datname = 'postgres'";
    drop(connection);
    server.until(encrypted).await;
    store.close().await;
    // The name is not in the certificate; the certificate is of another CA.
    for address in [url("127.0.0.1", &ca), url("localhost", &other_ca)] {
        let opened = storage::open(&address).await.err();
        let Some(OpenError::Refused { source, .. }) = &opened else {
            panic!("{opened:?}");
        };
        assert!(source.to_string().contains("certificate"), "{source}");
    }
}
