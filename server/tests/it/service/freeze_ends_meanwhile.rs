//! What was proposed before a freeze had its end, and is signed after it; and a clock that
//! is in doubt, by which no freeze ends.

use card_domain::{CardId, beijing::BEIJING};
use card_protocol::statement::Statement;
use jiff::{SignedDuration, Timestamp, civil::Time};
use serde_json::{Value, json};
use server::clock::Clock as _;
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, Person, Reply, TestServer, statement},
};

use super::many_acts::the_log_verifies;

on_both!(
    a_batch_goes_on_without_a_freeze_that_had_its_end,
    a_freeze_that_would_be_over_is_none,
    by_a_clock_in_doubt_no_act_ends_a_freeze,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

struct Fixture {
    server: TestServer,
    legal: Person,
    operators: [Person; 2],
}

impl Fixture {
    /// A minute before midnight in Beijing.
    async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        let operators = [server.operator("0001").await, server.operator("0002").await];
        let midnight = midnight(server.clock.now());
        server
            .clock
            .advance(midnight.duration_since(server.clock.now()) - MINUTE);
        Self {
            server,
            legal,
            operators,
        }
    }

    fn today(&self) -> String {
        BEIJING
            .to_datetime(self.server.clock.now())
            .date()
            .to_string()
    }

    async fn log_in(&self) -> Browser {
        self.legal.log_in(self.server.origin()).await
    }

    async fn propose(&self, browser: &Browser, body: Value) -> Statement {
        statement(&browser.call("/api/acts/propose", body).await.good())
    }

    async fn commit(&self, browser: &Browser, path: &str, statement: &Statement) -> Reply {
        let signature = self.legal.signature(self.server.origin(), statement);
        let body = json!({ "statement": statement, "signature": signature });
        browser.call(path, body).await
    }

    async fn freeze(&self, browser: &Browser, card: CardId, until: Option<&str>) {
        let statement = self.propose(browser, freeze(card, until)).await;
        self.commit(browser, "/api/acts/commit", &statement)
            .await
            .good();
    }

    async fn state(&self, browser: &Browser, card: CardId) -> Value {
        let detail = browser.call("/api/cards/detail", json!({ "card": card }));
        detail.await.good()["row"]["state"]["name"].clone()
    }
}

fn freeze(card: CardId, until: Option<&str>) -> Value {
    json!({ "card": card, "action": "freeze", "cause": "off_duty", "until": until })
}

fn midnight(now: Timestamp) -> Timestamp {
    let tomorrow = BEIJING.to_datetime(now).date().tomorrow().unwrap();
    BEIJING
        .to_timestamp(tomorrow.to_datetime(Time::midnight()))
        .unwrap()
}

async fn a_batch_goes_on_without_a_freeze_that_had_its_end(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let browser = it.log_in().await;
    let [timed, open] = [it.operators[0].card, it.operators[1].card];
    it.freeze(&browser, timed, Some(&it.today())).await;
    it.freeze(&browser, open, None).await;
    let body = json!({ "cards": [timed, open], "action": "unfreeze", "cause": null });
    let proposed = browser.call("/api/acts/propose-many", body).await.good();
    let statement = statement(&proposed);
    it.server.clock.advance(MINUTE + MINUTE);
    let done = it
        .commit(&browser, "/api/acts/commit-many", &statement)
        .await;
    let done = done.good();
    assert_eq!(done["cards"][0]["event"], Value::Null, "{done}");
    assert_eq!(done["cards"][0]["state"], "normal");
    assert!(done["cards"][1]["event"].is_i64(), "{done}");
    assert_eq!(it.state(&browser, open).await, "normal");
    // The same request once more has the same answer.
    let again = it
        .commit(&browser, "/api/acts/commit-many", &statement)
        .await;
    assert_eq!(again.good()["cards"][1]["event"], done["cards"][1]["event"]);
    the_log_verifies(&it.server).await;
}

async fn a_freeze_that_would_be_over_is_none(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let browser = it.log_in().await;
    let [one, other] = [it.operators[0].card, it.operators[1].card];
    let today = it.today();
    let single = it.propose(&browser, freeze(one, Some(&today))).await;
    let body = json!({
        "cards": [one, other], "action": "freeze", "cause": "off_duty", "until": today,
    });
    let many = browser.call("/api/acts/propose-many", body).await.good();
    let many = statement(&many);
    it.server.clock.advance(MINUTE + MINUTE);
    for (path, statement) in [
        ("/api/acts/commit", single),
        ("/api/acts/commit-many", many),
    ] {
        let refused = it.commit(&browser, path, &statement).await;
        assert_eq!((refused.status, refused.code()), (400, "freeze_end".into()));
    }
    for card in [one, other] {
        assert_eq!(it.state(&browser, card).await, "normal");
    }
    let events = it.server.events(1000).await;
    assert!(!events.iter().any(|event| event.act == "freeze_ended"));
    the_log_verifies(&it.server).await;
}

async fn by_a_clock_in_doubt_no_act_ends_a_freeze(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let browser = it.log_in().await;
    let card = it.operators[0].card;
    it.freeze(&browser, card, Some(&it.today())).await;

    it.server.clock.jump(DAY);
    let browser = it.log_in().await;
    let report = json!({ "card": card, "action": "report_loss", "cause": "lost", "until": null });
    let statement = it.propose(&browser, report.clone()).await;
    let refused = it.commit(&browser, "/api/acts/commit", &statement).await;
    assert_eq!(
        (refused.status, refused.code()),
        (503, "unavailable".into())
    );

    // The clock is put right: the freeze holds, and outlives a loss.
    it.server.clock.jump(-DAY);
    let browser = it.log_in().await;
    assert_eq!(it.state(&browser, card).await, "frozen");
    let statement = it.propose(&browser, report).await;
    let lost = it.commit(&browser, "/api/acts/commit", &statement).await;
    assert_eq!(lost.good()["state"], "lost");
    let found = json!({ "card": card, "action": "cancel_loss", "cause": null, "until": null });
    let statement = it.propose(&browser, found).await;
    let found = it.commit(&browser, "/api/acts/commit", &statement).await;
    assert_eq!(found.good()["state"], "frozen");
    the_log_verifies(&it.server).await;
}
