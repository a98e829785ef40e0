//! Other cards than the right one: refused before any write, each with its own
//! code, and nothing of another enterprise's is told.

use card_domain::{OperatorNo, Reason};
use card_protocol::{CardError, enroll::Holder as NamedHolder};
use event_log::EventFacts;
use serde_json::{Value, json};
use server::{admin, storage::Holder};
use test_support::{
    bridge::blank_card,
    database::{TestDatabase, on_both},
    service::{
        CardReader, LegalPersonClient, PIN, TestServer, begin,
        legal_person::{failed, identified, step, tag},
    },
};

use super::good_certificate;

on_both!(
    every_other_card_is_refused_before_any_write,
    a_state_that_forbids_it_stops_it_before_any_write,
    a_card_that_can_t_prove_itself_is_refused,
    a_report_that_comes_twice_gets_the_same_answer,
    cancelling_undoes_what_touched_no_card,
);

const OTHER: &str = "91000000TEST000002";

/// What the server says of the card in the reader when the program for the
/// right one did not run on it.
async fn found(client: &LegalPersonClient, ticket: &str, reader: &mut CardReader) -> Value {
    let reply = client.drive(ticket, reader, PIN).await;
    assert_eq!(tag(&reply["next"]), "wrong_card", "{reply}");
    reply["next"]["wrong_card"]["found"].clone()
}

fn wrote(reader: &mut CardReader) -> bool {
    let writes = ["db", "24", "2c", "47", "ff"];
    reader
        .link()
        .log
        .iter()
        .any(|apdu| writes.contains(&&apdu[2..4]))
}

async fn every_other_card_is_refused_before_any_write(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let right = CardReader::operator(&server, "0001").await;
    let mut colleague = CardReader::operator(&server, "0002").await;
    admin::add_enterprise(server.store.as_ref(), begin(), OTHER, "别的企业有限公司")
        .await
        .unwrap();
    let holder = Holder::Operator(OperatorNo("0001".into()));
    let card = server.register(OTHER, holder, "李四").await;
    let named = NamedHolder::Operator {
        enterprise: OTHER.to_owned(),
        operator: String::from("0001"),
    };
    let mut stranger = CardReader::make(&server, card, named, "stranger").await;
    let card = server.register(OTHER, Holder::LegalPerson, "赵六").await;
    let named = NamedHolder::LegalPerson {
        enterprise: OTHER.to_owned(),
    };
    let mut boss = CardReader::make(&server, card, named, "boss").await;

    let ticket = client.begin(&[right.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    colleague.insert_again();
    let seen = found(&client, ticket, &mut colleague).await;
    let seen = &seen["operator"];
    assert_eq!(seen["operator_no"], "0002");
    assert_eq!(seen["holder_name"], "张三");
    // Whose card that was is the terminal's word: it stands in nobody's record.
    let event = server.last_event().await;
    assert_eq!(
        EventFacts::read(event.facts.as_deref()).reason,
        Some(Reason::WrongCard)
    );
    assert_eq!((event.actor, event.target), (Some(client.legal.card), None));
    for reader in [&mut stranger, &mut boss] {
        reader.insert_again();
        let seen = found(&client, ticket, reader).await;
        assert_eq!(seen, json!("other_enterprise"));
    }
    let event = server.last_event().await;
    assert_eq!(event.outcome, card_domain::EventOutcome::Refused);
    assert_eq!(event.target, None);
    // Its own legal-person card, a card that nobody made, and no PIV card.
    let own = server
        .store
        .card(server.enterprise, client.legal.card)
        .await;
    let chip = own.unwrap().chip.unwrap().chip_id.to_string();
    let identity = json!({ "chip": chip, "certificate": null, "pin_tries": null });
    let report = json!({ "identified": { "identity": identity } });
    let reply = client.next(ticket, report).await.good();
    assert_eq!(tag(&reply["next"]["wrong_card"]["found"]), "legal_person");
    let software = blank_card(&server.folder.path().join("blank"));
    colleague.insert(software);
    let seen = found(&client, ticket, &mut colleague).await;
    assert_eq!(seen, json!("unknown"));
    let reply = client
        .next(ticket, failed(CardError::UnsupportedCard))
        .await;
    assert_eq!(reply.good()["next"]["wrong_card"]["found"], "not_piv");
    for reader in [&mut colleague, &mut stranger, &mut boss] {
        assert!(!wrote(reader));
    }
    // The right one goes on.
    let mut right = right;
    let done = client.drive(ticket, &mut right, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
}

async fn a_state_that_forbids_it_stops_it_before_any_write(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    client
        .legal
        .act(&client.browser, reader.card, "freeze")
        .await
        .good();
    reader.insert_again();
    let reply = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&reply["next"]), "insert", "{reply}");
    let problem = &reply["operations"]["cards"][0]["problem"];
    assert_eq!(tag(problem), "state");
    assert!(!wrote(&mut reader));
    // A frozen card can't begin one either.
    let refused = client.propose(&[reader.card], "renew").await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "refused"));
    // After 解冻 it goes on, and stops again where it is frozen in between.
    client
        .legal
        .act(&client.browser, reader.card, "unfreeze")
        .await
        .good();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut reader, PIN).unwrap();
    client
        .legal
        .act(&client.browser, reader.card, "freeze")
        .await
        .good();
    let reply = client.next(ticket, look).await.good();
    assert_eq!(tag(&reply["next"]), "insert", "{reply}");
    assert!(!wrote(&mut reader));
    client
        .legal
        .act(&client.browser, reader.card, "unfreeze")
        .await
        .good();
    let reply = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&reply["next"]), "finished", "{reply}");
}

