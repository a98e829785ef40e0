//! A disk that is full, under load: of the database, or of the witness file alone. Acts
//! are refused, nothing that was acknowledged is lost, and it goes on by itself when there
//! is room. (What a single request is answered: `audit::full`.)

use std::time::{Duration, Instant};

use test_support::{service::Browser, small_disk::SmallDisk};

use super::{long_or, register_fixture::RegisterFixture};

/// By then it goes on, on a busy machine.
const GOES_ON: Duration = Duration::from_secs(20);

/// Lines that one place of the program says in ten seconds, of a disk that is full some
/// seconds: of the acts, the logins, the log and the time.
const FEW: usize = 60;

async fn health(origin: &str) -> (u16, String) {
    let browser = Browser::new(origin);
    let reply = browser.send("GET", "/healthz", &[], Vec::new()).await;
    (reply.status, reply.body)
}

/// Waits until it is well, or not.
async fn until(origin: &str, status: u16) -> String {
    let began = Instant::now();
    loop {
        let (found, said) = health(origin).await;
        if found == status {
            return said;
        }
        assert!(began.elapsed() < GOES_ON, "{found} {said}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_under_load_is_said_and_survived() {
    let Some(disk) = SmallDisk::mount(24) else {
        return;
    };
    let database = disk.database().await;
    let (register, server, mut process, mut workers) =
        RegisterFixture::at_work(&database, 4, None).await;
    for round in 0..long_or(2, 10) {
        workers.until(5, GOES_ON).await;
        let said_before = process.errors().len();
        disk.fill();
        assert_eq!(until(&server.origin, 503).await, "store unavailable\n");
        let before = workers.done();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(workers.done(), before, "written where no room is");
        let errors = process.errors().len() - said_before;
        assert!((1..=FEW).contains(&errors), "{errors} in round {round}");
        if round % 2 == 1 {
            // As it is killed and started on the full disk, so it is afterwards.
            process.kill();
            process.start_again();
        }
        disk.make_room();
        let began = Instant::now();
        workers.until(5, GOES_ON).await;
        println!("at work again {:?} after there is room", began.elapsed());
        until(&server.origin, 200).await;
    }
    let acknowledged = workers.end().await;
    process.end().await;
    register.is_whole(&acknowledged, vec![server.witness]).await;
    database.store.close().await;
}

/// Whoever administers the witness's machine stops nobody's work by it, and it is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_of_the_witness_stops_nothing_and_is_said() {
    let (Some(disk), Some(witnesses)) = (SmallDisk::mount(64), SmallDisk::mount(1)) else {
        return;
    };
    let database = disk.database().await;
    let (register, server, process, mut workers) =
        RegisterFixture::at_work(&database, 4, Some(witnesses.path())).await;
    workers.until(5, GOES_ON).await;
    witnesses.fill();
    let began = Instant::now();
    while process.said("is not witnessed").is_empty() {
        workers.until(5, GOES_ON).await;
        assert!(began.elapsed() < GOES_ON, "nobody says it");
    }
    workers.until(20, GOES_ON).await;
    let length = || std::fs::metadata(&server.witness).unwrap().len();
    let before = length();
    witnesses.make_room();
    let began = Instant::now();
    while length() == before {
        workers.until(5, GOES_ON).await;
        assert!(began.elapsed() < GOES_ON, "it is not witnessed again");
    }
    let acknowledged = workers.end().await;
    let said = process.errors();
    println!("{} complaints: {said:?}", said.len());
    process.end().await;
    let witnesses = vec![server.witness.clone()];
    register.is_whole(&acknowledged, witnesses).await;
    database.store.close().await;
}
