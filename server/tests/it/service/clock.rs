//! The clock as an enemy: somebody sets it, or it was wrong when the machine started.
//! Nothing that ended lives again, nothing that can't be undone is done, and the log
//! says where its times go back.

#[cfg(feature = "judges")]
mod faketime;
mod kept;

use std::time::{Duration, Instant};

use card_domain::{CardId, EventAct};
use card_protocol::token::AuthToken;
use event_log::verify::{Options, TimeBack, TimeOf};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::{
    clock::Clock as _,
    config::Config,
    known_time::{beginning, confirm_clock},
    storage::NewEvent,
};
use tempfile::TempDir;
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        Browser, Instance, LegalPersonClient, Person, TestServer, begin, samples::event, statement,
    },
};

use crate::audit::log_fixture::check;

on_both!(
    what_ended_under_a_clock_ahead_stays_ended,
    a_ticket_that_was_over_stays_over,
    a_clock_that_was_put_back_prolongs_nothing,
    a_restart_under_a_clock_that_is_behind_goes_on_from_the_log,
    a_doubt_is_said_until_a_person_confirms,
    what_was_made_under_a_clock_ahead_is_over_when_it_is_back,
    a_confirmation_that_was_not_needed_is_good_for_no_later_doubt,
    a_clean_stop_keeps_the_time,
    times_that_go_back_are_named,
);

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn own(browser: &Browser) -> String {
    browser.call("/api/cards/own", json!({})).await.code()
}

/// The newest time that whoever starts knows of.
async fn newest(server: &TestServer) -> Option<Timestamp> {
    let known = beginning(&server.store, &server.keys.audit).await.unwrap();
    known.map(|known| known.newest)
}

async fn is_in_doubt(browser: &Browser) {
    let (status, said) = health(browser).await;
    assert_eq!(
        (status, said.as_str()),
        (503, "the machine's clock is in doubt\n")
    );
}

async fn health(browser: &Browser) -> (u16, String) {
    let reply = browser.send("GET", "/healthz", &[], Vec::new()).await;
    (reply.status, reply.body)
}

/// A freeze of this card, proposed and signed.
async fn signed_freeze(server: &TestServer, legal: &Person, at: &Browser, card: CardId) -> Value {
    let body = json!({ "card": card, "action": "freeze" });
    let proposal = at.call("/api/acts/propose", body).await.good();
    let statement = statement(&proposal);
    let signature = legal.signature(server.origin(), &statement);
    json!({ "statement": statement, "signature": signature })
}

/// What a server has open when its clock is set.
struct UnderWay {
    server: TestServer,
    legal: Person,
    card: CardId,
    /// Logged in.
    browser: Browser,
    /// Asked for a challenge, which `token` answers.
    waiting: Browser,
    token: AuthToken,
    /// A freeze of the card that is signed, and not committed.
    signed: Value,
}

impl UnderWay {
    async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        let card = server.operator("0001").await.card;
        let browser = legal.log_in(server.origin()).await;
        let waiting = server.browser();
        let token = legal.token(server.origin(), &waiting.challenge().await);
        let signed = signed_freeze(&server, &legal, &browser, card).await;
        Self {
            server,
            legal,
            card,
            browser,
            waiting,
            token,
            signed,
        }
    }

    /// What is to be committed and answered is over.
    async fn is_over(&self) {
        assert_eq!(commit(&self.browser, &self.signed).await, "proposal_void");
        let late = self.waiting.log_in(&self.token).await.code();
        assert_eq!(late, "login/challenge_late");
    }
}

async fn commit(browser: &Browser, signed: &Value) -> String {
    browser
        .call("/api/acts/commit", signed.clone())
        .await
        .code()
}

async fn what_ended_under_a_clock_ahead_stays_ended(database: TestDatabase) {
    let begun = UnderWay::new(&database).await;
    let (server, legal) = (&begun.server, &begun.legal);

    let minutes = SignedDuration::from_mins(10);
    server.clock.jump(minutes);
    begun.is_over().await;
    server.clock.jump(-minutes);
    // It was used under a clock ahead: whoever used it logs in anew.
    assert_eq!(commit(&begun.browser, &begun.signed).await, "session_ended");
    let browser = legal.log_in(server.origin()).await;
    assert_eq!(commit(&browser, &begun.signed).await, "proposal_void");
    let used = begun.waiting.log_in(&begun.token).await.code();
    assert_eq!(used, "login/challenge_used");

    assert_eq!(own(&browser).await, "");
    server.clock.jump(DAY);
    assert_eq!(own(&browser).await, "session_ended");
    server.clock.jump(-DAY);
    assert_eq!(own(&browser).await, "session_ended");
    // Nobody is kept from going on.
    assert_eq!(own(&legal.log_in(server.origin()).await).await, "");
}

