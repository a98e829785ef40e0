//! A start that can't reach PostgreSQL, or is not let in, says why within seconds, and
//! nothing of the address's secrets.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use server::{
    config::Database as Address,
    storage::{self, OpenError},
};
use tempfile::TempDir;
use test_support::{
    bad_way::BadWay,
    database::{TestDatabase, on_postgres},
};

/// By then it has said it (5 s, and a busy machine).
const SAID: Duration = Duration::from_secs(9);

/// What `server operations list` says of an address, with more in its environment.
fn said(url: &str, environment: &[(&str, &str)], config: &str) -> String {
    let folder = TempDir::new().unwrap();
    let config = format!("origins = [\"http://127.0.0.1:1\"]\n[database]\n{config}");
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .arg("--data")
        .arg(folder.path())
        .args(["operations", "list"])
        .env("IC_CARD_DATABASE_URL", url)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(started.elapsed() < SAID, "{:?}", started.elapsed());
    assert!(!output.status.success(), "{url}");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_start_names_the_cause_and_no_secret() {
    on_postgres(async |database: TestDatabase| {
        let (_user, rest) = database.url.split_once('@').unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let closed = test_support::daemon::free_port();
        for (url, cause) in [
            (
                format!("postgres://it_service:s3cret@127.0.0.1:{closed}/{path}"),
                "Connection refused",
            ),
            (
                format!("postgres://nobody_here:s3cret@{host}/{path}"),
                "role \"nobody_here\" does not exist",
            ),
            (
                format!("postgres://it_service:s3cret@{host}/no_such_database"),
                "database \"no_such_database\" does not exist",
            ),
            (
                format!("postgres://it_service:s3cret@{host}/{path}?sslmode=verify-full"),
                "does not support TLS",
            ),
        ] {
            let said = said(&url, &[], "");
            assert!(said.contains(cause), "{said}");
            assert!(said.contains("127.0.0.1:"), "{said}");
            assert!(!said.contains("s3cret") && !said.contains("pool"), "{said}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_says_nothing_is_not_waited_for() {
    on_postgres(async |database: TestDatabase| {
        let (_user, rest) = database.url.split_once('@').unwrap();
        let (host, _path) = rest.split_once('/').unwrap();
        let proxy = BadWay::to(host).await;
        proxy.silence_all(true);
        let started = Instant::now();
        let opened = storage::open(&Address::at(proxy.url(&database.url))).await;
        assert!(
            matches!(opened.err(), Some(OpenError::NoAnswer { .. })),
            "it answered"
        );
        assert!(started.elapsed() < SAID, "{:?}", started.elapsed());
    })
    .await;
}

/// It is what is used that counts, not what the address says.
#[test]
fn another_host_is_not_gone_to_unprotected() {
    let needed = "needs sslmode=verify-full";
    let nowhere = "db.example.invalid";
    for (url, environment) in [
        ("postgres://u:s3cret@db.example.invalid/d", &[][..]),
        (
            "postgres://u:s3cret@localhost/d?host=db.example.invalid",
            &[],
        ),
        (
            "postgres:///d?user=u&password=s3cret",
            &[("PGHOST", nowhere)],
        ),
        (
            "postgres:///d?password=s3cret",
            &[("PGHOSTADDR", "192.0.2.1")],
        ),
        (
            "postgres://u:s3cret@db.example.invalid/d",
            &[("PGSSLMODE", "verify-ca")],
        ),
        (
            "postgres://u:s3cret@db.example.invalid/d?sslmode=require",
            &[("PGSSLMODE", "verify-full")],
        ),
    ] {
        let said = said(url, environment, "");
        assert!(said.contains(needed), "{url} {environment:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    // Protected, or allowed by the configuration, it is gone to.
    for (url, environment, config) in [
        (
            "postgres://u:s3cret@db.example.invalid/d",
            &[("PGSSLMODE", "verify-full")][..],
            "",
        ),
        (
            "postgres://u:s3cret@db.example.invalid/d?sslmode=verify-full",
            &[],
            "",
        ),
        (
            "postgres://u:s3cret@db.example.invalid/d",
            &[],
            "insecure_network = true",
        ),
    ] {
        let said = said(url, environment, config);
        assert!(!said.contains(needed), "{url}: {said}");
        assert!(
            said.contains("db.example.invalid:5432 can't be reached"),
            "{said}"
        );
        assert_eq!(
            said.contains("whoever is on it reads and changes everything"),
            !config.is_empty(),
            "{said}"
        );
        assert!(!said.contains("s3cret"), "{said}");
    }
}
