//! The sequencer: every event gets one place, also with several instances at
//! once and with writes that commit out of order; none is lost, none is there
//! twice.

use card_domain::EventAct;
use std::{collections::BTreeSet, sync::Arc};

use server::audit::Sequencer;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use test_support::{
    database::{TestDatabase, all_at_once, on_both, on_pooler, on_postgres, on_sqlite},
    service::{TestServer, samples::event},
};

use super::{
    edits::quiet,
    log_fixture::{LogFixture, check, later, sentences},
};

on_both!(
    of_many_instances_each_event_gets_one_place,
    an_event_has_its_place_within_a_second,
);
on_pooler!(
    of_many_instances_each_event_gets_one_place,
    an_event_has_its_place_within_a_second,
);

/// The events of the log, in its order.
async fn log(fixture: &LogFixture) -> Vec<i64> {
    let tiles = fixture.store.leaf_tiles(0, 1_000_000).await.unwrap();
    tiles.into_iter().flat_map(|tile| tile.seqs).collect()
}

async fn of_many_instances_each_event_gets_one_place(database: TestDatabase) {
    let fixture = LogFixture::new(&database, 100).await;
    let before = log(&fixture).await.len();
    let mut tasks = Vec::new();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for _ in 0..3 {
        // Each with connections of its own, as another instance has.
        let (store, keys, done) = (database.another().await, fixture.keys.clone(), done.clone());
        tasks.push(tokio::spawn(async move {
            let mut sequencer = Sequencer::new(None);
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                // The other ones append between two reads of this one: no alarm.
                let placed = sequencer.run(store.as_ref(), &keys, later()).await;
                placed.unwrap();
                tokio::task::yield_now().await;
            }
            store.close().await;
        }));
    }
    let writers = (0..8).map(|_| {
        let store = fixture.store.clone();
        async move {
            let mut seqs = Vec::new();
            for _ in 0..60 {
                seqs.push(
                    store
                        .record_event(event(None, EventAct::Login))
                        .await
                        .unwrap(),
                );
            }
            seqs
        }
    });
    let written: Vec<i64> = all_at_once(writers).await.concat();
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    fixture.sequence().await;
    let log = log(&fixture).await;
    assert_eq!(log.len(), before + written.len());
    let different: BTreeSet<i64> = log.iter().copied().collect();
    assert_eq!(different.len(), log.len(), "one event at two places");
    assert!(written.iter().all(|seq| different.contains(seq)));
    let report = check(&fixture.store, &fixture.options()).await;
    assert_eq!(sentences(&report), Vec::<String>::new());
    assert_eq!(report.size, log.len() as u64);
}

/// A transaction that drew its number first commits last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_that_commits_late_is_not_lost() {
    on_postgres(async |database| {
        let fixture = LogFixture::new(&database, 100).await;
        let mut sequencer = Sequencer::new(None);
        let mut late = PgConnection::connect(&database.admin_url).await.unwrap();
        let mut slow = late.begin().await.unwrap();
        let insert = format!(
            "INSERT INTO events (at, act, outcome, body) VALUES (1, 'login', 'refused', {})",
            database.bytes(&quiet("late"))
        );
        slow.execute(AssertSqlSafe(insert.clone())).await.unwrap();
        let mut early = Vec::new();
        for _ in 0..3 {
            early.push(
                fixture
                    .store
                    .record_event(event(None, EventAct::Login))
                    .await
                    .unwrap(),
            );
            let count = sequencer
                .run(fixture.store.as_ref(), &fixture.keys, later())
                .await;
            assert_eq!(count.unwrap(), 1, "those that committed do not wait");
        }
        slow.commit().await.unwrap();
        let count = sequencer
            .run(fixture.store.as_ref(), &fixture.keys, later())
            .await;
        assert_eq!(count.unwrap(), 1);
        let log = log(&fixture).await;
        let [.., one, two, three, last] = log.as_slice() else {
            panic!("{log:?}");
        };
        assert_eq!(early, [*one, *two, *three]);
        assert!(last < one, "the late one has the smaller number");
        // A number that was drawn and rolled back leaves a gap, and no harm.
        let mut given_up = late.begin().await.unwrap();
        given_up.execute(AssertSqlSafe(insert)).await.unwrap();
        given_up.rollback().await.unwrap();
        fixture
            .store
            .record_event(event(None, EventAct::Login))
            .await
            .unwrap();
        fixture.sequence().await;
        let head = fixture.store.log_head().await.unwrap();
        let newest = fixture.store.events_in_flight().await.unwrap().newest;
        assert_eq!(head.settled, newest);
        let report = check(&fixture.store, &fixture.options()).await;
        assert_eq!(
            sentences(&report),
            vec![String::from(
                "the witness file ends at 0 events although 0 were signed"
            )][..0]
                .to_vec()
        );
        // The verification looks for the late one where it is.
        let found = fixture.store.leaf_tile_of(*last).await.unwrap();
        assert!(found.unwrap().seqs.contains(last));
    })
    .await;
}

async fn an_event_has_its_place_within_a_second(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let done = legal.act(&client, operator.card, "freeze").await.good();
    let begun = std::time::Instant::now();
    let seq = done["event"].as_i64().unwrap();
    let verified = loop {
        let body = serde_json::json!({ "seq": seq });
        let event = client.call("/api/history/event", body).await.good();
        if event["row"]["verified"] != serde_json::json!({ "no": "not_yet_sequenced" }) {
            break event;
        }
        // Far more than a second, for a machine that is busy.
        assert!(begun.elapsed().as_secs() < 20, "{event}");
    };
    assert_eq!(verified["row"]["verified"], "yes", "{verified}");
    assert_eq!(verified["row"]["signed"], true);
    assert_eq!(verified["before"]["name"], "normal");
    assert_eq!(verified["after"]["name"], "frozen");
    assert_eq!(verified["statement"]["origin"], server.origin());
    assert!(verified["proof"]["bytes"].as_u64().unwrap() <= 1024);
}

/// Whatever the size, an honest log is good: around the ends of tiles, and of
/// the parts in which a verification reads them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_of_any_size_is_good() {
    on_sqlite(async |database| {
        let fixture = LogFixture::new(&database, 100).await;
        for size in [
            255, 256, 257, 16_127, 16_128, 16_129, 16_200, 16_383, 16_384, 16_385,
        ] {
            let before = fixture.store.log_head().await.unwrap().size;
            fixture
                .fill(&database, size - u32::try_from(before).unwrap())
                .await;
            fixture.sequence().await;
            let report = check(&fixture.store, &fixture.options()).await;
            assert_eq!(sentences(&report), Vec::<String>::new(), "{size}");
            assert_eq!(report.events, u64::from(size));
        }
    })
    .await;
}
