//! `server restore` that is cut off anywhere and run again: what is there by then is
//! taken for what it is, and in the end all of it is back.

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use test_support::database::{TestDatabase, on_both};
use tokio::{process::Command, time::sleep};

use super::installation::{Elsewhere, Installation};
use crate::faults::long_or;

on_both!(
    a_restore_that_was_killed_is_run_again,
    a_witness_file_that_is_not_back_yet_is_put_back,
);

/// Milliseconds after which it is killed: before, amid and after what it does.
const MOMENTS: [u64; 12] = [5, 60, 150, 300, 600, 1000, 20, 40, 100, 220, 450, 800];

/// The same where no other program is started.
const QUICK_MOMENTS: [u64; 12] = [5, 12, 18, 24, 30, 40, 8, 15, 21, 27, 35, 60];

/// By then the programs that it had started have ended.
const ENDED: Duration = Duration::from_secs(30);

async fn backup(database: &TestDatabase) -> (Installation, String) {
    let here = Installation::new(database).await;
    here.settle().await;
    let folder = here.path("backup");
    let (status, said) = here.run(&["backup", &folder, "--with-keys"]).await;
    assert_eq!(status, Some(0), "{said}");
    (here, folder)
}

/// Everything is there, and good; nothing half is left.
async fn is_back(there: &Elsewhere, folder: &str) {
    let (status, said) = there.verify(&[]).await;
    assert_eq!(status, Some(0), "{said}");
    assert!(!said.contains("FOUND"), "{said}");
    let copy = fs::read(format!("{folder}/witness.jsonl")).unwrap();
    assert_eq!(fs::read(there.path("witness.jsonl")).unwrap(), copy);
    for place in [there.folder().to_owned(), there.path("keys")] {
        for entry in fs::read_dir(place).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.contains("restoring"), "{name}");
        }
    }
}

async fn a_restore_that_was_killed_is_run_again(database: TestDatabase) {
    let (_here, folder) = backup(&database).await;
    let mut again = 0;
    let moments = if database.is_sqlite() {
        QUICK_MOMENTS
    } else {
        MOMENTS
    };
    for moment in moments.into_iter().take(long_or(6, 12)) {
        let there = Elsewhere::new(&database, "config.toml").await;
        let mut restore = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg("--data")
            .arg(there.folder())
            .args(["restore", &folder])
            .env("IC_CARD_DATABASE_URL", &there.url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(moment)).await;
        restore.kill().await.unwrap();
        let killed = Instant::now();
        loop {
            let (status, said) = there.run(&["restore", &folder]).await;
            // It was done before, or it is by now.
            if status == Some(0)
                || said.contains("is not empty") && there.path("witness.jsonl").exists()
            {
                again += u32::from(status == Some(0));
                break;
            }
            // What was killed had started a program that is not done yet.
            assert!(!database.is_sqlite(), "{moment}: {said}");
            assert!(killed.elapsed() < ENDED, "{moment}: {said}");
            sleep(Duration::from_millis(200)).await;
        }
        is_back(&there, &folder).await;
        there.end().await;
    }
    println!("{again} restores were finished by the next one");
    assert!(again > 0, "none was cut off");
}

/// It was cut off after the database, before the witness file.
async fn a_witness_file_that_is_not_back_yet_is_put_back(database: TestDatabase) {
    let (here, folder) = backup(&database).await;
    let there = Elsewhere::new(&database, "config.toml").await;
    let restore = ["restore", &folder];
    let (status, said) = there.run(&restore).await;
    assert_eq!(status, Some(0), "{said}");
    let witness = there.path("witness.jsonl");
    fs::remove_file(&witness).unwrap();
    // What a cut leaves beside it is no obstacle, and goes; it may be a key.
    for left in [".witness.jsonl.restoring", "keys/.master.key.restoring"] {
        fs::write(there.path(left), "half").unwrap();
    }
    let (status, said) = there.run(&restore).await;
    assert_eq!(status, Some(0), "{said}");
    is_back(&there, &folder).await;
    let (status, said) = there.run(&restore).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("is not empty"), "{said}");
    // One that knows more was to be moved away: that has to be wanted again.
    let act = async |action| {
        let browser = here.legal.log_in(here.server.origin()).await;
        here.legal.act(&browser, here.spare, action).await.good();
    };
    act("freeze").await;
    here.settle().await;
    let longer = fs::read(here.path("witness.jsonl")).unwrap();
    fs::write(&witness, &longer).unwrap();
    let (status, said) = there.run(&restore).await;
    assert_eq!(status, Some(2), "{said}");
    assert_eq!(fs::read(&witness).unwrap(), longer);
    let losing = ["restore", &folder, "--lose-newer-events"];
    for is_moved_away in [false, true] {
        if is_moved_away {
            // It was cut off after that: the next one still says what is lost.
            fs::remove_file(&witness).unwrap();
        }
        let (status, said) = there.run(&losing).await;
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("events are lost"), "{said}");
        is_back(&there, &folder).await;
    }
    // Of a register that went on since nothing is touched.
    let instance = there.start(&here).await;
    let browser = here.legal.log_in(&instance.origin).await;
    here.legal.act(&browser, here.spare, "freeze").await.good();
    here.settle().await;
    instance.stop().await;
    fs::remove_file(&witness).unwrap();
    for again in [&restore[..], &losing] {
        let (status, said) = there.run(again).await;
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("is not empty"), "{said}");
        assert!(!witness.exists());
    }
    there.end().await;
}
