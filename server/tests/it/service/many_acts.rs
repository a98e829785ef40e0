//! Acts on several cards under one signature: what the statement names is done, all in one
//! transaction, but for what changed meanwhile, which is told and recorded.

use card_domain::{CardId, EventOutcome, OperatorNo, beijing::BEIJING};
use card_protocol::{
    bridge::MAX_MESSAGE,
    statement::{Statement, StatementSignature},
};
use event_log::{EventFacts, verify::Report};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{
    clock::Clock as _,
    config::Config,
    storage::{EventRecord, Holder},
};
use test_support::{
    database::{TestDatabase, all_at_once, on_both},
    service::{Browser, CODE, Person, Reply, TestServer, statement},
};

use crate::audit::log_fixture::{check, sentences};

on_both!(
    one_signature_acts_on_many,
    what_can_t_be_done_is_named_before_it_is_signed,
    what_changed_meanwhile_is_left_and_told,
    of_one_statement_sent_many_times_each_card_is_done_once,
    batches_that_cross_do_each_card_once,
    what_was_not_signed_is_done_to_no_card,
    where_one_can_t_be_recorded_none_is_done,
    the_most_cards_with_the_longest_names_fit_a_message,
);

pub(super) struct Fixture {
    pub(super) server: TestServer,
    pub(super) legal: Person,
    pub(super) browser: Browser,
    pub(super) operators: Vec<Person>,
}

impl Fixture {
    pub(super) async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        let browser = legal.log_in(server.origin()).await;
        let mut operators = Vec::new();
        for number in ["0001", "0002", "0003"] {
            operators.push(server.operator(number).await);
        }
        Self {
            server,
            legal,
            browser,
            operators,
        }
    }

    fn cards(&self) -> Vec<CardId> {
        self.operators.iter().map(|one| one.card).collect()
    }

    async fn proposal(&self, cards: &[CardId], action: &str) -> Reply {
        let cause = match action {
            "freeze" => json!("off_duty"),
            "report_loss" => json!("lost"),
            _ => Value::Null,
        };
        let body = json!({ "cards": cards, "action": action, "cause": cause });
        self.browser.call("/api/acts/propose-many", body).await
    }

    async fn propose(&self, cards: &[CardId], action: &str) -> Statement {
        statement(&self.proposal(cards, action).await.good())
    }

    pub(super) fn sign(&self, statement: &Statement) -> StatementSignature {
        self.legal.signature(self.server.origin(), statement)
    }

    async fn states(&self) -> Vec<String> {
        let mut states = Vec::new();
        for card in self.cards() {
            let body = json!({ "card": card });
            let detail = self.browser.call("/api/cards/detail", body).await.good();
            states.push(detail["row"]["state"]["name"].as_str().unwrap().to_owned());
        }
        states
    }

    /// How often each card was frozen.
    async fn times_frozen(&self) -> Vec<usize> {
        let events = self.server.events(1000).await;
        let is_of = |event: &&EventRecord, card: CardId| {
            event.target == Some(card)
                && event.act == "freeze"
                && event.outcome == EventOutcome::Done
        };
        let times = |card| events.iter().filter(|event| is_of(event, card)).count();
        self.cards().into_iter().map(times).collect()
    }
}

pub(super) async fn commit(
    browser: &Browser,
    statement: &Statement,
    proof: &StatementSignature,
) -> Reply {
    let body = json!({ "statement": statement, "signature": proof });
    browser.call("/api/acts/commit-many", body).await
}

