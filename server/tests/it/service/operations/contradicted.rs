//! A terminal with the genuine card in it lies about the reading back, and the
//! register believes a certificate that the card does not hold. The next login
//! contradicts it: it is the same key, so it is let in, and the good certificate is
//! written at that insertion.

use card_protocol::{
    hex,
    piv::{self, DataObject},
};
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, Cut, Fault, LegalPersonClient, PIN, TestServer, When,
        legal_person::{heal, step, tag},
    },
};

use super::good_certificate;

on_both!(a_login_that_contradicts_a_renewal_heals_it);

async fn a_login_that_contradicts_a_renewal_heals_it(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let old = reader.certificate().unwrap();
    let begun = client.begin(&[reader.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let id = begun["operations"]["cards"][0]["id"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let looked = step(&look["next"], &mut reader, PIN).unwrap();
    let writing = client.next(ticket, looked).await.good();
    // The card proves itself; PUT DATA never reaches it, and "was carried out".
    let link = reader.link();
    link.cut = Some(Cut {
        at: link.apdus + 1,
        when: When::Before,
        fault: Fault::Status(0x9000),
    });
    let mut wrote = step(&writing["next"], &mut reader, PIN).unwrap();
    let operation = server.store.operation(id.parse().unwrap()).await;
    let (_, held) = operation.unwrap().unwrap().issued.unwrap();
    let object = piv::build_certificate_object(&held.der);
    let put = piv::put_data(DataObject::AuthenticationCertificate, &object);
    let steps = wrote["ran"]["outcome"]["steps"].as_array_mut().unwrap();
    // As GET DATA answers: 53 and the object, behind the tag list 5C 03 … of PUT DATA.
    steps.last_mut().unwrap()["data"] = json!(hex::encode(&put.data()[5..]));
    let done = client.next(ticket, wrote).await.good();
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    let good = good_certificate(&server, &reader).await;
    assert_eq!(reader.certificate().unwrap(), old);
    assert_ne!(
        good, old,
        "the register says one thing and the card another"
    );

    // Nothing is known of it, until the card logs in with what it holds.
    reader.insert_again();
    assert_eq!(heal(&server.browser(), &mut reader).await, "none");
    let browser = server.browser();
    let nonce = browser.challenge().await;
    let token = reader.authenticate(&nonce, PIN).unwrap();
    browser.log_in(token).await.good();
    let healed = heal(&browser, &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "completed", "{healed}");
    assert_eq!(reader.certificate().unwrap(), good);
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.target),
        ("renew", Some(reader.card))
    );
    // And it is over.
    reader.insert_again();
    assert_eq!(heal(&browser, &mut reader).await, "none");
}
