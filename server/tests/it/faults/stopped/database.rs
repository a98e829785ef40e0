//! What serves the connections at PostgreSQL stands still: all of them at once, of a
//! cluster of this test's own. The rest of it goes on, so new connections may work; a
//! connection that holds a lock of the whole cluster keeps everybody out until it goes on.

use std::time::{Duration, Instant};

use sqlx::PgConnection;
use test_support::{
    database::{TestDatabase, cluster, on_cluster},
    postgres::{Server, USER},
    signals::{self, Signal},
};

use super::{
    super::{long_or, register_fixture::RegisterFixture},
    GOES_ON,
};

/// Times that everybody may be kept out, one after another.
const KEPT_OUT: u32 = 4;

/// Connections that stand still, until this is dropped.
struct StoppedConnections(Vec<u32>);

impl StoppedConnections {
    /// All that the service has.
    async fn begin(connection: &mut PgConnection) -> Self {
        let sql = "SELECT pid FROM pg_stat_activity \
                   WHERE usename = 'it_service' AND backend_type = 'client backend'";
        let found: Vec<i32> = sqlx::query_scalar(sql).fetch_all(connection).await.unwrap();
        let found = found.into_iter().map(|id| u32::try_from(id).unwrap());
        // One that ended meanwhile stands still for ever.
        let stopped: Vec<_> = found
            .filter(|id| signals::try_send(*id, Signal::STOP))
            .collect();
        assert!(!stopped.is_empty(), "nobody is connected");
        Self(stopped)
    }

    /// Whether somebody is kept out by what one of them holds: by a lock of a row or a
    /// table, or else by one of the whole cluster, for which a commit waits.
    async fn keep_somebody_out(&self, connection: &mut PgConnection) -> bool {
        let ids: Vec<i32> = self.0.iter().map(|id| (*id).try_into().unwrap()).collect();
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE pg_blocking_pids(pid) && $1";
        let look = async {
            let waiting: i64 = sqlx::query_scalar(sql)
                .bind(ids)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            let commit = sqlx::query("SELECT pg_current_xact_id()");
            commit.execute(&mut *connection).await.unwrap();
            waiting > 0
        };
        tokio::time::timeout(GOES_ON, look).await.unwrap_or(true)
    }
}

impl Drop for StoppedConnections {
    fn drop(&mut self) {
        for id in &self.0 {
            // It may have been ended meanwhile.
            signals::try_send(*id, Signal::CONT);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_stand_still_are_left() {
    if cluster().is_none() {
        return;
    }
    let postgres = Server::new("still", &[]).await;
    postgres.until("SELECT NOT pg_is_in_recovery()").await;
    let url = format!("postgres://{USER}@{}/postgres", postgres.address());
    on_cluster(&url, async |database: TestDatabase| {
        let (register, server, mut process, mut workers) =
            RegisterFixture::at_work(&database, 4, None).await;
        let (rounds, still) = long_or((1, Duration::from_secs(8)), (5, Duration::from_secs(45)));
        let (mut went_on, mut kept_out) = (0, 0);
        while went_on < rounds {
            workers.until(5, GOES_ON).await;
            let mut connection = postgres.connect().await;
            let stopped = StoppedConnections::begin(&mut connection).await;
            let before = workers.done();
            tokio::time::sleep(still).await;
            let acts = workers.done() - before;
            println!(
                "{acts} acts while {} connections stood still",
                stopped.0.len()
            );
            if acts > 0 {
                went_on += 1;
            } else {
                kept_out += 1;
                assert!(kept_out < KEPT_OUT, "nobody ever goes on");
                let why = stopped.keep_somebody_out(&mut connection).await;
                assert!(why, "nobody went on, and nobody was kept out");
            }
            drop(stopped);
            let goes_on = Instant::now();
            workers.until(5, GOES_ON).await;
            println!("at work again {:?} after it", goes_on.elapsed());
        }
        let mut connection = postgres.connect().await;
        let stopped = StoppedConnections::begin(&mut connection).await;
        process.signal(Signal::TERM);
        let status = process.ended().await;
        assert!(status.success(), "{status}");
        drop(stopped);
        let acknowledged = workers.end().await;
        // Its last events get their places at the next start.
        let next = register.start(&server);
        next.end().await;
        register.is_whole(&acknowledged, vec![server.witness]).await;
    })
    .await;
}
