//! The real program under a clock that libfaketime sets while it runs, and what an
//! administrator types.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};

use super::{health, is_in_doubt};
use crate::process::{Process, configure};

on_both!(the_program_doubts_a_clock_that_is_set);

/// A clock for programs that are started with [`Self::environment`].
struct FakeClock {
    library: PathBuf,
    file: PathBuf,
}

impl FakeClock {
    fn new(folder: &Path) -> Self {
        let library = fs::read_dir("/usr/lib")
            .unwrap()
            .map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"))
            .find(|path| path.is_file())
            .expect("libfaketime is not installed");
        let clock = Self {
            library,
            file: folder.join("clock"),
        };
        clock.set("+0");
        clock
    }

    /// Sets the clock so far off: `+1d`, for example.
    fn set(&self, offset: &str) {
        fs::write(&self.file, offset).unwrap();
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            // The file is read anew each time.
            ("FAKETIME_NO_CACHE", String::from("1")),
            // Nobody sets that one.
            ("FAKETIME_DONT_FAKE_MONOTONIC", String::from("1")),
        ]
    }

    /// `server clock …` at the same machine.
    fn command(&self, server: &TestServer, what: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_server"))
            .args(["clock", what, "--data"])
            .arg(server.folder.path())
            .env("IC_CARD_DATABASE_URL", &server.url)
            .envs(self.environment())
            .output()
            .unwrap()
    }
}

async fn within(seconds: u64, browser: &Browser, status: u16) {
    let started = Instant::now();
    while health(browser).await.0 != status {
        assert!(started.elapsed() < Duration::from_secs(seconds));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn the_program_doubts_a_clock_that_is_set(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let clock = FakeClock::new(server.folder.path());
    let (port, origin) = configure(server.folder.path());
    let environment = clock.environment();
    let start = || {
        let environment = environment.iter().map(|(name, value)| (name, value));
        Process::start_with(server.folder.path(), port, &server.url, environment)
    };
    let running = start();
    let browser = Browser::new(&origin);
    within(10, &browser, 200).await;
    for (set, back) in [("+1d", true), ("-2h", true), ("+3h", false)] {
        clock.set(set);
        within(10, &browser, 503).await;
        is_in_doubt(&browser).await;
        if back {
            clock.set("+0");
            within(10, &browser, 200).await;
        }
    }
    // Three hours ahead, and an administrator says that this is right.
    let confirmed = clock.command(&server, "confirm");
    assert!(confirmed.status.success(), "{confirmed:?}");
    within(20, &browser, 200).await;
    drop(running);

    // The next start is at the old time again.
    clock.set("+0");
    let shown = clock.command(&server, "show");
    assert_eq!(shown.status.code(), Some(1), "{shown:?}");
    let said = String::from_utf8(shown.stdout).unwrap();
    assert!(
        said.contains("behind the newest time that is known"),
        "{said}"
    );
    let _running = start();
    let again = Browser::new(&origin);
    is_in_doubt(&again).await;
    assert!(clock.command(&server, "confirm").status.success());
    within(20, &again, 200).await;
    assert!(clock.command(&server, "show").status.success());
}
