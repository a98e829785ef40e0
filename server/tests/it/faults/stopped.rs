//! A process stands still for a while (SIGSTOP), as a machine does that is paused or
//! moved: a server amid acts, one of two, amid a 延期, and what serves the connections at
//! PostgreSQL. Nothing that was acknowledged is lost, nothing hangs afterwards, and who
//! was asked to end meanwhile ends.

mod database;
mod renewal;

use std::time::Duration;

use test_support::{
    database::{TestDatabase, on_both, on_postgres},
    signals::Signal,
};

use super::{long_or, register_fixture::RegisterFixture};

on_both!(a_server_that_stands_still_loses_nothing_and_ends);

/// By then somebody is served again, on a busy machine.
const GOES_ON: Duration = Duration::from_secs(30);

/// How long it stands still: longer than any limit of the server, and not as long as the
/// workers wait for an answer.
fn still() -> Duration {
    long_or(Duration::from_millis(2500), Duration::from_secs(45))
}

async fn a_server_that_stands_still_loses_nothing_and_ends(database: TestDatabase) {
    let (register, server, mut process, mut workers) =
        RegisterFixture::at_work(&database, 4, None).await;
    let rounds = long_or(1, 5);
    for _ in 0..rounds {
        workers.until(5, GOES_ON).await;
        process.signal(Signal::STOP);
        let before = workers.done();
        tokio::time::sleep(still()).await;
        // What was answered before it stood still may have come a moment later.
        assert!(workers.done() <= before + 4, "it did not stand still");
        process.signal(Signal::CONT);
        workers.until(5, GOES_ON).await;
    }
    process.signal(Signal::STOP);
    process.signal(Signal::TERM);
    tokio::time::sleep(still()).await;
    process.signal(Signal::CONT);
    let status = process.ended().await;
    assert!(status.success(), "{status}");
    assert_eq!(process.errors(), [""; 0]);
    let (done, acknowledged) = (workers.done(), workers.end().await);
    println!("{done} acts around {rounds} times of standing still");
    register.is_whole(&acknowledged, vec![server.witness]).await;
}

/// The other one goes on meanwhile: it waits for no lock that the one has.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_that_stands_still_takes_nothing_along() {
    on_postgres(async |database: TestDatabase| {
        let register = RegisterFixture::new(&database, 8).await;
        let servers = [0, 1].map(|_| register.server(register.folder.path()));
        let [one, other] = [&servers[0], &servers[1]].map(|server| register.start(server));
        let (cards, others) = register.cards.split_at(4);
        let mut workers = register.work(&servers[0], cards);
        let mut goes_on = register.work(&servers[1], others);
        let mut meanwhile = Vec::new();
        for _ in 0..long_or(2, 30) {
            workers.until(4, GOES_ON).await;
            goes_on.until(4, GOES_ON).await;
            one.signal(Signal::STOP);
            let before = goes_on.done();
            tokio::time::sleep(Duration::from_millis(2500)).await;
            meanwhile.push(goes_on.done() - before);
            one.signal(Signal::CONT);
        }
        workers.until(4, GOES_ON).await;
        println!("acts at one while the other one stood still: {meanwhile:?}");
        assert!(meanwhile.iter().all(|acts| *acts > 0), "{meanwhile:?}");
        let acknowledged = [workers.end().await, goes_on.end().await].concat();
        for process in [one, other] {
            assert_eq!(process.errors(), [""; 0]);
            process.end().await;
        }
        let witnesses = servers.map(|server| server.witness).into();
        register.is_whole(&acknowledged, witnesses).await;
    })
    .await;
}