async fn a_ticket_that_was_over_stays_over(database: TestDatabase) {
    let short = |config: &mut Config| config.operations.ticket_minutes = 5;
    let server = TestServer::with(&database, short).await;
    let client = LegalPersonClient::new(&server).await;
    let card = server.operator("0001").await.card;
    let ticket = client.begin(&[card], "renew").await["ticket"].clone();
    let ticket = ticket.as_str().unwrap();
    // Longer than the ticket lives, and shorter than its session waits.
    let minutes = SignedDuration::from_mins(6);
    for (by, code) in [(minutes, "ticket_void"), (-minutes, "session_ended")] {
        server.clock.jump(by);
        assert_eq!(client.cancel(ticket).await.code(), code);
    }
    client.another().await.begin(&[card], "renew").await;
}

async fn a_clock_that_was_put_back_prolongs_nothing(database: TestDatabase) {
    let begun = UnderWay::new(&database).await;
    let (server, browser) = (&begun.server, &begun.browser);
    let before = server.last_event().await;

    server.clock.jump(-DAY);
    server.clock.advance(SignedDuration::from_mins(6));
    begun.is_over().await;
    let fresh = signed_freeze(server, &begun.legal, browser, begun.card).await;
    assert_eq!(commit(browser, &fresh).await, "");
    let event = server.last_event().await;
    assert!(event.seq > before.seq && event.at > before.at);
    server.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(own(browser).await, "session_ended");
}

async fn a_restart_under_a_clock_that_is_behind_goes_on_from_the_log(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    server.clock.advance(SignedDuration::from_hours(3));
    let browser = legal.log_in(server.origin()).await;
    server.all_have_places().await;
    let before = server.last_event().await;

    server.clock.jump(-DAY);
    let another = server.another().await;
    let there = Browser::new(&another.origin);
    is_in_doubt(&there).await;
    // The session lives on, as no time passed, and then ends.
    let browser = browser.at(&another.origin);
    assert_eq!(own(&browser).await, "");
    legal.log_in(&another.origin).await;
    assert!(server.last_event().await.at >= before.at);
    server.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(own(&browser).await, "session_ended");
}

