//! Tables are made and changed by `server serve` and `server database migrate`, and by
//! nothing else: every other command refuses tables of another version, and a file that
//! is not there, and leaves all as it was.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use server::{
    config::{Config, Database as Address, Origin},
    storage::{self, Migrated, OpenError},
};
use tempfile::TempDir;
use test_support::database::{NewDatabase, TestDatabase, on_both};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Every command that opens the store, but the two.
const COMMANDS: [&[&str]; 8] = [
    &["admin", "token"],
    &["admin", "enterprise", "add", "--code", "C", "--name", "N"],
    &["admin", "import", "nobody.json"],
    &["operations", "list"],
    &["operations", "show", "00000000-0000-0000-0000-000000000001"],
    &[
        "operations",
        "abandon",
        "00000000-0000-0000-0000-000000000001",
    ],
    &["audit", "verify", "--no-witness"],
    &["audit", "archive"],
];

on_both!(
    no_other_command_takes_tables_of_another_version,
    migrating_says_what_it_did,
);

/// A data folder with keys and a configuration.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        let config = "origins = [\"http://127.0.0.1:1\"]\n[audit]\nretention_months = 6\n";
        fs::write(folder.0.path().join("config.toml"), config).unwrap();
        let nobody = "{\"enterprises\": []}";
        fs::write(folder.0.path().join("nobody.json"), nobody).unwrap();
        let made = folder.run(None, &["init-keys"]);
        assert!(made.status.success(), "{made:?}");
        folder
    }

    fn run(&self, url: Option<&str>, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command
            .current_dir(self.0.path())
            .env_remove("IC_CARD_CONFIG")
            .env_remove("IC_CARD_DATABASE_URL")
            .env("RUST_LOG", "warn");
        if let Some(url) = url {
            command.env("IC_CARD_DATABASE_URL", url);
        }
        command.args(arguments).output().unwrap()
    }

    fn refused(&self, url: Option<&str>, arguments: &[&str]) -> String {
        let output = self.run(url, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}: {said}");
        said
    }
}

/// The steps that were run, as text.
async fn steps(database: &TestDatabase) -> Vec<i64> {
    let sql = "SELECT version FROM _sqlx_migrations ORDER BY version";
    if database.is_sqlite() {
        let mut connection = connect::<sqlx::SqliteConnection>(database).await;
        sqlx::query_scalar(sql).fetch_all(&mut connection).await
    } else {
        let mut connection = connect::<sqlx::PgConnection>(database).await;
        sqlx::query_scalar(sql).fetch_all(&mut connection).await
    }
    .unwrap()
}

async fn connect<C: sqlx::Connection>(database: &TestDatabase) -> C {
    C::connect(&database.admin_url).await.unwrap()
}

async fn no_other_command_takes_tables_of_another_version(database: TestDatabase) {
    let folder = Folder::new();
    let url = Some(database.url.as_str());
    let all = steps(&database).await;
    let (newest, before) = (all[all.len() - 1], all[all.len() - 2]);
    let listed = folder.run(url, &["operations", "list"]);
    assert!(listed.status.success(), "{listed:?}");
    let older = (
        format!("DELETE FROM _sqlx_migrations WHERE version = {newest}"),
        before,
        "`server database migrate`",
    );
    let newer = (
        format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
             execution_time) VALUES ({}, 'x', TRUE, {}, 0)",
            newest + 1,
            database.bytes(&[1])
        ),
        newest + 1,
        "the newer program that made them",
    );
    for (change, found, remedy) in [older, newer] {
        database
            .raw("CREATE TABLE kept AS SELECT * FROM _sqlx_migrations")
            .await
            .unwrap();
        database.raw(&change).await.unwrap();
        let changed = steps(&database).await;
        for command in COMMANDS {
            let said = folder.refused(url, command);
            for named in [
                format!("of version {found},"),
                format!("version {newest} is needed"),
                remedy.into(),
            ] {
                assert!(said.contains(&named), "{command:?}: {said}");
            }
        }
        assert_eq!(steps(&database).await, changed);
        if found > newest {
            // Nor do the two, backwards.
            let said = folder.refused(url, &["database", "migrate"]);
            assert!(said.contains(remedy), "{said}");
            let said = folder.refused(url, &["serve", "--listen", "127.0.0.1:0"]);
            assert!(said.contains(remedy), "{said}");
        }
        for undo in [
            "DELETE FROM _sqlx_migrations",
            "INSERT INTO _sqlx_migrations SELECT * FROM kept",
            "DROP TABLE kept",
        ] {
            database.raw(undo).await.unwrap();
        }
    }
    assert_eq!(steps(&database).await, all);
}

