//! A 冻结 that ends by itself: at its end the register, every list and the login say the
//! same, by the clock alone, and nothing else ends it.

mod forged;

use card_domain::{CardId, EventOutcome, beijing::BEIJING};
use card_protocol::statement::Statement;
use event_log::EventFacts;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::clock::Clock as _;
use test_support::{
    database::{TestDatabase, all_at_once, on_both},
    service::{Browser, Person, Reply, TestServer, statement},
};

use super::many_acts::the_log_verifies;

on_both!(
    a_freeze_ends_at_its_end_and_not_before,
    whoever_looks_first_finds_it_ended,
    another_instance_and_a_restart_know_it_too,
    a_loss_during_a_freeze_outlives_it,
    at_the_end_a_person_and_the_clock_do_not_race,
    of_many_each_ends_at_the_same_time,
    a_day_that_can_t_be_is_refused,
);

const DAY: SignedDuration = SignedDuration::from_hours(24);

struct Fixture {
    server: TestServer,
    legal: Person,
    operator: Person,
    /// When the freeze ends.
    until: Timestamp,
}

impl Fixture {
    /// An operator who is frozen until the end of tomorrow in Beijing.
    async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        let operator = server.operator("0001").await;
        let it = Self {
            until: last(server.clock.now()).1,
            legal,
            operator,
            server,
        };
        let browser = it.log_in().await;
        let statement = it.propose(&browser).await;
        assert!(
            statement.text.contains("\n自动解冻："),
            "{}",
            statement.text
        );
        it.commit(&browser, &statement).await.good();
        it
    }

    async fn log_in(&self) -> Browser {
        self.legal.log_in(self.server.origin()).await
    }

    async fn propose(&self, browser: &Browser) -> Statement {
        let body = freeze(self.operator.card, &last(self.server.clock.now()).0);
        statement(&browser.call("/api/acts/propose", body).await.good())
    }

    async fn commit(&self, browser: &Browser, statement: &Statement) -> Reply {
        let signature = self.legal.signature(self.server.origin(), statement);
        let body = json!({ "statement": statement, "signature": signature });
        browser.call("/api/acts/commit", body).await
    }

    /// The clock of the server is so long before or after the end.
    fn jump_to_end(&self, off: SignedDuration) {
        let at = self.until + off;
        self.server
            .clock
            .advance(at.duration_since(self.server.clock.now()));
    }

    async fn operator_logs_in(&self) -> String {
        let browser = Browser::new(self.server.origin());
        let reply = self.operator.try_log_in(&browser).await;
        if reply.status == 200 {
            String::from("in")
        } else {
            reply.code()
        }
    }

    async fn ends(&self) -> usize {
        let events = self.server.events(1000).await;
        events
            .iter()
            .filter(|event| event.act == "freeze_ended")
            .count()
    }
}

fn freeze(card: CardId, day: &str) -> Value {
    json!({ "card": card, "action": "freeze", "cause": "off_duty", "until": day })
}

/// Tomorrow in Beijing, and its end.
fn last(now: Timestamp) -> (String, Timestamp) {
    let day = BEIJING.to_datetime(now + DAY).date();
    let next = day
        .tomorrow()
        .unwrap()
        .to_datetime(jiff::civil::Time::midnight());
    (day.to_string(), BEIJING.to_timestamp(next).unwrap())
}

/// Everything that says in which state the only operator's card is.
async fn all_say(browser: &Browser, card: CardId, state: &str) {
    let detail = json!({ "card": card });
    let detail = browser.call("/api/cards/detail", detail).await.good();
    assert_eq!(detail["row"]["state"]["name"], state);
    let possible = detail["possible"].as_array().unwrap();
    assert_eq!(possible.contains(&json!("unfreeze")), state == "frozen");
    assert_eq!(possible.contains(&json!("freeze")), state == "normal");
    for (menu, asked, of) in [
        ("freeze", Value::Null, "normal"),
        ("unfreeze", Value::Null, "frozen"),
        ("history", json!("normal"), "normal"),
        ("history", json!("frozen"), "frozen"),
    ] {
        let query = json!({ "query": {
            "menu": menu, "state": asked, "sort": "last_login_desc",
        } });
        let page = browser.call("/api/cards/list", query).await.good();
        let expected = u32::from(of == state);
        assert_eq!(page["total"], expected, "{menu} {asked} {state}");
        if expected == 1 {
            assert_eq!(page["rows"][0]["state"]["name"], state);
        }
    }
    let needs = browser.call("/api/cards/needs", json!({})).await.good();
    assert_eq!(needs["frozen"]["count"], u32::from(state == "frozen"));
}

async fn a_freeze_ends_at_its_end_and_not_before(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let freeze = it.server.last_event().await;
    all_say(&it.log_in().await, it.operator.card, "frozen").await;
    it.jump_to_end(SignedDuration::from_secs(-60));
    all_say(&it.log_in().await, it.operator.card, "frozen").await;
    assert_eq!(it.operator_logs_in().await, "login/frozen");
    assert_eq!(it.ends().await, 0);

    it.jump_to_end(SignedDuration::from_secs(1));
    let browser = it.log_in().await;
    all_say(&browser, it.operator.card, "normal").await;
    assert_eq!(it.operator_logs_in().await, "in");
    // Once, by nobody, and by the name of what was signed.
    assert_eq!(it.ends().await, 1);
    let events = it.server.events(1000).await;
    let end = events
        .iter()
        .find(|event| event.act == "freeze_ended")
        .unwrap();
    assert_eq!((end.outcome, end.actor), (EventOutcome::Done, None));
    assert_eq!(end.target, Some(it.operator.card));
    let facts = EventFacts::read(end.facts.as_deref());
    assert_eq!(facts.freeze, Some(freeze.seq));
    the_log_verifies(&it.server).await;
}