async fn one_signature_acts_on_many(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let theirs = it.operators[1].log_in(it.server.origin()).await;
    let cards = it.cards();
    for (action, after, cause) in [
        ("freeze", "frozen", json!("off_duty")),
        ("report_loss", "lost", json!("lost")),
        ("cancel_loss", "frozen", json!("off_duty")),
        ("unfreeze", "normal", Value::Null),
    ] {
        let signed = it.propose(&cards, action).await;
        assert!(
            signed.text.contains("对下列 3 张操作员卡"),
            "{}",
            signed.text
        );
        for operator in ["0001", "0002", "0003"] {
            let line = format!("操作员编号 {operator}，");
            assert_eq!(signed.text.matches(&line).count(), 1, "{}", signed.text);
        }
        let done = commit(&it.browser, &signed, &it.sign(&signed)).await.good();
        assert_eq!(it.states().await, [after; 3]);
        let told = done["cards"].as_array().unwrap();
        assert_eq!(told.len(), 3);
        for (one, card) in told.iter().zip(&cards) {
            assert_eq!((&one["card"], &one["state"]), (&json!(card), &json!(after)));
            let body = json!({ "seq": one["event"] });
            let event = it.browser.call("/api/history/event", body).await.good();
            assert_eq!(event["row"]["target"]["card"], json!(card));
            assert_eq!(event["statement"]["nonce"], json!(signed.nonce));
            let body = json!({ "card": card });
            let detail = it.browser.call("/api/cards/detail", body).await.good();
            assert_eq!(detail["cause"], cause, "{action}");
        }
        // Its answer may have been lost.
        let again = commit(&it.browser, &signed, &it.sign(&signed)).await.good();
        assert_eq!(again, done);
    }
    let reply = theirs.call("/api/cards/own", json!({})).await;
    assert_eq!(reply.code(), "card_stopped/frozen");
    assert_eq!(it.times_frozen().await, [1; 3]);
    the_log_verifies(&it.server).await;
}

/// Everything has its place, and nothing is wrong with it: signatures, and what the events
/// make of each card.
pub(super) async fn the_log_verifies(server: &TestServer) {
    let report = verified(server).await;
    assert_eq!(sentences(&report), Vec::<String>::new());
}

/// What the verification says of the whole log.
pub(super) async fn verified(server: &TestServer) -> Report {
    server.all_have_places().await;
    let pem = std::fs::read(server.folder.path().join("keys/ca.cert.pem")).unwrap();
    let options = event_log::verify::Options {
        anchors: Some(event_log::certificate::TrustAnchors::from_pem(&pem).unwrap()),
        ..event_log::verify::Options::of(server.keys.audit.public())
    };
    check(&server.store, &options).await
}