async fn migrating_says_what_it_did(database: TestDatabase) {
    let folder = Folder::new();
    let newest = *steps(&database).await.last().unwrap();
    let migrate = |url: &str| {
        let done = folder.run(Some(url), &["database", "migrate"]);
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let nothing = format!("the tables are of version {newest}: nothing was to be done\n");
    // Also by whoever owns nothing.
    assert_eq!(migrate(&database.url), nothing);
    let url = if database.is_sqlite() {
        format!("{}.new", database.url)
    } else {
        database.raw("CREATE SCHEMA new").await.unwrap();
        let mark = if database.admin_url.contains('?') {
            '&'
        } else {
            '?'
        };
        format!("{}{mark}options=-c%20search_path%3Dnew", database.admin_url)
    };
    assert_eq!(
        migrate(&url),
        format!("the tables were made: version {newest}\n")
    );
    assert_eq!(migrate(&url), nothing);
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    let path = folder.0.path().join("ic-card.sqlite");
    for command in COMMANDS {
        let said = folder.refused(None, command);
        assert!(
            said.contains("ic-card.sqlite") && said.contains("`server database migrate`"),
            "{command:?}: {said}"
        );
        assert!(!Path::new(&path).exists(), "{command:?}");
    }
    // One of something else stays what it is.
    fs::write(&path, "").unwrap();
    for command in COMMANDS {
        let said = folder.refused(None, command);
        assert!(said.contains("no tables of this program"), "{said}");
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    fs::remove_file(&path).unwrap();
    let done = folder.run(None, &["database", "migrate"]);
    assert!(done.status.success(), "{done:?}");
    let done = folder.run(None, &["operations", "list"]);
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "0 open\n");
}

/// The role that serves owns no tables: it can't make them, and says who can.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_service_s_role_says_who_has_to_migrate() {
    let Some(cluster) = test_support::database::cluster() else {
        return;
    };
    let database = NewDatabase::empty(&cluster).await;
    let folder = Folder::new();
    let config = || Config {
        origins: vec![Origin::parse("http://127.0.0.1:1").unwrap()],
        keys: folder.0.path().join("keys"),
        database: Address::at(&database.service),
        ..Config::default()
    };
    // Until a request was answered: a stop before that would end a start that is refused.
    let serve = async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = std::sync::Arc::new(server::clock::SystemClock);
        let answered = async move {
            let mut way = TcpStream::connect(address).await.unwrap();
            let asked = b"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1:1\r\n\r\n";
            way.write_all(asked).await.unwrap();
            let mut answer = String::new();
            way.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
        };
        server::run(config(), clock, listener, answered).await
    };
    let said = serve().await.unwrap_err();
    assert!(
        matches!(
            said,
            server::RunError::Store(OpenError::MayNotMigrate { found: 0, .. })
        ),
        "{said:?}"
    );
    assert!(
        said.to_string().contains("`server database migrate`"),
        "{said}"
    );
    let migrated = storage::migrate(&Address::at(&database.migrator)).await;
    assert!(
        matches!(migrated, Ok(Migrated { from: 0, .. })),
        "{migrated:?}"
    );
    // The tables are there, and the role may not read them yet.
    let said = serve().await.unwrap_err();
    assert!(
        matches!(said, server::RunError::Store(OpenError::Refused { .. })),
        "{said:?}"
    );
    database
        .grant(&cluster, &test_support::database::roles())
        .await;
    // As after a migration with a table more.
    database
        .run("REVOKE INSERT ON nonces FROM it_service")
        .await;
    database
        .run("REVOKE UPDATE (last) ON counters FROM it_service")
        .await;
    let said = serve().await.unwrap_err();
    let server::RunError::Store(OpenError::LacksRights { tables }) = &said else {
        panic!("{said:?}");
    };
    assert_eq!(tables, &["counters", "nonces"]);
    assert!(
        said.to_string().contains("`server database roles`"),
        "{said}"
    );
    database
        .grant(&cluster, &test_support::database::roles())
        .await;
    serve().await.unwrap();
    database.remove(&cluster).await;
}
