//! The real server, killed by SIGKILL at a report of 制卡 and started again: the
//! terminal sends its report once more, and the card is made.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use card_bridge::{
    enroll::{HttpIssuer, Issuer},
    http::HttpError,
};
use card_operations::key::ProgramKey;
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use server::clock::{Clock as _, SystemClock};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, PIN,
        card_making::{admin_token, enroll_by, operator},
    },
};

use super::{SweepFixture, agreement::is_made};
use crate::{
    process::{Process, configure},
    service::{kill::MICROSECONDS, operations::chosen},
};

on_both!(a_killed_server_goes_on_making_a_card);

/// Of so many kills a sample takes one: no divisor of those at one report.
const SAMPLE: usize = 7;

/// When the server is killed.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Before the report reaches it.
    Before,
    /// So many microseconds after it was sent.
    During(u64),
    /// After it answered.
    After,
}

/// The server as a terminal reaches it; it is killed at a report.
struct KilledIssuer {
    server: HttpIssuer,
    process: Arc<Mutex<Process>>,
    /// At which program's report.
    at: u32,
    when: When,
    was_killed: Cell<bool>,
}

impl KilledIssuer {
    fn kill_at(&self, report: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        let answer = match self.when {
            When::Before => {
                self.process.lock().unwrap().kill();
                self.server.proceed(report)
            }
            When::During(microseconds) => {
                let process = Arc::clone(&self.process);
                let killer = thread::spawn(move || {
                    let moment = Instant::now() + Duration::from_micros(microseconds);
                    while Instant::now() < moment {
                        thread::yield_now();
                    }
                    process.lock().unwrap().kill();
                });
                let answer = self.server.proceed(report);
                killer.join().unwrap();
                answer
            }
            When::After => {
                let answer = self.server.proceed(report);
                self.process.lock().unwrap().kill();
                answer
            }
        };
        self.process.lock().unwrap().start_again();
        answer
    }
}

impl Issuer for KilledIssuer {
    fn origin(&self) -> &str {
        self.server.origin()
    }

    fn enrol_key(&self) -> &ProgramKey {
        self.server.enrol_key()
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        self.server.start(start)
    }

    fn proceed(&self, report: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        if report.outcome.sequence == self.at && !self.was_killed.replace(true) {
            return self.kill_at(report);
        }
        self.server.proceed(report)
    }

    fn pause(&self, _attempts: u32) {}
}

async fn a_killed_server_goes_on_making_a_card(database: TestDatabase) {
    let mut fixture = SweepFixture::new(&database, false).await;
    // The process has the system's clock.
    fixture.server.clock.set(SystemClock.now());
    fixture.token = admin_token(&fixture.server).await;
    let (person, blank) = (fixture.person().await, fixture.blank());
    let whole = fixture.attempt(&person, blank, None, PIN).await;
    whole.result.unwrap();
    let mut cases = Vec::new();
    for at in 0..whole.requests - 1 {
        let within = MICROSECONDS.map(When::During);
        let moments = [When::Before, When::After].into_iter().chain(within);
        cases.extend(moments.map(|when| (at, when)));
    }
    let cases = chosen(cases, SAMPLE);

    let folder = fixture.server.folder.path();
    let (port, origin) = configure(folder);
    let process = Process::start(folder, port, &fixture.server.url);
    let process = Arc::new(Mutex::new(process));
    for case in &cases {
        let (at, when) = *case;
        let (person, mut card) = (fixture.person().await, fixture.blank());
        let issuer = KilledIssuer {
            server: fixture.issuer(&origin),
            process: Arc::clone(&process),
            at,
            when,
            was_killed: Cell::new(false),
        };
        let (holder, now) = (operator(&person.number), SystemClock.now());
        let making = move || {
            let made = enroll_by(&issuer, &mut card, holder, PIN, now);
            (card, made)
        };
        let (card, made) = tokio::task::spawn_blocking(making).await.unwrap();
        assert!(made.is_ok(), "{case:?}: {made:?}");
        // The certificate is valid from a moment that the test's clock has not seen.
        fixture.server.clock.set(SystemClock.now());
        let mut reader = CardReader::with_card(&fixture.server, person.card, card.into_card());
        is_made(&fixture.server, &mut reader, PIN, case).await;
    }
    drop(process);
    println!(
        "{} kills of the server's process at a report of 制卡: each card was made, \
         0 disagreements",
        cases.len()
    );
}