async fn what_can_t_be_done_is_named_before_it_is_signed(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let cards = it.cards();
    it.legal
        .act(&it.browser, cards[1], "report_loss")
        .await
        .good();
    let asked = [cards[0], cards[1], cards[0], cards[2]];
    let proposal = it.proposal(&asked, "freeze").await.good();
    let left_out = proposal["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 1);
    assert_eq!(left_out[0]["card"], json!(cards[1]));
    assert!(left_out[0]["why"]["state"].is_object(), "{proposal}");
    let signed = statement(&proposal);
    assert!(!signed.text.contains("操作员编号 0002") && signed.text.contains("2 张"));
    commit(&it.browser, &signed, &it.sign(&signed)).await.good();
    assert_eq!(it.states().await, ["frozen", "lost", "frozen"]);

    // Of what leaves one, that one is signed for alone; of what leaves none, nothing.
    let signed = it.propose(&cards, "cancel_loss").await;
    assert!(signed.text.contains("对下列操作员卡进行解挂操作"));
    let done = commit(&it.browser, &signed, &it.sign(&signed)).await.good();
    assert_eq!(done["cards"].as_array().unwrap().len(), 1);
    assert_eq!(it.states().await, ["frozen", "normal", "frozen"]);
    let none = it.proposal(&[cards[0], cards[2]], "freeze").await;
    assert_eq!(
        (none.status, none.code().starts_with("refused")),
        (409, true)
    );
    let many: Vec<_> = (0..51).map(uuid::Uuid::from_u128).collect();
    for cards in [json!([]), json!(many)] {
        let body = json!({ "cards": cards, "action": "freeze" });
        let reply = it.browser.call("/api/acts/propose-many", body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"));
    }
    for action in ["renew", "unlock", "issue", "cancel"] {
        let reply = it.proposal(&cards, action).await;
        assert_eq!(reply.code(), "not_allowed", "{action}");
    }
}

async fn what_changed_meanwhile_is_left_and_told(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let cards = it.cards();
    let signed = it.propose(&cards, "freeze").await;
    it.legal
        .act(&it.browser, cards[1], "report_loss")
        .await
        .good();
    let proof = it.sign(&signed);
    let done = commit(&it.browser, &signed, &proof).await.good();
    assert_eq!(it.states().await, ["frozen", "lost", "frozen"]);
    let told = done["cards"].as_array().unwrap();
    let states: Vec<_> = told.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["frozen", "lost", "frozen"]);
    let events: Vec<_> = told.iter().map(|one| one["event"].is_null()).collect();
    assert_eq!(events, [false, true, false]);
    // The record says of each what became of it.
    let all = it.server.events(1000).await;
    let of = |card| all.iter().find(|event| event.target == Some(card)).unwrap();
    for card in [cards[0], cards[2]] {
        assert_eq!(of(card).outcome, EventOutcome::Done);
        assert!(of(card).statement.is_some());
    }
    let left = of(cards[1]);
    assert_eq!(
        (left.act.as_str(), left.outcome),
        ("freeze", EventOutcome::Refused)
    );
    assert!(left.statement.is_none());
    let reason = EventFacts::read(left.facts.as_deref()).reason.unwrap();
    assert_eq!(reason.code(), "conflict");
    let again = commit(&it.browser, &signed, &proof).await.good();
    assert_eq!(again, done);
    assert_eq!(it.server.events(1000).await, all);
}

async fn of_one_statement_sent_many_times_each_card_is_done_once(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let signed = it.propose(&it.cards(), "freeze").await;
    let proof = it.sign(&signed);
    let mut commits = Vec::new();
    for _ in 0..6 {
        let (browser, signed, proof) = (it.browser.clone(), signed.clone(), proof.clone());
        commits.push(async move { commit(&browser, &signed, &proof).await });
    }
    let replies = all_at_once(commits).await;
    let first = replies[0].json();
    for reply in &replies {
        assert_eq!((reply.status, reply.json()), (200, first.clone()));
    }
    assert_eq!(it.times_frozen().await, [1; 3]);
}

async fn batches_that_cross_do_each_card_once(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let mut cards = it.cards();
    let mut commits = Vec::new();
    for _ in 0..4 {
        cards.rotate_left(1);
        let signed = it.propose(&cards, "freeze").await;
        let (browser, proof) = (it.browser.clone(), it.sign(&signed));
        commits.push(async move { commit(&browser, &signed, &proof).await.good() });
        cards.reverse();
    }
    let replies = all_at_once(commits).await;
    assert_eq!(it.times_frozen().await, [1; 3]);
    let told = replies
        .iter()
        .flat_map(|reply| reply["cards"].as_array().unwrap());
    let done = told.clone().filter(|one| one["event"].is_i64()).count();
    assert_eq!(done, 3);
    assert!(told.clone().all(|one| one["state"] == "frozen"));
}

async fn what_was_not_signed_is_done_to_no_card(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let cards = it.cards();
    let before = it.server.events(1000).await.len();
    // A statement of several is none of one, and the other way round.
    let signed = it.propose(&cards, "freeze").await;
    let body = json!({ "statement": signed, "signature": it.sign(&signed) });
    let reply = it.browser.call("/api/acts/commit", body).await;
    assert_eq!(reply.code(), "proposal_void");
    // One card fewer, or another one, than what was proposed.
    for (number, other) in [("0003", ""), ("0003", "0009")] {
        let proposed = it.propose(&cards, "freeze").await;
        let forged = Statement {
            text: proposed.text.replace(number, other),
            structured: proposed.structured.replace(number, other),
            ..proposed
        };
        let reply = commit(&it.browser, &forged, &it.sign(&forged)).await;
        assert_eq!(reply.code(), "statement_signature", "{other}");
    }
    // Another card signs; nobody does; another session's.
    let proposed = it.propose(&cards, "freeze").await;
    let proof = it.operators[0].signature(it.server.origin(), &proposed);
    let reply = commit(&it.browser, &proposed, &proof).await;
    assert_eq!(reply.code(), "statement_signature");
    let proposed = it.propose(&cards, "freeze").await;
    let other = it.legal.log_in(it.server.origin()).await;
    let reply = commit(&other, &proposed, &it.sign(&proposed)).await;
    assert_eq!(reply.code(), "proposal_void");
    let operator = it.operators[0].log_in(it.server.origin()).await;
    let reply = commit(&operator, &proposed, &it.sign(&proposed)).await;
    assert_eq!(reply.code(), "not_allowed");
    assert_eq!(it.states().await, ["normal"; 3]);
    let new = it.server.events(1000).await;
    assert!(new.len() > before);
    assert!(new.iter().all(|event| event.statement.is_none()));
}

async fn where_one_can_t_be_recorded_none_is_done(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let cards = it.cards();
    let signed = it.propose(&cards, "freeze").await;
    let last = database.uuid(cards.iter().max_by_key(|card| card.0).unwrap().0);
    let refuse = if database.is_sqlite() {
        format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.target_card = {last} \
             BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    } else {
        format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF NEW.target_card = {last} THEN RAISE EXCEPTION 'full'; END IF; \
             RETURN NEW; END $$; \
             CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    };
    database.raw(&refuse).await.unwrap();
    let proof = it.sign(&signed);
    let reply = commit(&it.browser, &signed, &proof).await;
    assert_eq!(reply.status / 100, 5, "{}", reply.body);
    assert_eq!(
        (it.states().await, it.times_frozen().await),
        (vec![String::from("normal"); 3], vec![0; 3])
    );
    let again = if database.is_sqlite() {
        "DROP TRIGGER refuse"
    } else {
        "DROP TRIGGER refuse ON events"
    };
    database.raw(again).await.unwrap();
    // The signature waits for the store.
    commit(&it.browser, &signed, &proof).await.good();
    assert_eq!(it.times_frozen().await, [1; 3]);
}

/// Whatever is configured and whatever people are called, the statement reaches the bridge.
async fn the_most_cards_with_the_longest_names_fit_a_message(database: TestDatabase) {
    let most = |config: &mut Config| config.operations.most_cards = 80;
    let server = TestServer::with(&database, most).await;
    let legal = server.legal_person().await;
    let browser = legal.log_in(server.origin()).await;
    // Letters of four bytes, as many as a name may have.
    let name = "𠮷".repeat(64);
    let mut cards = Vec::new();
    for number in 0..80 {
        let number = format!("{}{number:03}", "9".repeat(29));
        let holder = Holder::Operator(OperatorNo(number));
        cards.push(server.person(CODE, holder, &name).await.card);
    }
    // A loss in a freeze with an end is the longest state that a card can be in.
    let day = BEIJING
        .to_datetime(server.clock.now() + SignedDuration::from_hours(24))
        .date()
        .to_string();
    let freeze = json!({ "cause": "off_duty", "until": day });
    for (action, more) in [
        ("freeze", freeze),
        ("report_loss", json!({ "cause": "lost" })),
    ] {
        let mut body = json!({ "cards": cards, "action": action });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let proposed = browser.call("/api/acts/propose-many", body).await.good();
        let statement = statement(&proposed);
        let signature = legal.signature(server.origin(), &statement);
        commit(&browser, &statement, &signature).await.good();
    }
    let body = json!({ "cards": cards, "action": "cancel_loss" });
    let proposed = browser.call("/api/acts/propose-many", body).await.good();
    let message = serde_json::to_vec(&proposed).unwrap().len();
    assert!(message < MAX_MESSAGE * 9 / 10, "{message}");
}
