//! A new key in 9A is confirmed by attestation where the card has it, else by its
//! first login, and says so until then. The enemy is a terminal: it passes another
//! key off as the card's, brings the attestation of another genuine card or of
//! another maker, or says that the card has none.

mod asked_later;
mod lying;

use card_bridge::reader::demo::SoftwareCard;
use card_domain::{EventAct, EventOutcome, KeyConfirmation, OperatorNo, Reason};
use card_protocol::hex;
use event_log::{CardFacts, EventFacts};
use serde_json::{Value, json};
use server::{
    config::Config,
    storage::{EventRecord, Holder},
};
use test_support::{
    bridge::{attesting_card, blank_card},
    database::{TestDatabase, on_both},
    service::{
        CODE, CardReader, LegalPersonClient, PIN, TestServer,
        card_making::{admin_token, enroll, operator},
        legal_person::{step, tag},
    },
};
use virtual_card::attestation::Maker;

use lying::{
    ATTESTED, GENERATED, Lie, LyingTerminal, another_key, attested_by, none_attested, renew_with,
};

on_both!(
    a_card_that_attests_is_known_by_it_from_its_making_on,
    a_card_without_attestation_is_confirmed_by_its_first_login,
    a_new_key_is_never_the_terminal_s_word_where_the_card_attests,
    a_renewal_over_the_same_key_leaves_it_as_it_was,
    no_card_is_made_on_a_wrong_attestation,
);

/// A server that asks the cards of `maker` to attest, and makes new keys at 延期.
async fn attesting(database: &TestDatabase, maker: &Maker) -> TestServer {
    TestServer::with(database, configured(maker, true)).await
}

fn configured(maker: &Maker, new_key: bool) -> impl FnOnce(&mut Config) + use<> {
    let pem = maker.certificate_pem().unwrap();
    move |config| {
        let file = config.keys.join("maker.pem");
        std::fs::write(&file, pem).unwrap();
        config.pki.attestation_roots = vec![file];
        config.renewal.new_key = new_key;
    }
}

fn maker() -> Maker {
    Maker::new("Virtual PIV Root CA").unwrap()
}

async fn attesting_reader(server: &TestServer, number: &str, maker: &Maker) -> CardReader {
    let file = server.folder.path().join(number);
    CardReader::operator_of(server, number, attesting_card(&file, maker)).await
}

/// What the register and its log say of the card; they have to say the same.
async fn facts(server: &TestServer, reader: &CardReader) -> CardFacts {
    server
        .store
        .explain(reader.card)
        .await
        .unwrap()
        .unwrap()
        .facts
}

async fn key(server: &TestServer, reader: &CardReader) -> Option<KeyConfirmation> {
    let card = server.store.card(server.enterprise, reader.card).await;
    let shown = card.unwrap().key_confirmed;
    assert_eq!(facts(server, reader).await.key(), shown);
    shown
}

/// The events by which a card's key was confirmed.
async fn confirmations(server: &TestServer, reader: &CardReader) -> Vec<EventRecord> {
    let events = server.events(100).await;
    let mut found: Vec<_> = events
        .into_iter()
        .filter(|event| event.act == EventAct::KeyConfirmed.name())
        .collect();
    found.retain(|event| event.target == Some(reader.card));
    found
}

async fn log_in(server: &TestServer, reader: &mut CardReader) -> Value {
    reader.insert_again();
    let browser = server.browser();
    let nonce = browser.challenge().await;
    let token = reader.authenticate(&nonce, PIN).unwrap();
    browser.log_in(token).await.good();
    browser.call("/api/cards/own", json!({})).await.good()
}

