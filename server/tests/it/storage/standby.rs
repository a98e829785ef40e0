//! A standby that is not promoted: it lags, so whoever serves neither reads nor writes
//! there, whatever the address leads to; whoever verifies may.

use std::time::{Duration, Instant};

use server::{
    config::{Database as Address, Pooler},
    storage::{self, OpenError, StoreError},
};
use test_support::{
    database::{cluster, on_cluster, roles},
    standby::Pair,
};

/// By then the new primary is found, on a busy machine.
const FOUND: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_serves_at_a_standby() {
    if cluster().is_none() {
        return;
    }
    let pair = Pair::start().await;
    on_cluster(&pair.url(), async |database| {
        let kept = database.address();
        let lent = Address {
            pooler: Some(Pooler::Transaction),
            ..kept.clone()
        };
        let mut stores = Vec::new();
        for address in [&kept, &lent] {
            let store = storage::open(address).await.unwrap();
            store.log_head().await.unwrap();
            stores.push(store);
        }
        pair.lead_to_standby();
        pair.end_connections("it_service").await;
        for store in &stores {
            let read = store.log_head().await;
            assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
            let written = store.probe_write(jiff::Timestamp::UNIX_EPOCH).await;
            assert!(
                matches!(written, Err(StoreError::Unavailable(_))),
                "{written:?}"
            );
        }
        let opened = storage::open(&kept).await.err();
        assert!(
            matches!(opened, Some(OpenError::Standby { .. })),
            "{opened:?}"
        );
        let opened = storage::open(&lent).await.err();
        assert!(
            matches!(opened, Some(OpenError::Standby { .. })),
            "{opened:?}"
        );
        let (_service, rest) = database.url.split_once('@').unwrap();
        let verifier = Address::at(format!("postgres://{}@{rest}", roles().verifier));
        let reader = storage::open_to_read(&verifier).await.unwrap();
        assert_eq!(reader.event_count().await.unwrap(), 0);
        reader.close().await;
        pair.promote().await;
        let promoted = Instant::now();
        for store in &stores {
            while store
                .probe_write(jiff::Timestamp::UNIX_EPOCH)
                .await
                .is_err()
            {
                assert!(promoted.elapsed() < FOUND, "it never writes again");
            }
            store.log_head().await.unwrap();
            store.close().await;
        }
        println!("all write again {:?} after promotion", promoted.elapsed());
    })
    .await;
}