async fn a_card_that_can_t_prove_itself_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let old = good_certificate(&server, &reader).await;
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut reader, PIN).unwrap();
    let writing = client.next(ticket, look).await.good();
    let mut wrote = step(&writing["next"], &mut reader, PIN).unwrap();
    // A page that makes the card's proof up: everything else looks right.
    let data = wrote["ran"]["outcome"]["steps"][0]["data"]
        .as_str()
        .unwrap();
    let made_up = format!("{}{}", &data[..8], "00".repeat(16));
    wrote["ran"]["outcome"]["steps"][0]["data"] = json!(made_up);
    let reply = client.next(ticket, wrote).await.good();
    assert_eq!(
        reply["next"]["wrong_card"]["found"],
        json!("not_genuine"),
        "{reply}"
    );
    assert_eq!(good_certificate(&server, &reader).await, old);
}

async fn a_report_that_comes_twice_gets_the_same_answer(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut reader, PIN).unwrap();
    let first = client.next(ticket, look.clone()).await.good();
    let second = client.next(ticket, look.clone()).await.good();
    // The same program, sealed once more to the same bridge.
    let of = |reply: &Value| {
        let body = reply["next"]["run"]["program"]["body"].as_str().unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let sealed = body["steps"]["sealed"]["ciphertext"].as_str().unwrap();
        (body["kind"].clone(), body["sequence"].clone(), sealed.len())
    };
    assert_eq!(of(&first), of(&second));
    let wrote = step(&second["next"], &mut reader, PIN).unwrap();
    let done = client.next(ticket, wrote.clone()).await.good();
    assert_eq!(tag(&done["next"]), "finished");
    // The last one too, for its answer may have been lost.
    for again in [wrote, json!("inserted")] {
        let again = client.next(ticket, again).await.good();
        assert_eq!(again, done);
    }
    // One that was never handed out.
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let mut early = look;
    early["outcome"]["sequence"] = json!(7);
    assert_eq!(client.next(ticket, early).await.status, 400);
    let identity = reader.identify().unwrap();
    let look = client.next(ticket, identified(&identity)).await.good();
    assert_eq!(tag(&look["next"]), "run");
}

async fn cancelling_undoes_what_touched_no_card(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let old = good_certificate(&server, &reader).await;
    let ticket = client.begin(&[reader.card], "renew").await;
    let body = json!({ "ticket": ticket["ticket"] });
    let view = client
        .browser
        .call("/api/operations/cancel", body)
        .await
        .good();
    assert_eq!(view["cards"][0]["state"], "abandoned");
    // Once it was written, 取消 leaves it open, and the card completes it.
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut reader, PIN).unwrap();
    let write = client.next(ticket, look).await.good();
    step(&write["next"], &mut reader, PIN).unwrap();
    let body = json!({ "ticket": ticket });
    let view = client
        .browser
        .call("/api/operations/cancel", body)
        .await
        .good();
    assert_eq!(view["cards"][0]["state"], "issued");
    assert_eq!(good_certificate(&server, &reader).await, old);
    let refused = client.propose(&[reader.card], "renew").await;
    assert_eq!(refused.code(), "cannot_operate");
    reader.insert_again();
    let healed = super::heal(&client.browser, &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "completed", "{healed}");
    assert_eq!(
        reader.certificate().unwrap(),
        good_certificate(&server, &reader).await
    );
}
