//! The way to the database falls silent: every call has an end, what was silent is
//! closed, and everything goes on as soon as a way is there. Only PostgreSQL has a way.

use std::time::{Duration, Instant};

use server::storage::{SharedStore, StoreError};
use sqlx::{Connection as _, Executor as _, PgConnection};
use test_support::{
    bad_way::BadWay,
    database::{TestDatabase, on_postgres, open},
    service::{Browser, Instance, TestServer, all_have_places},
    signals::Signal,
};
use tokio::{task::JoinSet, time::timeout};

use crate::process::{Process, configure};

/// As many as the pool has, and as many again.
const CLIENTS: usize = 32;

/// By then the next answer is there (the goal is 5 s; a busy machine is slower).
const ANSWER: Duration = Duration::from_secs(10);

/// By then all connections are there again.
const WHOLE: Duration = Duration::from_secs(20);

async fn proxy(database: &TestDatabase) -> BadWay {
    let (_user, rest) = database.url.split_once('@').unwrap();
    let (host, _path) = rest.split_once('/').unwrap();
    BadWay::to(host).await
}

/// Reads at once, as many as there are connections and more: how many were good.
async fn read_at_once(store: &SharedStore) -> usize {
    let mut reading = JoinSet::new();
    for _ in 0..CLIENTS {
        let store = store.clone();
        reading.spawn(async move { store.log_head().await });
    }
    let answers = timeout(WHOLE, reading.join_all()).await;
    let answers = answers.expect("a call never ended");
    answers.into_iter().flatten().count()
}

/// Calls that wait for a lock.
async fn waiting(database: &TestDatabase) -> i64 {
    let mut connection = PgConnection::connect(&database.admin_url).await.unwrap();
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
               AND datname = current_database()";
    let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
    count.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_silent_way_wears_no_connection_out() {
    on_postgres(async |database: TestDatabase| {
        let proxy = proxy(&database).await;
        let store = open(&proxy.url(&database.url)).await;
        for silence in 0..4 {
            assert_eq!(read_at_once(&store).await, CLIENTS, "before {silence}");
            // Between two calls, and amid as many as there are connections, which wait for
            // somebody's lock.
            let is_amid = silence % 2 == 1;
            let mut lock = PgConnection::connect(&database.admin_url).await.unwrap();
            if is_amid {
                lock.execute("BEGIN").await.unwrap();
                lock.execute("LOCK TABLE log_head").await.unwrap();
            }
            let reading = store.clone();
            let amid = tokio::spawn(async move { read_at_once(&reading).await });
            while is_amid && waiting(&database).await < 16 {}
            proxy.silence();
            let started = Instant::now();
            if is_amid {
                lock.execute("ROLLBACK").await.unwrap();
            }
            let good = amid.await.unwrap();
            assert!(!is_amid || good < CLIENTS, "nothing was silent");
            store.log_head().await.unwrap();
            assert!(started.elapsed() < ANSWER, "{:?}", started.elapsed());
            while read_at_once(&store).await < CLIENTS {
                assert!(started.elapsed() < WHOLE, "{silence}");
            }
            println!(
                "silence {silence}: whole again after {:?}",
                started.elapsed()
            );
        }
        timeout(ANSWER, store.close())
            .await
            .expect("it never closed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_into_a_silence_has_an_end() {
    on_postgres(async |database: TestDatabase| {
        let proxy = proxy(&database).await;
        let store = open(&proxy.url(&database.url)).await;
        store.log_head().await.unwrap();
        proxy.silence_all(true);
        let started = Instant::now();
        let error = store.log_head().await.unwrap_err();
        assert!(
            matches!(error, StoreError::Silent | StoreError::Unavailable(_)),
            "{error:?}"
        );
        assert!(started.elapsed() < ANSWER, "{:?}", started.elapsed());
        proxy.silence_all(false);
        store.log_head().await.unwrap();
        proxy.silence_all(true);
        let started = Instant::now();
        store.close().await;
        assert!(started.elapsed() < ANSWER, "{:?}", started.elapsed());
    })
    .await;
}

/// The log goes on after a silence, and the server ends amid one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_goes_on_and_the_server_ends() {
    on_postgres(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        // This one goes by the way that falls silent, and the other one ends.
        let proxy = proxy(&database).await;
        let keys = server.folder.path().join("keys");
        let url = proxy.url(&database.url);
        let clock = server.clock.clone();
        let store = server.store.clone();
        server.instance.stop().await;
        let instance = Instance::start(&url, keys, clock, |_config| {}).await;
        for _ in 0..3 {
            legal.log_in(&instance.origin).await;
            proxy.silence();
            let started = Instant::now();
            while legal
                .try_log_in(&Browser::new(&instance.origin))
                .await
                .status
                != 200
            {
                assert!(started.elapsed() < WHOLE);
            }
            all_have_places(&store).await;
        }
        proxy.silence_all(true);
        let started = Instant::now();
        let stopped = timeout(WHOLE, instance.stop()).await;
        stopped.expect("the server never ended");
        println!("ended amid a silence after {:?}", started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(20));
    })
    .await;
}

/// Whoever stops a server that is just starting is heard, although its database says
/// nothing, from the beginning or from some moment on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_start_amid_a_silence_is_stopped() {
    on_postgres(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let (port, _origin) = configure(server.folder.path());
        let proxy = proxy(&database).await;
        let url = proxy.url(&database.url);
        for (silent_after, stopped_after) in [(0, 0), (0, 1500), (10, 100), (60, 0), (200, 1000)] {
            proxy.silence_all(silent_after == 0);
            let mut process = Process::start(server.folder.path(), port, &url);
            tokio::time::sleep(Duration::from_millis(silent_after)).await;
            proxy.silence_all(true);
            tokio::time::sleep(Duration::from_millis(stopped_after)).await;
            process.signal(Signal::TERM);
            let asked = Instant::now();
            let status = process.ended().await;
            let took = asked.elapsed();
            assert_eq!(status.code(), Some(0), "{silent_after} {stopped_after}");
            assert!(took < WHOLE, "{silent_after} {stopped_after}: {took:?}");
            println!("silent after {silent_after} ms: it ended {took:?} after it was asked to");
        }
    })
    .await;
}