async fn a_doubt_is_said_until_a_person_confirms(database: TestDatabase) {
    let archive = TempDir::new().unwrap();
    let keeps = |config: &mut Config| {
        config.audit.retention_months = Some(6);
        config.audit.archive = Some(archive.path().to_owned());
    };
    let server = TestServer::with(&database, keeps).await;
    let browser = server.browser();
    server.legal_person().await.log_in(server.origin()).await;
    server.all_have_places().await;
    assert_eq!(health(&browser).await, (200, String::from("ok\n")));

    server.clock.jump(4000 * DAY);
    is_in_doubt(&browser).await;
    // One that starts now has the same doubt, and archives nothing, also when something
    // was signed under that clock.
    let now = server.clock.now();
    let event = NewEvent {
        at: now,
        ..event(Some(server.enterprise), EventAct::Login)
    };
    server.store.record_event(event).await.unwrap();
    server.all_have_places().await;
    assert!(newest(&server).await >= Some(begin() + 4000 * DAY));
    let another = server.another_with(keeps).await;
    is_in_doubt(&Browser::new(&another.origin)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(std::fs::read_dir(archive.path()).unwrap().count(), 0);
    another.stop().await;

    confirm_clock(&server.store, None, now).await.unwrap();
    let started = Instant::now();
    while health(&browser).await.0 != 200 {
        assert!(started.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // From here on this is the time, for whoever starts.
    let last = server.another_with(keeps).await;
    assert_eq!(health(&Browser::new(&last.origin)).await.0, 200);
}

/// A day ahead: what is made then does not live until then.
async fn what_was_made_under_a_clock_ahead_is_over_when_it_is_back(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let ticket_of = LegalPersonClient {
        legal: legal.clone(),
        browser: legal.log_in(server.origin()).await,
    };
    let card = server.operator("0001").await.card;
    server.clock.jump(SignedDuration::from_mins(14));
    let ticket = ticket_of.begin(&[card], "renew").await["ticket"].clone();
    server.clock.jump(-SignedDuration::from_mins(14));
    let reply = ticket_of.cancel(ticket.as_str().unwrap()).await;
    assert!(["ticket_void", "session_ended"].contains(&reply.code().as_str()));

    server.clock.jump(DAY);
    let browser = legal.log_in(server.origin()).await;
    let waiting = server.browser();
    let token = legal.token(server.origin(), &waiting.challenge().await);
    assert_eq!(own(&browser).await, "");
    server.clock.jump(-DAY);
    assert_eq!(own(&browser).await, "session_ended");
    assert_eq!(waiting.log_in(&token).await.code(), "login/challenge_late");
    assert_eq!(own(&legal.log_in(server.origin()).await).await, "");
}

async fn a_confirmation_that_was_not_needed_is_good_for_no_later_doubt(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    // It runs: what was said before its start is another matter.
    assert_eq!(health(&browser).await.0, 200);
    confirm_clock(&server.store, None, server.clock.now())
        .await
        .unwrap();
    // Heard within seconds, of which the test's clock knows nothing.
    tokio::time::sleep(Duration::from_secs(7)).await;
    server.clock.jump(SignedDuration::from_mins(3));
    is_in_doubt(&browser).await;
    tokio::time::sleep(Duration::from_secs(7)).await;
    is_in_doubt(&browser).await;
}

/// Between two rounds of clearing away the time is kept by nobody else.
async fn a_clean_stop_keeps_the_time(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    assert_eq!(health(&server.browser()).await.0, 200);
    // Its first round notes the time; the next one is a minute away.
    while server.store.kept_time().await.unwrap().sure.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.clock.advance(40 * DAY);
    let again = server.another().await;
    is_in_doubt(&Browser::new(&again.origin)).await;
    again.stop().await;
    // That one was not sure of it, and keeps nothing.
    let again = server.another().await;
    is_in_doubt(&Browser::new(&again.origin)).await;
    again.stop().await;
    // This one lived through all of it.
    let keys = server.folder.path().join("keys");
    server.instance.stop().await;
    let again = Instance::start(&server.url, keys, server.clock.clone(), |_config| {}).await;
    assert_eq!(health(&Browser::new(&again.origin)).await.0, 200);
}

async fn times_that_go_back_are_named(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    legal.log_in(server.origin()).await;
    // Somebody sets the clock of a machine ahead, and back.
    server.clock.jump(DAY);
    legal.log_in(server.origin()).await;
    server.all_have_places().await;
    server.clock.jump(-DAY);
    legal.log_in(server.origin()).await;
    server.all_have_places().await;
    let options = Options::of(server.keys.audit.public());
    let report = check(&server.store, &options).await;
    assert!(report.is_good(), "{:?}", report.findings);
    let seq = server.last_event().await.seq;
    let back = |of: TimeOf, confirmed: bool| {
        move |back: &TimeBack| {
            let day = back.from.duration_since(back.to) >= DAY - SignedDuration::from_mins(1);
            back.of == of && day && back.is_confirmed == confirmed
        }
    };
    let backs = &report.times_back;
    assert!(
        backs.iter().any(back(TimeOf::Event(seq), false)),
        "{backs:?}"
    );
    let checkpoints = backs
        .iter()
        .filter(|back| matches!(back.of, TimeOf::Checkpoint(_)));
    assert_eq!((checkpoints.count(), backs.len()), (1, 2), "{backs:?}");

    // An administrator puts it back, and says so.
    server.clock.jump(DAY);
    legal.log_in(server.origin()).await;
    server.all_have_places().await;
    server.clock.jump(-DAY);
    let seq = server.last_event().await.seq + 1;
    confirm_clock(&server.store, None, server.clock.now())
        .await
        .unwrap();
    let report = check(&server.store, &options).await;
    let backs = &report.times_back;
    assert!(
        backs.iter().any(back(TimeOf::Event(seq), true)),
        "{backs:?}"
    );
}
