//! The three roles. That the service's suffices, all other tests show: they run with it.
//! Here is what it does not suffice for.

use std::sync::Arc;

use server::{
    RunError,
    clock::FixedClock,
    config::{Config, Origin},
    storage::OpenError,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use test_support::{
    database::{NewDatabase, TestDatabase, cluster, on_postgres, roles},
    service::begin,
};

use crate::audit::log_fixture::LogFixture;

/// What whoever has the service's password could try, to change what was.
const ATTACKS: [&str; 30] = [
    "UPDATE events SET act = 'login'",
    "UPDATE events SET body = body",
    "DELETE FROM events",
    "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
    "TRUNCATE events",
    "DROP TRIGGER events_are_never_changed ON events",
    "ALTER TABLE events DISABLE TRIGGER ALL",
    "ALTER TABLE events DROP COLUMN body",
    "ALTER TABLE events OWNER TO it_service",
    "DROP TABLE events CASCADE",
    "CREATE TRIGGER mine BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION \
     events_are_append_only()",
    "CREATE OR REPLACE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql \
     AS $$ BEGIN RETURN OLD; END $$",
    "CREATE RULE mine AS ON DELETE TO log_archives DO INSTEAD NOTHING",
    "SET session_replication_role = replica",
    // What the trigger looks for, somewhere else.
    "CREATE TEMP TABLE log_archives AS SELECT 1 AS first_seq, 9999 AS last_seq, NULL AS removed_at",
    "CREATE SCHEMA it_service",
    "CREATE TABLE public.mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    // An archive is noted once.
    "DELETE FROM log_archives",
    "UPDATE log_archives SET first_seq = 0",
    "UPDATE log_checkpoints SET note = note",
    "DELETE FROM log_checkpoints",
    "DELETE FROM log_tiles",
    // Who somebody is.
    "UPDATE cards SET holder_name = 'x'",
    "UPDATE cards SET enterprise_id = enterprise_id",
    "UPDATE cards SET role = role",
    "UPDATE enterprises SET name = 'x'",
    "DELETE FROM certificates",
    "DELETE FROM _sqlx_migrations",
    "SET ROLE it_migrator",
];

/// What the database says to it: its code, or that it was done.
async fn attempt(url: &str, sql: &str) -> Result<(), String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    done.map(drop)
        .map_err(|error| match error.as_database_error() {
            Some(database) => database.code().unwrap().into_owned(),
            None => panic!("{sql}: {error}"),
        })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_service_s_role_changes_nothing_that_was() {
    on_postgres(async |database: TestDatabase| {
        let fixture = LogFixture::new(&database, 300).await;
        let before = database.bodies("TRUE").await;
        for attack in ATTACKS {
            let refused = attempt(&database.url, attack).await.expect_err(attack);
            // Not allowed (42501), or the trigger's own word (P0001).
            let is_refused = refused == "42501"
                || (refused == "P0001" && attack.starts_with("DELETE FROM events"));
            assert!(is_refused, "{attack}: {refused}");
        }
        assert_eq!(database.bodies("TRUE").await, before);
        drop(fixture);
    })
    .await;
}

/// Without retention it may take nothing out of the table, whatever it notes before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_retention_no_event_goes() {
    on_postgres(async |database: TestDatabase| {
        let cluster = cluster().unwrap();
        let noted = "INSERT INTO log_archives (last_seq, first_seq, note) VALUES (9999, 0, 'x')";
        let deleted = "DELETE FROM events";
        // So far it may: what an archive names goes, and that nobody signed it is for
        // `server audit verify` to find.
        attempt(&database.url, deleted).await.unwrap();
        let (_, name) = database.admin_url.rsplit_once('/').unwrap();
        let name = name.split('?').next().unwrap();
        let kept = server::storage::roles::Roles {
            archives: false,
            ..roles()
        };
        NewDatabase::named(name, &cluster)
            .grant(&cluster, &kept)
            .await;
        for sql in [noted, deleted] {
            assert_eq!(
                attempt(&database.url, sql).await,
                Err("42501".into()),
                "{sql}"
            );
        }
        // Who sets retention afterwards is told at the start, and not at the first month.
        let folder = tempfile::TempDir::new().unwrap();
        server::keys::files::create(&folder.path().join("keys"), "CA", begin()).unwrap();
        let start = |retention: Option<u32>| {
            let mut config = Config {
                origins: vec![Origin::parse("http://127.0.0.1:1").unwrap()],
                database: database.address(),
                keys: folder.path().join("keys"),
                ..Config::default()
            };
            config.audit.retention_months = retention;
            server::run::open(config, Arc::new(FixedClock::new(begin())))
        };
        let refused = start(Some(24)).await.err();
        let Some(RunError::Store(OpenError::LacksRights { tables })) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(tables, ["events", "log_archives"]);
        drop(start(None).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_verifier_s_role_reads_the_log_and_nothing_else() {
    on_postgres(async |database: TestDatabase| {
        let (_service, rest) = database.url.split_once('@').unwrap();
        let verifier = format!("postgres://{}@{rest}", roles().verifier);
        for sql in [
            "SELECT * FROM events",
            "SELECT * FROM cards",
            "SELECT * FROM log_tiles",
        ] {
            attempt(&verifier, sql).await.unwrap();
        }
        for sql in [
            "SELECT * FROM sessions",
            "SELECT * FROM admin_tokens",
            "SELECT * FROM operations",
            "INSERT INTO log_checkpoints (size, note) VALUES (1, 'x')",
            "UPDATE log_head SET size = 0",
            "DELETE FROM events",
            "CREATE TEMP TABLE mine (id int)",
            "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE",
        ] {
            assert_eq!(attempt(&verifier, sql).await, Err("42501".into()), "{sql}");
        }
    })
    .await;
}

/// Every table is somebody's to use, or it was forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_table_is_named() {
    on_postgres(async |database: TestDatabase| {
        let mut connection = PgConnection::connect(&database.admin_url).await.unwrap();
        let forgotten: Vec<String> = sqlx::query_scalar(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
             AND relkind = 'r' AND (relowner <> 'it_migrator'::regrole \
             OR NOT has_table_privilege('it_service', oid, 'SELECT'))",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        assert_eq!(forgotten, Vec::<String>::new());
    })
    .await;
}

/// A role that is more than it should be is for a person to look at.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_that_may_more_is_refused() {
    on_postgres(async |database: TestDatabase| {
        let mut names = roles();
        names.service = "ic_card".parse().unwrap();
        let sql = names.sql().unwrap();
        let (user, _) = database.admin_url.split_once('@').unwrap();
        assert!(user.ends_with("/ic_card"), "the cluster's superuser");
        assert_eq!(
            attempt(&database.admin_url, &sql).await,
            Err("P0001".into())
        );
    })
    .await;
}
