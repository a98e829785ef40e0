//! 延期 and 解锁 with real applets: the server drives, the bridge's own executor
//! runs, and the card, the register and the log are looked at afterwards.

mod contradicted;
mod forged;
mod given_up;
mod histories;
#[cfg(feature = "judges")]
mod judges;
mod mandate;
mod programs;
mod races;
#[cfg(feature = "judges")]
mod recorded;
mod sealed_rows;
mod sweep;
mod wrong;

use card_domain::{CardState, EventOutcome};
use event_log::{
    EventFacts,
    certificate::{self, CardCertificate},
};
use jiff::SignedDuration;
use serde_json::json;
use server::clock::Clock as _;
use test_support::{
    database::{TestDatabase, on_both, on_pooler},
    service::{
        CardReader, LegalPersonClient, PIN, Person, TestServer,
        legal_person::{heal, step, tag},
    },
};

on_both!(
    a_card_is_renewed_for_ten_years,
    a_card_is_unlocked_and_its_puk_replaced,
    a_foreign_select_between_two_programs_ends_nothing,
    many_cards_are_renewed_with_one_signature,
    the_session_waits_locked_for_its_card,
    what_nobody_finishes_is_abandoned,
);
on_pooler!(
    a_card_is_renewed_for_ten_years,
    a_card_is_unlocked_and_its_puk_replaced,
    many_cards_are_renewed_with_one_signature,
    the_session_waits_locked_for_its_card,
);

/// Whether everything is to be tried, however long it takes.
pub(crate) fn exhaustive() -> bool {
    std::env::var("IC_CARD_EXHAUSTIVE").is_ok_and(|value| value == "1")
}

/// All cases, or one of so many. A different sample on each run would not be
/// repeatable: it is a fixed stride.
pub(crate) fn chosen<T>(cases: Vec<T>, one_of: usize) -> Vec<T> {
    let stride = if exhaustive() { 1 } else { one_of };
    cases.into_iter().step_by(stride).collect()
}

async fn good_certificate(server: &TestServer, reader: &CardReader) -> Vec<u8> {
    let card = server.store.card(server.enterprise, reader.card).await;
    card.unwrap().certificate.unwrap().der
}

async fn a_card_is_renewed_for_ten_years(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let old = good_certificate(&server, &reader).await;
    server.clock.advance(SignedDuration::from_hours(10));
    let legal = client.legal.log_in(server.origin()).await;
    let client = LegalPersonClient {
        browser: legal,
        ..client
    };
    reader.set_now(server.clock.now());
    reader.insert_again();
    let done = client.operate(&mut reader, "renew", PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    let new = good_certificate(&server, &reader).await;
    assert_ne!(new, old);
    assert_eq!(reader.certificate().unwrap(), new);
    let (_, validity) = certificate::summary(&new).unwrap();
    assert_eq!(
        validity,
        server
            .keys
            .authority
            .ten_years_from(server.clock.now())
            .unwrap()
    );
    // The same key, so the PIN and everything else goes on as before.
    assert_eq!(
        CardCertificate::from_der(&new).unwrap().key,
        CardCertificate::from_der(&old).unwrap().key
    );
    let card = &done["operations"]["cards"][0];
    assert_eq!(card["state"], "confirmed");
    assert_eq!(card["steps"].as_array().unwrap().len(), 5, "{card}");
    assert_eq!(card["card"], json!(reader.card));
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome),
        ("renew", EventOutcome::Done)
    );
    assert_eq!(event.target, Some(reader.card));
    assert!(event.statement.unwrap().text.contains("操作：延期"));
    // The floor is 6: SELECT, CHUID, two of mutual authentication, write, read.
    reader.link().print("renewal");
    // The ticket is used up.
    let again = client.begin(&[reader.card], "renew").await;
    assert!(again["ticket"].is_string());
}

/// Another program selects another application before each of the programs in turn.
async fn a_foreign_select_between_two_programs_ends_nothing(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    for (action, pin) in [("renew", PIN), ("unlock", "271828")] {
        for before in 0..2 {
            if action == "unlock" {
                reader.block_pin();
            }
            reader.insert_again();
            let ticket = client.begin(&[reader.card], action).await;
            let ticket = ticket["ticket"].as_str().unwrap();
            let mut report = json!("inserted");
            let mut programs = 0;
            let reply = loop {
                let reply = client.next(ticket, report).await.good();
                if tag(&reply["next"]) == "run" {
                    if programs == before {
                        reader.deselect();
                    }
                    programs += 1;
                }
                match step(&reply["next"], &mut reader, pin) {
                    Some(next) => report = next,
                    None => break reply,
                }
            };
            assert_eq!(
                tag(&reply["next"]),
                "finished",
                "{action} {before}: {reply}"
            );
            assert_eq!(reply["operations"]["cards"][0]["state"], "confirmed");
            assert!(programs > before, "{action} has {programs} programs");
            if action == "renew" {
                let good = good_certificate(&server, &reader).await;
                assert_eq!(reader.certificate().unwrap(), good);
            }
        }
    }
}