async fn a_card_that_attests_is_known_by_it_from_its_making_on(database: TestDatabase) {
    let maker = maker();
    let server = attesting(&database, &maker).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = attesting_reader(&server, "0001", &maker).await;
    let made = facts(&server, &reader).await;
    assert_eq!(made.key(), Some(KeyConfirmation::Attested));
    assert!(made.attestation.is_some());
    // Its login has nothing to confirm.
    let own = log_in(&server, &mut reader).await;
    assert_eq!(own["row"]["certificate"]["key"], "attested");
    assert!(confirmations(&server, &reader).await.is_empty());

    reader.insert_again();
    let done = client.operate(&mut reader, "renew", PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert_eq!(
        done["operations"]["cards"][0]["certificate"]["key"],
        "attested"
    );
    let renewed = facts(&server, &reader).await;
    assert_eq!(renewed.key(), Some(KeyConfirmation::Attested));
    assert_eq!(renewed.attestation, made.attestation);
    assert_ne!(
        renewed.certificate.unwrap().sha256,
        made.certificate.unwrap().sha256
    );
    reader.link().print("renewal with an attested key");
    log_in(&server, &mut reader).await;
}

async fn a_card_without_attestation_is_confirmed_by_its_first_login(database: TestDatabase) {
    let maker = maker();
    let server = attesting(&database, &maker).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    for round in 1..=2 {
        assert_eq!(key(&server, &reader).await, None, "{round}");
        let body = json!({ "card": reader.card });
        let detail = client.browser.call("/api/cards/detail", body).await.good();
        assert!(detail["row"]["certificate"]["key"].is_null(), "{detail}");
        for _ in 0..2 {
            let own = log_in(&server, &mut reader).await;
            assert_eq!(own["row"]["certificate"]["key"], "login");
            assert_eq!(key(&server, &reader).await, Some(KeyConfirmation::Login));
            // Each key once, by the card itself, in its enterprise's history.
            let events = confirmations(&server, &reader).await;
            assert_eq!(events.len(), round);
            assert_eq!(events[0].actor, Some(reader.card));
            assert_eq!(events[0].outcome, EventOutcome::Done);
        }
        // Another new key has to be confirmed anew.
        reader.insert_again();
        let done = client.operate(&mut reader, "renew", PIN).await;
        assert_eq!(tag(&done["next"]), "finished", "{done}");
        let card = &done["operations"]["cards"][0];
        assert!(card["certificate"]["key"].is_null(), "{card}");
    }
    assert_eq!(facts(&server, &reader).await.attestation, None);
}

async fn a_renewal_over_the_same_key_leaves_it_as_it_was(database: TestDatabase) {
    let maker = maker();
    let server = TestServer::with(&database, configured(&maker, false)).await;
    let client = LegalPersonClient::new(&server).await;
    let mut attested = attesting_reader(&server, "0001", &maker).await;
    let mut known = CardReader::operator(&server, "0002").await;
    let mut unknown = CardReader::operator(&server, "0003").await;
    log_in(&server, &mut known).await;
    for (reader, expected) in [
        (&mut attested, Some(KeyConfirmation::Attested)),
        (&mut known, Some(KeyConfirmation::Login)),
        (&mut unknown, None),
    ] {
        reader.insert_again();
        let done = client.operate(reader, "renew", PIN).await;
        assert_eq!(tag(&done["next"]), "finished", "{done}");
        assert_eq!(key(&server, reader).await, expected);
    }
}

async fn a_new_key_is_never_the_terminal_s_word_where_the_card_attests(database: TestDatabase) {
    let maker = maker();
    let server = attesting(&database, &maker).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = attesting_reader(&server, "0001", &maker).await;
    let mut other = attesting_reader(&server, "0002", &maker).await;
    let others = attested_by(other.pull());
    let before = facts(&server, &reader).await;
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let lies: [(&str, Lie<'_>); 5] = [
        ("another key", &|steps| {
            steps[GENERATED]["data"] = json!(another_key());
        }),
        ("another key, and no attestation", &|steps| {
            steps[GENERATED]["data"] = json!(another_key());
            none_attested(steps);
        }),
        ("no attestation of a card that has it", &|steps| {
            none_attested(steps);
        }),
        ("the whole attestation of another genuine card", &|steps| {
            steps[ATTESTED].clone_from_slice(&others);
        }),
        ("the statement of another genuine card", &|steps| {
            steps[ATTESTED.start] = others[0].clone();
        }),
    ];
    let mut refused = 0;
    for (what, lie) in lies {
        let reply = renew_with(&client, &mut reader, ticket, lie).await;
        assert_eq!(tag(&reply["next"]), "insert", "{what}: {reply}");
        let card = &reply["operations"]["cards"][0];
        assert_eq!(tag(&card["problem"]), "attestation", "{what}: {reply}");
        // Nothing was issued, and it is in the history, under the signed statement.
        assert_eq!(facts(&server, &reader).await, before, "{what}");
        let event = server.last_event().await;
        assert_eq!(
            (event.act.as_str(), event.outcome, event.target),
            ("renew", EventOutcome::Refused, Some(reader.card)),
            "{what}"
        );
        let said = EventFacts::read(event.facts.as_deref());
        assert_eq!(said.reason, Some(Reason::Attestation), "{what}");
        assert!(event.statement.is_some());
        refused += 1;
    }
    assert_eq!(refused, lies.len());
    // An honest terminal goes on with it.
    reader.insert_again();
    let done = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert_eq!(key(&server, &reader).await, Some(KeyConfirmation::Attested));

    // Of a card that has none the terminal is believed, and the register says so.
    let mut plain = CardReader::operator(&server, "0003").await;
    log_in(&server, &mut plain).await;
    let ticket = client.begin(&[plain.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let substituted = &|steps: &mut Vec<Value>| {
        steps[GENERATED]["data"] = json!(another_key());
    };
    let reply = renew_with(&client, &mut plain, ticket, substituted).await;
    let report = step(&reply["next"], &mut plain, PIN).unwrap();
    let done = client.next(ticket, report).await.good();
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert_eq!(key(&server, &plain).await, None);
    // The card itself can't log in with it, so it never is more than that.
    plain.insert_again();
    let browser = server.browser();
    let nonce = browser.challenge().await;
    if let Ok(token) = plain.authenticate(&nonce, PIN) {
        assert_eq!(browser.log_in(token).await.code(), "login/bad_signature");
    }
    assert_eq!(key(&server, &plain).await, None);
}

/// Makes a card through a lying terminal; whether it was made.
async fn made<L>(server: &TestServer, number: &str, card: SoftwareCard, lie: L) -> bool
where
    L: FnMut(&[u8], Vec<u8>) -> Vec<u8> + Send + 'static,
{
    let holder = Holder::Operator(OperatorNo(number.to_owned()));
    server.register(CODE, holder, "张三").await;
    let token = admin_token(server).await;
    let terminal = LyingTerminal { card, lie };
    let (_, made) = enroll(server, &token, terminal, operator(number)).await;
    made.is_ok()
}

fn is_generate_of_9a(apdu: &[u8]) -> bool {
    matches!(apdu, [_, 0x47, 0x00, 0x9A, ..])
}

async fn no_card_is_made_on_a_wrong_attestation(database: TestDatabase) {
    let (maker, foreign) = (maker(), maker());
    let server = attesting(&database, &maker).await;
    let card =
        |number: &str, maker: &Maker| attesting_card(&server.folder.path().join(number), maker);
    let substitute = |apdu: &[u8], answer: Vec<u8>| {
        if is_generate_of_9a(apdu) {
            hex::decode(&(another_key() + "9000")).unwrap()
        } else {
            answer
        }
    };
    let no_root = made(&server, "0001", card("0001", &foreign), |_, it| it).await;
    assert_refused(&server, no_root, "no trusted root issued").await;
    let other_key = made(&server, "0002", card("0002", &maker), substitute).await;
    assert_refused(&server, other_key, "one of another key").await;
    // A card that attests 9A and not 9E.
    let half = |apdu: &[u8], answer: Vec<u8>| match apdu {
        [_, 0xF9, 0x9E, ..] => vec![0x6D, 0x00],
        _ => answer,
    };
    let half = made(&server, "0003", card("0003", &maker), half).await;
    assert_refused(&server, half, "not whole").await;
    // The genuine one is made, of the same blank cards' kind.
    assert!(made(&server, "0004", card("0004", &maker), |_, it| it).await);
    // One without attestation is, too, and says so.
    let plain = blank_card(&server.folder.path().join("0005"));
    assert!(made(&server, "0005", plain, |_, it| it).await);
}

async fn assert_refused(server: &TestServer, made: bool, why: &str) {
    assert!(!made, "{why}");
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome),
        ("issue", EventOutcome::Failed)
    );
    let detail = event.detail.unwrap();
    assert!(detail.contains(why), "{detail}");
    let said = EventFacts::read(event.facts.as_deref());
    assert_eq!(said.reason, Some(Reason::Attestation), "{why}");
    let card = server
        .store
        .card(server.enterprise, event.target.unwrap())
        .await
        .unwrap();
    assert!(card.certificate.is_none() && card.chip.is_none(), "{why}");
    let held = server.store.explain(card.id).await.unwrap().unwrap();
    assert_eq!(held.facts.held, None, "{why}");
}
