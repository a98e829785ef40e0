//! 凭证二维码: the proof of one event, taken along in a picture, verifies with the public key
//! alone, by the program that people have.

use std::fs;

use event_log::proof_code;
use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};

use super::downloads::verify;

on_both!(
    what_the_code_says_verifies_and_no_other_does,
    only_the_legal_person_gets_one_and_each_time_is_an_event,
    what_no_code_holds_is_said,
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
    // A code that says anything else: what is inside is changed, not the letters.
    let lines = proof_code::decode(text).unwrap();
    for (place, line) in lines.lines().enumerate() {
        let middle = line.len() / 2;
        let other = if line[middle..].starts_with('A') {
            "B"
        } else {
            "A"
        };
        let mut changed: Vec<String> = lines.lines().map(str::to_owned).collect();
        changed[place].replace_range(middle..=middle, other);
        fs::write(&file, changed.join("\n") + "\n").unwrap();
        assert_eq!(verify(&file, &key, &ca).0, Some(1), "{place}");
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
}
