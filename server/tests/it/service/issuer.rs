//! The CA's own validity, and what another server's clock makes of a certificate's: what
//! is issued is good at once and never outlives its CA, an expired CA refuses, and what
//! was done while it was good stays proven.

use std::{fs, sync::Arc};

use card_bridge::reader::demo::SoftwareCard;
use card_domain::{EventOutcome, OperatorNo, Reason};
use event_log::{
    EventFacts,
    certificate::{CardCertificate, TrustAnchors},
    verify::{Options, verify},
};
use jiff::{SignedDuration, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use server::{
    audit::StoreLog,
    clock::{Clock as _, FixedClock},
    keys::files,
    storage::{EventRecord, Holder},
};
use test_support::{
    bridge::blank_card,
    database::{TestDatabase, on_both},
    service::{
        Browser, CODE, CardReader, Instance, LegalPersonClient, PIN, Person, Reply, TestServer,
        begin,
        card_making::{admin_token, enroll_by, issuer, operator},
        legal_person::tag,
    },
};

on_both!(
    an_ending_ca_refuses_in_its_order_and_its_past_stays_good,
    a_certificate_is_good_at_a_server_whose_clock_is_behind,
);

async fn try_log_in(person: &Person, origin: &str) -> Reply {
    person.try_log_in(&Browser::new(origin)).await
}

/// The CA's certificate is replaced by one, over the same key, that ends in a year: as an
/// operator may have made it who brought a CA of their own. Gives the certificate.
fn shorten(server: &TestServer) -> Vec<u8> {
    let begins = begin().to_zoned(TimeZone::UTC).checked_sub(29.years());
    let short = server.keys.authority.renewed(begins.unwrap().timestamp());
    let pem = short.unwrap().certificate_pem().unwrap();
    fs::write(server.folder.path().join("keys/ca.cert.pem"), &pem).unwrap();
    pem.into()
}

async fn is_good(server: &TestServer, pem: &[u8]) -> bool {
    let options = Options {
        anchors: Some(TrustAnchors::from_pem(pem).unwrap()),
        ..Options::of(server.keys.audit.public())
    };
    let log = StoreLog(server.store.as_ref());
    let report = verify(&log, &options, &mut |_progress| {}).await.unwrap();
    assert!(report.signatures > 0);
    report.is_good()
}

/// 制卡 of operator 0003 at an instance. Gives the card back.
async fn make(
    server: &TestServer,
    at: &Instance,
    mut card: SoftwareCard,
) -> (SoftwareCard, Result<(), String>) {
    let token = admin_token(server).await;
    let issuer = issuer(server, &at.origin, &token);
    let now = server.clock.now();
    tokio::task::spawn_blocking(move || {
        let made = enroll_by(&issuer, &mut card, operator("0003"), PIN, now);
        let made = made.map(drop).map_err(|error| format!("{error:?}"));
        (card, made)
    })
    .await
    .unwrap()
}

async fn an_ending_ca_refuses_in_its_order_and_its_past_stays_good(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let other = server.operator("0002").await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let late = Holder::Operator(OperatorNo("0003".into()));
    let late = server.register(CODE, late, "李四").await;
    let old_pem = shorten(&server);
    let old = server.another().await;

    // It ends before a new certificate would: acts are done, none is issued.
    let client = LegalPersonClient {
        browser: legal.log_in(&old.origin).await,
        legal: legal.clone(),
    };
    let detail = json!({ "card": reader.card });
    let view = client.browser.call("/api/cards/detail", detail).await;
    let why = &view.good()["row"]["renew"]["no"]["why"];
    assert_eq!(*why, json!("issuer_ends"));
    let reply = client.propose(&[reader.card], "renew").await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "cannot_operate/issuer_ends")
    );
    assert_ne!(reply.json()["next_step"], "");
    let blank = blank_card(&server.folder.path().join("0003"));
    let (blank, refused) = make(&server, &old, blank).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("409"), "{refused}");
    // Nothing was begun on it.
    let events = server.events(100).await;
    let begun = |event: &EventRecord| event.target == Some(late) && event.act == "enrol";
    assert!(!events.iter().any(begun));
    legal
        .act(&client.browser, other.card, "freeze")
        .await
        .good();

    // It is over: nobody logs in, and the record names whose card it was.
    server
        .clock
        .advance(SignedDuration::from_hours(2 * 365 * 24));
    let reply = try_log_in(&legal, &old.origin).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (401, "login/issuer_not_valid")
    );
    let event = server.last_event().await;
    assert_eq!(
        (event.outcome, event.target),
        (EventOutcome::Refused, Some(legal.card))
    );
    let reason = EventFacts::read(event.facts.as_deref()).reason;
    assert_eq!(reason.unwrap().code(), "login/issuer_not_valid");
    assert_ne!(reason, Some(Reason::Other));
    old.stop().await;
    assert!(
        is_good(&server, &old_pem).await,
        "under the CA that is over"
    );

    // Renewed over the same key, all that it issued is good again.
    let keys = server.folder.path().join("keys");
    files::renew_ca(&keys, server.clock.now()).unwrap();
    let new = server.another().await;
    let client = LegalPersonClient {
        browser: legal.log_in(&new.origin).await,
        legal,
    };
    reader.set_origin(&new.origin);
    reader.set_now(server.clock.now());
    let done = client.operate(&mut reader, "renew", PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    // The card that was refused had not been written to.
    make(&server, &new, blank).await.1.unwrap();
    new.stop().await;
    for pem in [old_pem, fs::read(keys.join("ca.cert.pem")).unwrap()] {
        assert!(is_good(&server, &pem).await);
    }
}

async fn a_certificate_is_good_at_a_server_whose_clock_is_behind(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    // It runs since before: at its start it would learn of the later time.
    let behind = Arc::new(FixedClock::new(begin()));
    let keys = server.folder.path().join("keys");
    let slow = Instance::start(&server.url, keys, behind.clone(), |_config| {}).await;
    let hour = SignedDuration::from_hours(1);
    server.clock.advance(hour);
    behind.advance(hour - SignedDuration::from_secs(40));
    let now = server.clock.now();
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let done = client.operate(&mut reader, "renew", PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    let renewed = reader.certificate().unwrap();
    let validity = CardCertificate::from_der(&renewed).unwrap().validity;
    let ten_years = now.to_zoned(TimeZone::UTC).checked_add(10.years());
    assert_eq!(validity.not_after, ten_years.unwrap().timestamp());
    reader.set_origin(&slow.origin);
    let browser = Browser::new(&slow.origin);
    let nonce = browser.challenge().await;
    let token = reader.authenticate(&nonce, PIN).unwrap();
    let view: Value = browser.log_in(token).await.good();
    assert_eq!(view["role"], "operator");
    // And what is signed there counts.
    let signs = client.legal.log_in(&slow.origin).await;
    for act in ["freeze", "unfreeze"] {
        client.legal.act(&signs, reader.card, act).await.good();
    }
    slow.stop().await;
    let pem = fs::read(server.folder.path().join("keys/ca.cert.pem")).unwrap();
    assert!(is_good(&server, &pem).await);
}
