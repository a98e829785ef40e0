//! A process stands still for a while (SIGSTOP), as a machine does that is paused or
//! moved: a server amid acts, one of two, amid a 延期, and what serves the connections at
//! PostgreSQL. Nothing that was acknowledged is lost, nothing hangs afterwards, and who
//! was asked to end meanwhile ends.

mod database;
mod renewal;

use std::time::Duration;

use test_support::database::{TestDatabase, on_both, on_postgres};

use super::{ground::Ground, long_or};

on_both!(a_server_that_stands_still_loses_nothing_and_ends);

/// By then somebody is served again, on a busy machine.
const GOES_ON: Duration = Duration::from_secs(30);

/// How long it stands still.
fn still() -> Duration {
    long_or(Duration::from_millis(2500), Duration::from_mins(1))
}

async fn a_server_that_stands_still_loses_nothing_and_ends(database: TestDatabase) {
    let ground = Ground::new(&database, 4).await;
    let place = ground.place(ground.folder.path());
    let mut process = ground.start(&place);
    let mut workers = ground.work(&place, &ground.cards);
    let rounds = long_or(1, 5);
    for _ in 0..rounds {
        workers.until(5, GOES_ON).await;
        process.signal("-STOP");
        let before = workers.done();
        tokio::time::sleep(still()).await;
        // What was answered before it stood still may have come a moment later.
        assert!(workers.done() <= before + 4, "it did not stand still");
        process.signal("-CONT");
        workers.until(5, GOES_ON).await;
    }
    process.signal("-STOP");
    process.signal("-TERM");
    tokio::time::sleep(still()).await;
    process.signal("-CONT");
    let status = process.ended().await;
    assert!(status.success(), "{status}");
    assert_eq!(process.errors(), [""; 0]);
    let (done, book) = (workers.done(), workers.end().await);
    println!("{done} acts around {rounds} times of standing still");
    ground.keeps(&book).await;
    assert_eq!(ground.findings(vec![place.witness]).await, [""; 0]);
}

/// The other one goes on meanwhile: it waits for no lock that the one has.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_that_stands_still_takes_nothing_along() {
    on_postgres(async |database: TestDatabase| {
        let ground = Ground::new(&database, 8).await;
        let places = [0, 1].map(|_| ground.place(ground.folder.path()));
        let [one, other] = [&places[0], &places[1]].map(|place| ground.start(place));
        let (cards, others) = ground.cards.split_at(4);
        let mut workers = ground.work(&places[0], cards);
        let mut goes_on = ground.work(&places[1], others);
        let mut meanwhile = Vec::new();
        for _ in 0..long_or(2, 30) {
            workers.until(4, GOES_ON).await;
            goes_on.until(4, GOES_ON).await;
            one.signal("-STOP");
            let before = goes_on.done();
            tokio::time::sleep(Duration::from_millis(2500)).await;
            meanwhile.push(goes_on.done() - before);
            one.signal("-CONT");
        }
        workers.until(4, GOES_ON).await;
        println!("acts at one while the other one stood still: {meanwhile:?}");
        assert!(meanwhile.iter().all(|acts| *acts > 0), "{meanwhile:?}");
        for workers in [workers, goes_on] {
            ground.keeps(&workers.end().await).await;
        }
        for process in [one, other] {
            assert_eq!(process.errors(), [""; 0]);
            process.end().await;
        }
        let witnesses = places.map(|place| place.witness).into();
        assert_eq!(ground.findings(witnesses).await, [""; 0]);
    })
    .await;
}