async fn a_card_is_unlocked_and_its_puk_replaced(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let chip = reader.identify().unwrap().chip.unwrap();
    for (generation, pin) in [(1, "271828"), (2, "141421"), (3, "161803")] {
        reader.block_pin();
        reader.insert_again();
        // The list learns that it is blocked.
        let seen = json!({ "identity": reader.identify().unwrap() });
        let seen = client
            .browser
            .call("/api/insertions/seen", seen)
            .await
            .good();
        assert_eq!(tag(&seen["found"]), "operator", "{seen}");
        let query = json!({ "query": { "menu": "unlock", "card_no": null, "holder_name": null,
            "id_token": null, "state": null, "sort": null, "cursor": null } });
        let page = client.browser.call("/api/cards/list", query).await.good();
        assert_eq!(page["rows"][0]["unlock"], json!({ "yes": { "due": true } }));
        assert_eq!(page["rows"][0]["pin"]["tries_left"], 0);

        reader.insert_again();
        let done = client.operate(&mut reader, "unlock", pin).await;
        assert_eq!(tag(&done["next"]), "finished", "{done}");
        let card = &done["operations"]["cards"][0];
        assert_eq!(card["state"], "confirmed", "{card}");
        assert!(card["problem"].is_null(), "{card}");
        assert!(card["pin"]["tries_left"].as_u64().unwrap() > 0, "{card}");
        if generation == 1 {
            reader.link().print("unlocking");
        }
        assert!(reader.try_pin(pin).is_success());
        let record = server.store.card(server.enterprise, reader.card).await;
        let puk = record.unwrap().puk;
        assert_eq!((puk.generation, puk.known), (generation, true));
        let puk = server.keys.master.puk(&chip, generation).unwrap();
        assert!(reader.has_puk(&puk));
    }
    // A card that is not blocked is left alone.
    reader.insert_again();
    let done = client.operate(&mut reader, "unlock", "112358").await;
    let card = &done["operations"]["cards"][0];
    assert_eq!(card["state"], "abandoned", "{done}");
    assert_eq!(tag(&card["problem"]), "pin_not_blocked");
    assert!(reader.try_pin("161803").is_success());
}

