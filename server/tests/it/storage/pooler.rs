//! `PgBouncer` in front of PostgreSQL, lending its connections for transactions. What runs
//! behind it is in the tests themselves (`on_pooler!`); here is what is said without the
//! option, that the limits hold, and many clients over few connections.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use card_domain::CardState;
use server::{
    config::{Database as Address, Pooler},
    storage::{self, OpenError, StoreError},
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use test_support::{
    database::{NewDatabase, TestDatabase, all_at_once, cluster, on_pooler},
    pooler::PgBouncer,
    service::TestServer,
};
use uuid::Uuid;

use crate::backup::installation::{Elsewhere, Installation, run};

/// Cards that are frozen and unfrozen at once, each by a client of its own, over two
/// instances: far more than `PgBouncer` has connections.
const CLIENTS: usize = 24;

/// How often each of them acts.
const ACTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_option_a_start_says_what_is_in_between() {
    let Some(cluster) = cluster() else {
        return;
    };
    let database = NewDatabase::make(&cluster).await;
    for (ignored, is_greeting) in [("", true), ("extra_float_digits,options", false)] {
        let pooler = PgBouncer::before(&cluster, ignored).await;
        let address = Address::at(pooler.url(&database.service));
        let refused = storage::open(&address).await.err().unwrap();
        let named = match &refused {
            OpenError::Pooler { .. } => is_greeting,
            OpenError::KeptBack { setting, found, .. } => {
                !is_greeting && *setting == "statement_timeout" && found == "0"
            }
            _ => false,
        };
        assert!(named, "{refused:?}");
        let said = refused.to_string();
        assert!(said.contains("database.pooler = \"transaction\""), "{said}");
        let address = Address {
            pooler: Some(Pooler::Transaction),
            ..address
        };
        let store = storage::open(&address).await.unwrap();
        store.probe_read().await.unwrap();
        store.close().await;
        // So does one that only reads, as its role.
        let verifier = Address {
            pooler: Some(Pooler::Transaction),
            ..Address::at(pooler.url(&database.verifier))
        };
        let store = storage::open_to_read(&verifier).await.unwrap();
        assert_eq!(store.event_count().await.unwrap(), 0);
        store.close().await;
    }
    database.remove(&cluster).await;
}

/// A lock or a snapshot of a session, and PostgreSQL's own programs: those who need them go
/// past a pooler, whatever the configuration names, and say so where the address does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_needs_a_session_goes_past_it_or_says_so() {
    test_support::database::on_postgres(async |database: TestDatabase| {
        let cluster = cluster().unwrap();
        let here = Installation::new(&database).await;
        let there = Elsewhere::new(&database, "config.toml").await;
        for folder in [here.folder(), there.folder()] {
            let path = folder.join("config.toml");
            let mut config = std::fs::read_to_string(&path).unwrap();
            config.push_str("[database]\npooler = \"transaction\"\n");
            std::fs::write(path, config).unwrap();
        }
        let backup = here.path("backup");
        for ignored in ["", "extra_float_digits,options"] {
            let pooler = PgBouncer::before(&cluster, ignored).await;
            let refused = async |folder: &Path, url: &str, arguments: &[&str], expected| {
                let (status, said) = run(folder, &pooler.url(url), arguments).await;
                assert_eq!(status, Some(expected), "{arguments:?}: {said}");
                assert!(
                    said.contains("needs a session") && said.contains("database's own address"),
                    "{arguments:?}: {said}"
                );
            };
            // Of a backup and a restore a 1 would say that they found something.
            refused(there.folder(), &there.url, &["database", "migrate"], 1).await;
            let arguments = ["backup", &here.path("none")];
            refused(here.folder(), &here.url(), &arguments, 2).await;
            let scratch = pooler.url(&there.url);
            let arguments = ["backup", &here.path("none"), "--verify-with", &scratch];
            let (status, said) = here.run(&arguments).await;
            assert_eq!(status, Some(2), "{said}");
            assert!(said.contains("needs a session"), "{said}");
            assert!(!std::fs::exists(here.path("none")).unwrap());
            if !std::fs::exists(&backup).unwrap() {
                here.settle().await;
                let (status, said) = here.run(&["backup", &backup, "--with-keys"]).await;
                assert_eq!(status, Some(0), "{said}");
            }
            refused(there.folder(), &there.url, &["restore", &backup], 2).await;
            assert!(there.is_empty().await);
        }
        let (status, said) = there.run(&["restore", &backup]).await;
        assert_eq!(status, Some(0), "{said}");
        let (status, said) = there.run(&["database", "migrate"]).await;
        assert_eq!(status, Some(0), "{said}");
        there.end().await;
    })
    .await;
}

