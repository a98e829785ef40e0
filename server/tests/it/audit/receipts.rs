//! 凭证二维码: the proof of one event, taken along in a picture, verifies with the public key
//! alone, by the program that people have.

use std::{fs, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use event_log::{LogPosition, proof_code, proof_file::Line};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use test_support::{
    database::{TestDatabase, on_both, on_postgres},
    service::{Browser, TestServer},
};
use tokio::time::sleep;

use super::downloads::verify;

on_both!(
    what_the_code_says_verifies_and_no_other_does,
    only_the_legal_person_gets_one_and_each_time_is_an_event,
    what_no_code_holds_is_said,
    a_record_that_is_not_good_has_none,
    a_forged_record_has_none_though_the_log_took_it,
);

async fn receipt(browser: &Browser, seq: &Value) -> Value {
    let body = json!({ "seq": seq });
    browser.call("/api/history/receipt", body).await.good()
}

async fn what_the_code_says_verifies_and_no_other_does(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let browser = legal.log_in(server.origin()).await;
    // A moment after it was done.
    let done = legal.act(&browser, operator.card, "freeze").await.good();
    let receipt = receipt(&browser, &done["event"]).await;
    let text = receipt["text"].as_str().unwrap();
    let file = server.folder.path().join("code.txt");
    let ca = server.folder.path().join("keys/ca.cert.pem");
    let key = server.keys.audit.public().log.to_string();
    // As a camera's program saves it.
    fs::write(&file, format!("{text}\n")).unwrap();
    let (status, said) = verify(&file, &key, &ca);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("1 signatures of the legal person"), "{said}");
    assert!(said.contains(": freeze done, "), "{said}");
    // A code that says anything else.
    let lines = proof_code::decode(text).unwrap();
    let lines: Vec<Line> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [
        Line::Begin { checkpoint, .. },
        Line::Certificate { certificate },
        Line::Event {
            position,
            event,
            proof,
        },
        Line::End { events: 1 },
    ] = &lines[..]
    else {
        panic!("{lines:?}")
    };
    let bytes = |text: &String| STANDARD.decode(text).unwrap();
    let (certificate, event, proof) = (bytes(certificate), bytes(event), bytes(proof));
    let code = |note: &str, certificate: &[u8], index, event: &[u8], proof: &[u8]| {
        let position = LogPosition {
            index,
            event: event.to_vec(),
            leaf: [0; 32],
            proof: proof.to_vec(),
        };
        proof_code::encode(note, &position, Some(certificate)).unwrap()
    };
    let other = |bytes: &[u8]| {
        let mut other = bytes.to_vec();
        let middle = other.len() / 2;
        other[middle] ^= 1;
        other
    };
    let note = checkpoint.as_str();
    assert_eq!(code(note, &certificate, *position, &event, &proof), text);
    let foreign = server.operator("0002").await.certificate;
    for (what, code) in [
        (
            "event",
            code(note, &certificate, *position, &other(&event), &proof),
        ),
        (
            "place",
            code(note, &certificate, position + 1, &event, &proof),
        ),
        (
            "proof",
            code(note, &certificate, *position, &event, &other(&proof)),
        ),
        (
            "less",
            code(note, &certificate, *position, &event, &proof[32..]),
        ),
        (
            "certificate",
            code(note, &other(&certificate), *position, &event, &proof),
        ),
        ("foreign", code(note, &foreign, *position, &event, &proof)),
        (
            "note",
            code(
                &note.replacen('1', "2", 1),
                &certificate,
                *position,
                &event,
                &proof,
            ),
        ),
    ] {
        fs::write(&file, code).unwrap();
        assert_eq!(verify(&file, &key, &ca).0, Some(1), "{what}");
    }
    for end in [text.len() - 3, text.len() / 2, proof_code::PREFIX.len()] {
        fs::write(&file, &text[..end]).unwrap();
        assert_eq!(verify(&file, &key, &ca).0, Some(2), "{end}");
    }
    // As many modules as are said, in as many rows.
    let size = receipt["size"].as_u64().unwrap();
    assert!((21..=177).contains(&size), "{size}");
    let modules = receipt["modules"].as_str().unwrap();
    assert!(modules.starts_with("M0 0h7v1h-7z"), "{modules}");
}