/// The login itself, before anybody else asked; and no job ran.
async fn whoever_looks_first_finds_it_ended(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    it.jump_to_end(SignedDuration::from_secs(1));
    assert_eq!(it.operator_logs_in().await, "in");
    let browser = it.log_in().await;
    all_say(&browser, it.operator.card, "normal").await;
    // And it can be frozen anew, for good.
    it.legal
        .act(&browser, it.operator.card, "freeze")
        .await
        .good();
    all_say(&browser, it.operator.card, "frozen").await;
    it.server.clock.advance(DAY * 30);
    all_say(&it.log_in().await, it.operator.card, "frozen").await;
    assert_eq!(it.operator_logs_in().await, "login/frozen");
    the_log_verifies(&it.server).await;
}

async fn another_instance_and_a_restart_know_it_too(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let second = it.server.another().await;
    it.jump_to_end(SignedDuration::from_secs(1));
    let there = it.legal.log_in(&second.origin).await;
    all_say(&there, it.operator.card, "normal").await;
    let reply = it
        .operator
        .try_log_in(&Browser::new(it.server.origin()))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(it.ends().await, 1);
    second.stop().await;
}

async fn a_loss_during_a_freeze_outlives_it(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let browser = it.log_in().await;
    it.legal
        .act(&browser, it.operator.card, "report_loss")
        .await
        .good();
    it.legal
        .act(&browser, it.operator.card, "cancel_loss")
        .await
        .good();
    // Before its end 解挂 leads back into the freeze, which ends as it was signed.
    all_say(&browser, it.operator.card, "frozen").await;
    it.legal
        .act(&browser, it.operator.card, "report_loss")
        .await
        .good();
    it.jump_to_end(SignedDuration::from_secs(1));
    assert_eq!(it.operator_logs_in().await, "login/lost");
    let browser = it.log_in().await;
    it.legal
        .act(&browser, it.operator.card, "cancel_loss")
        .await
        .good();
    all_say(&browser, it.operator.card, "normal").await;
    assert_eq!(it.operator_logs_in().await, "in");
    the_log_verifies(&it.server).await;
}

async fn at_the_end_a_person_and_the_clock_do_not_race(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    it.jump_to_end(SignedDuration::from_secs(-60));
    let browser = it.log_in().await;
    let mut signed = Vec::new();
    for action in ["unfreeze", "report_loss"] {
        let body = json!({ "card": it.operator.card, "action": action });
        let proposed = browser.call("/api/acts/propose", body).await.good();
        signed.push(statement(&proposed));
    }
    it.jump_to_end(SignedDuration::from_secs(1));
    // What was signed of a frozen card is not done to one that is 正常: not even 解冻.
    let unfreeze = it.commit(&browser, &signed[0]).await;
    assert_eq!(unfreeze.code(), "conflict/normal");
    let mut looks = Vec::new();
    for _ in 0..6 {
        let (legal, origin) = (it.legal.clone(), it.server.origin().to_owned());
        let card = it.operator.card;
        looks.push(async move {
            let browser = legal.log_in(&origin).await;
            legal.act(&browser, card, "report_loss").await.status
        });
    }
    let done = all_at_once(looks).await;
    assert_eq!(
        done.iter().filter(|status| **status == 200).count(),
        1,
        "{done:?}"
    );
    assert_eq!(it.ends().await, 1);
    assert_eq!(it.operator_logs_in().await, "login/lost");
    let browser = it.log_in().await;
    it.legal
        .act(&browser, it.operator.card, "cancel_loss")
        .await
        .good();
    all_say(&browser, it.operator.card, "normal").await;
    the_log_verifies(&it.server).await;
}

async fn of_many_each_ends_at_the_same_time(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let second = it.server.operator("0002").await;
    let third = it.server.operator("0003").await;
    let browser = it.log_in().await;
    let day = last(it.server.clock.now()).0;
    let body = json!({
        "cards": [second.card, third.card], "action": "freeze", "cause": "off_duty", "until": day,
    });
    let proposed = browser.call("/api/acts/propose-many", body).await.good();
    let statement = statement(&proposed);
    let signature = it.legal.signature(it.server.origin(), &statement);
    let body = json!({ "statement": statement, "signature": signature });
    browser.call("/api/acts/commit-many", body).await.good();
    it.jump_to_end(SignedDuration::from_secs(1));
    let browser = it.log_in().await;
    let needs = browser.call("/api/cards/needs", json!({})).await.good();
    assert_eq!(needs["frozen"]["count"], 0);
    assert_eq!(it.ends().await, 3);
    for person in [&second, &third] {
        person.log_in(it.server.origin()).await;
    }
    the_log_verifies(&it.server).await;
}

async fn a_day_that_can_t_be_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let browser = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let now = server.clock.now();
    let yesterday = BEIJING.to_datetime(now - DAY).date().to_string();
    for (action, day, code) in [
        ("freeze", yesterday.as_str(), "freeze_end"),
        ("freeze", "2026-02-30", "freeze_end"),
        ("freeze", "", "freeze_end"),
        ("freeze", "2099-01-01", "freeze_end"),
        ("report_loss", "2099-01-01", "bad_request"),
        ("unfreeze", "2099-01-01", "bad_request"),
    ] {
        let body = json!({ "card": operator.card, "action": action, "until": day });
        let reply = browser.call("/api/acts/propose", body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, code),
            "{action} {day}"
        );
    }
}