/// The option is good without a pooler, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_option_is_good_without_one() {
    test_support::database::on_postgres(async |database: TestDatabase| {
        let address = Address {
            pooler: Some(Pooler::Transaction),
            ..Address::at(&database.url)
        };
        let store = storage::open(&address).await.unwrap();
        store
            .probe_write(jiff::Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        store.close().await;
    })
    .await;
}

/// No parameter of a connection says how long a call may take: each transaction does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_takes_too_long_is_ended_by_the_database() {
    on_pooler(async |database: TestDatabase| {
        let mut lock = PgConnection::connect(&database.admin_url).await.unwrap();
        lock.execute("BEGIN").await.unwrap();
        lock.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            .await
            .unwrap();
        let started = Instant::now();
        let ended = database.store.event_numbers(0, 1).await.unwrap_err();
        // `query_canceled`, and not that nothing was heard.
        let StoreError::Unavailable(ended) = &ended else {
            panic!("{ended:?}");
        };
        let code = ended
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("57014"), "{ended:?}");
        assert!(
            started.elapsed() > Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        lock.execute("ROLLBACK").await.unwrap();
        database.store.event_numbers(0, 1).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_clients_share_few_connections() {
    on_pooler(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let other = server.another().await;
        let legal = server.legal_person().await;
        let mut cards = Vec::new();
        for number in 0..CLIENTS {
            cards.push(server.operator(&format!("{number:04}")).await.card);
        }
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut clients = Vec::new();
        for (number, card) in cards.iter().copied().enumerate() {
            let origin = if number % 2 == 0 {
                server.origin()
            } else {
                &other.origin
            };
            let browser = legal.log_in(origin).await;
            let (legal, acknowledged) = (legal.clone(), Arc::clone(&acknowledged));
            clients.push(async move {
                for act in 0..ACTS {
                    let action = ["freeze", "unfreeze"][act % 2];
                    legal.act(&browser, card, action).await.good();
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        all_at_once(clients).await;
        assert_eq!(acknowledged.load(Ordering::Relaxed), CLIENTS * ACTS);
        for card in cards {
            let record = server.store.card(server.enterprise, card).await.unwrap();
            assert_eq!(record.state, CardState::Normal);
        }
        // Each event has one place, and none is left out.
        server.all_have_places().await;
        let tiles = server.store.leaf_tiles(0, 1_000).await.unwrap();
        let mut placed: Vec<i64> = tiles.into_iter().flat_map(|tile| tile.seqs).collect();
        placed.sort_unstable();
        let numbers = server.store.event_numbers(0, 100_000).await.unwrap();
        assert_eq!(placed, numbers);
        other.stop().await;
    })
    .await;
}

/// Reads that were begun and given up leave no transaction to whoever is lent the
/// connection next.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_goes_away_leaves_nothing_open() {
    on_pooler(async |database: TestDatabase| {
        let mut admin = PgConnection::connect(&database.admin_url).await.unwrap();
        for patience in 0..200 {
            let reading = database.store.session(storage::TokenHash([7; 32]));
            let patience = Duration::from_micros(patience * 20);
            let _given_up = tokio::time::timeout(patience, reading).await;
        }
        let id = card_domain::EnterpriseId(Uuid::nil());
        database.store.events(id, None, None, 1).await.unwrap();
        let started = Instant::now();
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND usename = 'it_service' AND state LIKE 'idle in transaction%'";
        loop {
            let open: i64 = sqlx::query_scalar(open)
                .fetch_one(&mut admin)
                .await
                .unwrap();
            if open == 0 {
                break;
            }
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "{open} are open"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}
