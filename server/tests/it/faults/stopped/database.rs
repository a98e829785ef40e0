//! What serves the connections at PostgreSQL stands still: all of them at once, of a
//! cluster of this test's own. The rest of it goes on, so new connections may work; a
//! connection that holds a lock of the whole cluster keeps everybody out until it goes on.

use std::time::{Duration, Instant};

use test_support::{
    database::{TestDatabase, cluster, on_cluster},
    postgres::{Server, USER},
};

use super::{
    super::{ground::Ground, long_or, process::send},
    GOES_ON,
};

/// Connections that stand still, until this is dropped.
struct Still(Vec<u32>);

impl Still {
    /// All that the service has.
    async fn begin(postgres: &Server) -> Self {
        let mut connection = postgres.connect().await;
        let sql = "SELECT pid FROM pg_stat_activity \
                   WHERE usename = 'it_service' AND backend_type = 'client backend'";
        let found = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
        let found: Vec<i32> = found.unwrap();
        let still = Self(
            found
                .into_iter()
                .map(|id| u32::try_from(id).unwrap())
                .collect(),
        );
        assert!(!still.0.is_empty(), "nobody is connected");
        for id in &still.0 {
            send("-STOP", *id);
        }
        still
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        for id in &self.0 {
            // It may have been ended meanwhile.
            let id = id.to_string();
            let _gone = std::process::Command::new("kill")
                .args(["-CONT", &id])
                .status();
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
        let ground = Ground::new(&database, 4).await;
        let place = ground.place(ground.folder.path());
        let mut process = ground.start(&place);
        let mut workers = ground.work(&place, &ground.cards);
        for _ in 0..long_or(1, 5) {
            workers.until(5, GOES_ON).await;
            let still = Still::begin(&postgres).await;
            let before = workers.done();
            tokio::time::sleep(long_or(Duration::from_secs(8), Duration::from_secs(45))).await;
            println!(
                "{} acts while {} connections stood still",
                workers.done() - before,
                still.0.len()
            );
            drop(still);
            let goes_on = Instant::now();
            workers.until(5, GOES_ON).await;
            println!("at work again {:?} after it", goes_on.elapsed());
        }
        let still = Still::begin(&postgres).await;
        process.signal("-TERM");
        let status = process.ended().await;
        assert!(status.success(), "{status}");
        drop(still);
        let book = workers.end().await;
        ground.keeps(&book).await;
        // Its last events get their places at the next start.
        let next = ground.start(&place);
        next.end().await;
        assert_eq!(ground.findings(vec![place.witness]).await, [""; 0]);
    })
    .await;
}