async fn many_cards_are_renewed_with_one_signature(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut readers = Vec::new();
    for number in ["0001", "0002", "0003"] {
        readers.push(CardReader::operator(&server, number).await);
    }
    let frozen = CardReader::operator(&server, "0004").await;
    client
        .legal
        .act(&client.browser, frozen.card, "freeze")
        .await
        .good();
    let mut cards: Vec<_> = readers.iter().map(|reader| reader.card).collect();
    cards.push(frozen.card);
    let proposal = client.propose(&cards, "renew").await.good();
    assert_eq!(proposal["cards"].as_array().unwrap().len(), 3);
    assert_eq!(proposal["left_out"][0]["card"], json!(frozen.card));
    assert_eq!(tag(&proposal["left_out"][0]["why"]), "state");
    let text = proposal["statement"]["text"].as_str().unwrap();
    assert!(
        text.contains("3 张") && !text.contains("操作员编号 0004"),
        "{text}"
    );
    let ticket = client.commit(&proposal, true).await.good();
    let batch = ticket["operations"]["batch"].clone();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    // Any order; the second one is pulled in the middle and comes again later.
    for at in [2, 0] {
        let reply = client.drive(&ticket, &mut readers[at], PIN).await;
        assert_eq!(tag(&reply["next"]), "insert", "{reply}");
        let cards = reply["operations"]["cards"].as_array().unwrap();
        let done = |card: &&serde_json::Value| card["card"] == json!(readers[at].card);
        assert_eq!(cards.iter().find(done).unwrap()["state"], "confirmed");
    }
    let mut old_ticket = client.next(&ticket, json!("inserted")).await.good();
    assert_eq!(tag(&old_ticket["next"]), "run");
    // Left, and resumed at another terminal.
    let other = client.another().await;
    let open = other
        .browser
        .call("/api/operations/open", json!({}))
        .await
        .good();
    assert_eq!(open[0]["batch"], batch);
    let body = json!({ "batch": batch, "second_reader": true });
    let resumed = other
        .browser
        .call("/api/operations/resume", body)
        .await
        .good();
    old_ticket = client.next(&ticket, json!("inserted")).await.json();
    assert_eq!(old_ticket["code"], "ticket_void");
    let ticket = resumed["ticket"].as_str().unwrap();
    let done = other.drive(ticket, &mut readers[1], PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    for reader in &mut readers {
        let good = good_certificate(&server, reader).await;
        assert_eq!(reader.certificate().unwrap(), good);
    }
    let view = done["operations"]["cards"].as_array().unwrap();
    assert!(view.iter().all(|card| card["state"] == "confirmed"));
}

async fn the_session_waits_locked_for_its_card(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let proposal = client.propose(&[reader.card], "renew").await.good();
    let ticket = client.commit(&proposal, false).await.good();
    assert!(ticket["locked_until"].is_number());
    // Nothing but the operation's own calls.
    for (path, body) in [
        ("/api/cards/own", json!({})),
        ("/api/cards/detail", json!({ "card": reader.card })),
        (
            "/api/acts/propose",
            json!({ "card": reader.card, "action": "freeze" }),
        ),
        (
            "/api/operations/propose",
            json!({ "cards": [reader.card], "action": "renew" }),
        ),
        ("/api/operations/open", json!({})),
    ] {
        let reply = client.browser.call(path, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (423, "session_locked"),
            "{path}"
        );
    }
    let session = client.browser.call("/api/session", json!({})).await.good();
    assert_eq!(session["locked_until"], ticket["locked_until"]);
    let ticket = ticket["ticket"].as_str().unwrap();
    let done = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished");

    // Only the session's own card ends the lock.
    let unlock = async |person: &Person| {
        let nonce = client.browser.challenge().await;
        let token = person.token(server.origin(), &nonce);
        let body = json!({ "token": token });
        client.browser.call("/api/session/unlock", body).await
    };
    let stranger = server.operator("0002").await;
    assert_eq!(unlock(&stranger).await.code(), "statement_signature");
    let session = unlock(&client.legal).await.good();
    assert!(session["locked_until"].is_null());
    client
        .browser
        .call("/api/cards/detail", json!({ "card": reader.card }))
        .await
        .good();

    // A card that does not come back ends the session.
    let proposal = client.propose(&[reader.card], "renew").await.good();
    client.commit(&proposal, false).await.good();
    server.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(unlock(&client.legal).await.code(), "session_ended");
    let session = client.browser.call("/api/session", json!({})).await;
    assert_eq!(session.code(), "session_ended");
}

async fn what_nobody_finishes_is_abandoned(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut untouched = CardReader::operator(&server, "0001").await;
    let mut touched = CardReader::operator(&server, "0002").await;
    let old = good_certificate(&server, &touched).await;
    client.begin(&[untouched.card], "renew").await;
    let ticket = client.begin(&[touched.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    // The card writes, and nobody hears of it.
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut touched, PIN).unwrap();
    let write = client.next(ticket, look).await.good();
    step(&write["next"], &mut touched, PIN).unwrap();
    assert_ne!(touched.certificate().unwrap(), old);
    assert_eq!(good_certificate(&server, &touched).await, old);

    server.clock.advance(SignedDuration::from_hours(25));
    let service = server::run::open(
        {
            let mut config = server::config::Config {
                origins: vec![server::config::Origin::parse(server.origin()).unwrap()],
                keys: server.folder.path().join("keys"),
                ..server::config::Config::default()
            };
            config.database.url.clone_from(&server.url);
            config
        },
        server.clock.clone(),
    )
    .await
    .unwrap();
    let count = server::operations::expiry::abandon_overdue(&service, server.clock.now()).await;
    assert_eq!(count.unwrap(), 1);
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome, event.target),
        ("renew", EventOutcome::Failed, Some(untouched.card))
    );
    assert_eq!(last_outcome(&server).await, (EventOutcome::Failed, false));
    // The untouched one is over, and its card is as it was.
    let browser = server.browser();
    untouched.set_now(server.clock.now());
    untouched.insert_again();
    assert_eq!(heal(&browser, &mut untouched).await, "none");
    // The touched one waits for its card, and is completed by it.
    touched.set_now(server.clock.now());
    touched.insert_again();
    let healed = heal(&browser, &mut touched).await;
    assert_eq!(tag(&healed["healed"]["what"]), "completed", "{healed}");
    assert_eq!(last_outcome(&server).await, (EventOutcome::Done, true));
    let good = good_certificate(&server, &touched).await;
    assert_ne!(good, old);
    assert_eq!(touched.certificate().unwrap(), good);

    // An administrator gives up one that was touched: the card is put right.
    let client = client.another().await;
    let ticket = client.begin(&[touched.card], "renew").await;
    let id = ticket["operations"]["cards"][0]["id"].as_str().unwrap();
    let id: uuid::Uuid = id.parse().unwrap();
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut touched, PIN).unwrap();
    let write = client.next(ticket, look).await.good();
    step(&write["next"], &mut touched, PIN).unwrap();
    let now = server.clock.now();
    let store = server.store.as_ref();
    let refused = server::operations::expiry::abandon(store, id, false, now).await;
    assert!(refused.is_err());
    server::operations::expiry::abandon(store, id, true, now)
        .await
        .unwrap();
    touched.insert_again();
    let healed = heal(&browser, &mut touched).await;
    assert_eq!(tag(&healed["healed"]["what"]), "rolled_back", "{healed}");
    assert_eq!(last_outcome(&server).await, (EventOutcome::Failed, true));
    assert_eq!(touched.certificate().unwrap(), good);
    assert_eq!(good_certificate(&server, &touched).await, good);
    touched.insert_again();
    assert_eq!(heal(&browser, &mut touched).await, "none");
    let record = server.store.card(server.enterprise, touched.card).await;
    assert_eq!(record.unwrap().state, CardState::Normal);
}

/// How the last event came out, and whether it says that it was healed.
async fn last_outcome(server: &TestServer) -> (EventOutcome, bool) {
    let event = server.last_event().await;
    (
        event.outcome,
        EventFacts::read(event.facts.as_deref()).healed,
    )
}
