//! The real server, killed by SIGKILL in the middle of an operation and started
//! again: the page sends its report once more, or the card is put back at any
//! page, and register and card agree.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::clock::{Clock as _, SystemClock};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        Browser, LegalPersonClient, PIN,
        legal_person::{heal, step, tag},
    },
};

use super::SweepFixture;
use crate::{
    process::{Process, configure},
    service::{kill::MICROSECONDS, operations::exhaustive},
};

on_both!(a_killed_server_goes_on_where_it_was);

/// When the server is killed.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Before a report reaches it.
    Before,
    /// So many microseconds after a report was sent.
    During(u64),
    /// After it answered; the card has not run what it said.
    After,
    /// While the card runs what it said.
    CardRan,
}

/// What the page does once the server is there again.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// Sends its report once more, and goes on.
    GoesOn,
    /// It was closed: the card is put back elsewhere.
    IsClosed,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    action: &'static str,
    /// The report at which the server is killed.
    report: u32,
    when: When,
    then: Then,
}

/// All of them, or a sample: each report before, within and after.
fn cases() -> Vec<Case> {
    let within = if exhaustive() {
        &MICROSECONDS
    } else {
        &MICROSECONDS[3..4]
    };
    let mut cases = Vec::new();
    for action in ["renew", "unlock"] {
        for report in 0..3 {
            let moments = within.iter().map(|moment| When::During(*moment));
            let others = [When::Before, When::After, When::CardRan];
            for when in others.into_iter().chain(moments) {
                let thens = [Then::GoesOn, Then::IsClosed];
                let all = if exhaustive() {
                    &thens[..]
                } else {
                    &thens[cases.len() % 2..][..1]
                };
                cases.extend(all.iter().map(|then| Case {
                    action,
                    report,
                    when,
                    then: *then,
                }));
            }
        }
    }
    cases
}

/// The fixture, whose client is at a process that is killed and started again.
struct KillFixture {
    fixture: SweepFixture,
    process: Process,
}

impl KillFixture {
    async fn new(database: &TestDatabase) -> Self {
        let mut fixture = SweepFixture::new(database, false).await;
        // The process has the system's clock, and so have its certificates.
        fixture.server.clock.set(SystemClock.now());
        fixture.reader.set_now(SystemClock.now());
        let (port, origin) = configure(fixture.server.folder.path());
        let process = Process::start(fixture.server.folder.path(), port, &fixture.server.url);
        fixture.reader.set_origin(&origin);
        let legal = fixture.client.legal.clone();
        let browser = legal.log_in(&origin).await;
        fixture.client = LegalPersonClient { legal, browser };
        Self { fixture, process }
    }

    /// The page's relay up to the kill, and what the page does afterwards.
    /// Whether the report that was under way was answered.
    async fn relay(&mut self, case: Case, pin: &str) -> bool {
        let ticket = self
            .fixture
            .client
            .begin(&[self.fixture.reader.card], case.action)
            .await;
        let ticket = ticket["ticket"].as_str().unwrap().to_owned();
        self.fixture.ticket.clone_from(&ticket);
        let mut report = json!("inserted");
        for _ in 0..case.report {
            let reply = self.fixture.client.next(&ticket, report).await.good();
            report = step(&reply["next"], &mut self.fixture.reader, pin).unwrap();
        }
        let answered = self.under_way(case, &ticket, report.clone(), pin).await;
        self.process.start_again();
        if matches!(case.then, Then::GoesOn) {
            self.go_on(&ticket, report, pin).await;
        }
        answered
    }

    /// Sends the report, and kills the server when the case says.
    async fn under_way(&mut self, case: Case, ticket: &str, report: Value, pin: &str) -> bool {
        let body = json!({ "ticket": ticket, "report": report });
        let browser = self.fixture.client.browser.clone();
        let sending = tokio::spawn(async move {
            if matches!(case.when, When::Before) {
                return None;
            }
            browser.try_call("/api/operations/next", body).await
        });
        if let When::During(microseconds) = case.when {
            let moment = Instant::now() + Duration::from_micros(microseconds);
            while Instant::now() < moment {
                tokio::task::yield_now().await;
            }
            self.process.kill();
        }
        let reply = sending.await.unwrap();
        if let (When::CardRan, Some(reply)) = (case.when, &reply) {
            let next = &reply.json()["next"];
            step(next, &mut self.fixture.reader, pin);
        }
        if !matches!(case.when, When::During(_)) {
            self.process.kill();
        }
        reply.is_some_and(|reply| reply.status == 200)
    }

    /// The session and the ticket outlive the process.
    async fn go_on(&mut self, ticket: &str, mut report: Value, pin: &str) {
        for _ in 0..30 {
            let reply = self.fixture.client.next(ticket, report).await;
            if reply.code() == "ticket_void" {
                // The report before was the last one, and it had arrived.
                return;
            }
            let reply = reply.good();
            match step(&reply["next"], &mut self.fixture.reader, pin) {
                Some(next) => report = next,
                // The card has to be put back: the ticket goes on with it.
                None if tag(&reply["next"]) == "insert" => {
                    self.fixture.reader.insert_again();
                    report = json!("inserted");
                }
                None => return,
            }
        }
        panic!("the server does not come to an end");
    }

    /// The legal person cancels, and the card is put back at some page; whatever
    /// it was, it is over then.
    async fn heal(&mut self, case: Case) {
        let browser = Browser::new(&self.fixture.client.browser.origin);
        let cancelled = self.fixture.client.cancel(&self.fixture.ticket).await;
        assert!(
            cancelled.status == 200 || cancelled.code() == "ticket_void",
            "{case:?}: {}",
            cancelled.body
        );
        for insertion in 0..2 {
            self.fixture.reader.insert_again();
            let healed = heal(&browser, &mut self.fixture.reader).await;
            match tag(&healed) {
                "none" => {}
                "healed" if insertion == 0 => self.fixture.healed += 1,
                _ => panic!("{case:?}: {healed}"),
            }
        }
    }
}

async fn a_killed_server_goes_on_where_it_was(database: TestDatabase) {
    let mut killed = KillFixture::new(&database).await;
    let cases = cases();
    let (mut answered, mut unlocked) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        killed.fixture.ready(case.action);
        killed.fixture.reader.forbid_wrong_puk();
        let new = format!("27{:04}", number + 1000);
        let old = killed.fixture.pin.clone();
        answered += u32::from(killed.relay(*case, &new).await);
        assert!(!killed.fixture.reader.saw_wrong_puk(), "{case:?}");
        killed.heal(*case).await;
        killed.fixture.check(case).await;
        killed.fixture.clear().await;
        if case.action == "unlock" {
            let known = killed.fixture.check_secrets(case, &old, &new).await;
            assert!(
                known,
                "{case:?}: no card was cut, and yet its PUK is unknown"
            );
            unlocked += u32::from(killed.fixture.pin == new);
        } else {
            killed.fixture.log_in(case).await;
        }
    }
    killed.process.kill();
    println!(
        "{} kills of the server's process, {answered} after its answer, {} healed at an \
         insertion, {unlocked} ended with the new PIN",
        cases.len(),
        killed.fixture.healed
    );
    assert!(killed.fixture.healed > 0 && unlocked > 0);
    assert_ne!(killed.fixture.pin, PIN);
}