async fn only_the_legal_person_gets_one_and_each_time_is_an_event(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let own = operator.log_in(server.origin()).await;
    let browser = legal.log_in(server.origin()).await;
    let login = server.last_event().await.seq;
    let body = json!({ "seq": login });
    assert_eq!(
        own.call("/api/history/receipt", body.clone()).await.status,
        403
    );
    let nobody = server.browser();
    assert_eq!(nobody.call("/api/history/receipt", body).await.status, 401);
    let unknown = json!({ "seq": login + 1000 });
    assert_eq!(
        browser.call("/api/history/receipt", unknown).await.status,
        404
    );
    assert_eq!(server.last_event().await.seq, login);
    receipt(&browser, &json!(login)).await;
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.actor),
        ("export", Some(legal.card))
    );
    let facts = event.facts.unwrap();
    assert!(facts.contains(&format!("receipt?seq={login}")), "{facts}");
}

/// A statement over many cards is more than a QR code holds.
async fn what_no_code_holds_is_said(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let browser = legal.log_in(server.origin()).await;
    let mut cards = Vec::new();
    for number in 0..50 {
        cards.push(server.operator(&format!("{number:04}")).await.card);
    }
    let body = json!({ "cards": cards, "action": "freeze", "cause": "off_duty" });
    let proposed = browser.call("/api/acts/propose-many", body).await.good();
    let statement = test_support::service::statement(&proposed);
    let signature = legal.signature(server.origin(), &statement);
    let body = json!({ "statement": statement, "signature": signature });
    let done = browser.call("/api/acts/commit-many", body).await.good();
    let body = json!({ "seq": done["cards"][0]["event"] });
    let reply = browser.call("/api/history/receipt", body).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (422, "receipt_too_long")
    );
    // Nothing was given, and nothing says so.
    assert_ne!(server.last_event().await.act, "export");
}

/// Somebody changed the record, or took its signer's certificate away.
async fn a_record_that_is_not_good_has_none(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let browser = legal.log_in(server.origin()).await;
    let done = legal.act(&browser, operator.card, "freeze").await.good();
    receipt(&browser, &done["event"]).await;
    let seq = done["event"].as_i64().unwrap();
    let unbind = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed"
    } else {
        "ALTER TABLE events DISABLE TRIGGER ALL"
    };
    database.raw(unbind).await.unwrap();
    let later = format!("UPDATE events SET at = at + 1 WHERE seq = {seq}");
    assert_eq!(database.raw(&later).await.unwrap(), 1);
    let body = json!({ "seq": seq });
    let reply = browser.call("/api/history/receipt", body).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "receipt_unproven")
    );
    assert_eq!(server.events(5).await[0].act, "export");
    assert_eq!(server.events(5).await[1].act, "freeze");
}

/// Somebody put the signed freeze of one card into the log as that of another: it has its
/// place there, and the proof of that, and the signature does not fit.
async fn a_forged_record_has_none_though_the_log_took_it(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let [one, other] = [server.operator("0001").await, server.operator("0002").await];
    let browser = legal.log_in(server.origin()).await;
    let done = legal.act(&browser, one.card, "freeze").await.good();
    let forged = format!(
        "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
         SELECT at, enterprise_id, actor_card, act, {}, outcome, body FROM events WHERE seq = {}",
        database.uuid(other.card.0),
        done["event"]
    );
    assert_eq!(database.raw(&forged).await.unwrap(), 1);
    let seq = server.last_event().await.seq;
    let detail = browser.call("/api/history/event", json!({ "seq": seq }));
    assert_eq!(detail.await.good()["row"]["act"], "freeze");
    let reply = browser.call("/api/history/receipt", json!({ "seq": seq }));
    let reply = reply.await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "receipt_unproven")
    );
    // It is in the log by now, as the page says.
    let detail = browser.call("/api/history/event", json!({ "seq": seq }));
    assert_ne!(detail.await.good()["proof"], Value::Null);
}

/// The log lets the receipt wait, and its session ends meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_out_by_then_gets_none() {
    on_postgres(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let browser = legal.log_in(server.origin()).await;
        let seq = server.last_event().await.seq;
        let mut lock = PgConnection::connect(&database.admin_url).await.unwrap();
        lock.execute("BEGIN; LOCK TABLE log_head").await.unwrap();
        let asking = browser.call("/api/history/receipt", json!({ "seq": seq }));
        let leaving = async {
            sleep(Duration::from_secs(1)).await;
            browser.call("/api/logout", json!({})).await.good();
            lock.execute("ROLLBACK").await.unwrap();
        };
        let (reply, ()) = tokio::join!(asking, leaving);
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (401, "not_logged_in")
        );
        assert_eq!(server.last_event().await.act, "logout");
    })
    .await;
}
