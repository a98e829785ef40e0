//! Every refusal of the login, each with its own code and its own event.

use app::api::model::CardDetail;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{EventOutcome, OperatorNo, Validity};
use event_log::EventFacts;
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{
    pki::{CertificateAuthority, Subject},
    storage::Holder,
};
use test_support::{
    database::{TestDatabase, on_both, on_pooler},
    service::{Browser, CODE, Person, TestServer, begin, new_key, point},
};

on_both!(
    both_kinds_of_card_log_in_and_out,
    a_token_is_good_once_and_for_five_minutes,
    a_token_for_another_origin_is_refused,
    a_token_that_does_not_fit_is_refused,
    certificates_that_are_no_good_are_refused,
    cards_that_are_not_normal_say_why,
    a_session_ends_when_idle_and_at_last_in_any_case,
    a_flood_of_attempts_is_stopped,
);
on_pooler!(
    both_kinds_of_card_log_in_and_out,
    a_token_is_good_once_and_for_five_minutes,
);

/// Expects a refusal and its event.
async fn expect(browser: &Browser, token: Value, refusal: &str) {
    let reply = browser.log_in(token).await;
    assert_eq!(reply.code(), format!("login/{refusal}"), "{}", reply.body);
    assert_eq!(reply.status, 401);
    assert!(!reply.headers.contains_key("set-cookie"));
    assert_ne!(reply.json()["message"], "");
    assert_eq!(
        browser.call("/api/session", json!({})).await.good(),
        Value::Null
    );
    assert_eq!(
        reply.headers["x-request-id"].to_str().unwrap(),
        reply.json()["request_id"].as_str().unwrap()
    );
}

async fn both_kinds_of_card_log_in_and_out(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    for (person, role) in [
        (server.legal_person().await, "legal_person"),
        (server.operator("0001").await, "operator"),
    ] {
        let browser = server.browser();
        let view = person.try_log_in(&browser).await.good();
        assert_eq!(view["role"], role);
        assert_eq!(view["enterprise_name"], "测试企业有限公司");
        let event = server.last_event().await;
        assert_eq!(
            (event.act.as_str(), event.outcome),
            ("login", EventOutcome::Done)
        );
        assert_eq!(event.actor, Some(person.card));
        assert_eq!(event.client.address, "127.0.0.1");
        assert_eq!(
            browser.call("/api/session", json!({})).await.good()["role"],
            role
        );
        let own = browser.call("/api/cards/own", json!({})).await.good();
        assert_eq!(own["row"]["id"], json!(person.card));
        assert_eq!(own["row"]["id_number_masked"], "110*************1X");
        assert_eq!(own["row"]["certificate"]["status"], "good");
        let own: CardDetail = serde_json::from_value(own).unwrap();
        assert_eq!(own.row.last_login_at, Some(begin()));
        let list = browser
            .call("/api/cards/list", json!({"query": {"menu": "freeze"}}))
            .await;
        assert_eq!(list.status, if role == "operator" { 403 } else { 200 });
        browser.call("/api/logout", json!({})).await.good();
        assert_eq!(server.last_event().await.act, "logout");
        assert_eq!(
            browser.call("/api/cards/own", json!({})).await.code(),
            "not_logged_in"
        );
    }
}

async fn a_token_is_good_once_and_for_five_minutes(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let person = server.legal_person().await;
    let browser = server.browser();
    let token = person.token(server.origin(), &browser.challenge().await);
    browser.log_in(&token).await.good();
    let thief = browser.at(server.origin());
    thief.set_cookie("session", "");
    expect(&thief, json!(token), "challenge_used").await;
    // Nothing was proven: the newest event is the login that worked.
    assert_eq!(server.last_event().await.outcome, EventOutcome::Done);

    let late = server.browser();
    let token = person.token(server.origin(), &late.challenge().await);
    server.clock.advance(SignedDuration::from_secs(301));
    expect(&late, json!(token), "challenge_late").await;
    expect(&late, json!(token), "challenge_used").await;

    let without = server.browser();
    let token = person.token(server.origin(), &STANDARD.encode([7; 32]));
    expect(&without, json!(token), "challenge_used").await;

    // A token does nothing in another browser than the one it was made in.
    let (own, other) = (server.browser(), server.browser());
    let token = person.token(server.origin(), &own.challenge().await);
    other.challenge().await;
    expect(&other, json!(token), "bad_signature").await;
    own.log_in(&token).await.good();
}

async fn a_token_for_another_origin_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let person = server.legal_person().await;
    let browser = server.browser();
    let foreign = "https://evil.example";
    let token = person.token(foreign, &browser.challenge().await);
    expect(&browser, json!(token), "foreign_origin").await;
    // To claim ours does not help: the signature is over the other one.
    let mut token = person.token(foreign, &browser.challenge().await);
    token.origin = server.origin().to_owned();
    expect(&browser, json!(token), "bad_signature").await;
}

async fn a_token_that_does_not_fit_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (person, other) = (server.legal_person().await, server.operator("0001").await);
    let browser = server.browser();
    let origin = server.origin();
    // Somebody else's certificate.
    let mut token = person.token(origin, &browser.challenge().await);
    token.unverified_certificate = STANDARD.encode(&other.certificate);
    expect(&browser, json!(token), "bad_signature").await;
    // Not a signature, not a certificate, another algorithm or form.
    for (field, value, refusal) in [
        ("signature", "AAAA", "bad_signature"),
        ("signature", "%", "bad_signature"),
        ("unverifiedCertificate", "AAAA", "unusable_certificate"),
        ("unverifiedCertificate", "%", "unusable_certificate"),
        ("algorithm", "none", "bad_signature"),
        ("format", "web-eid:2.0", "bad_signature"),
    ] {
        let token = person.token(origin, &browser.challenge().await);
        let mut token = json!(token);
        token[field] = json!(value);
        expect(&browser, token, refusal).await;
    }
    // After all that the card still works.
    person.try_log_in(&browser).await.good();
}

async fn certificates_that_are_no_good_are_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    let year = SignedDuration::from_hours(24 * 365);
    let now = begin();
    let with = async |number: &str, not_before, not_after| {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        let validity = Validity {
            not_before,
            not_after,
        };
        server.person_with(CODE, holder, "张三", validity).await
    };
    let expired = with("0001", now - year * 2, now - year).await;
    let early = with("0002", now + year, now + year * 2).await;
    let subject = Subject {
        card_no: "1",
        holder_name: "x",
        enterprise_name: "x",
        operator_no: None,
        registered: None,
    };
    let with_authority = |authority: &CertificateAuthority| {
        let key = new_key();
        let validity = authority.ten_years_from(now).unwrap();
        Person {
            card: expired.card,
            certificate: authority
                .issue(&subject, &point(&key), validity)
                .unwrap()
                .der,
            key,
        }
    };
    let other_ca = CertificateAuthority::create("测试CA", now).unwrap();
    for (person, refusal) in [
        (&expired, "expired"),
        (&early, "not_yet_valid"),
        (&with_authority(&other_ca), "untrusted_issuer"),
        (&with_authority(&server.keys.authority), "unknown_card"),
    ] {
        let token = person.token(server.origin(), &browser.challenge().await);
        expect(&browser, json!(token), refusal).await;
    }
}

async fn cards_that_are_not_normal_say_why(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let browser = server.browser();
    for (act, refusal) in [
        ("freeze", Some("frozen")),
        ("unfreeze", None),
        ("report_loss", Some("lost")),
        ("cancel_loss", None),
    ] {
        legal.act(&client, operator.card, act).await.good();
        if let Some(refusal) = refusal {
            let token = operator.token(server.origin(), &browser.challenge().await);
            expect(&browser, json!(token), refusal).await;
            let event = server.last_event().await;
            assert_eq!(event.outcome, EventOutcome::Refused);
            assert_eq!(event.target, Some(operator.card));
            let facts = EventFacts::read(event.facts.as_deref());
            let reason = facts.reason.unwrap();
            assert_eq!(reason.code(), format!("login/{refusal}"));
        } else {
            let reply = operator.try_log_in(&server.browser()).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
    }
}

async fn a_session_ends_when_idle_and_at_last_in_any_case(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let person = server.operator("0001").await;
    let browser = person.log_in(server.origin()).await;
    let own = async || browser.call("/api/cards/own", json!({})).await.code();
    for _ in 0..32 {
        server.clock.advance(SignedDuration::from_mins(14));
        assert_eq!(own().await, "");
    }
    // 7:28 h have passed; the absolute end is at 8 h.
    server.clock.advance(SignedDuration::from_mins(14));
    own().await;
    server.clock.advance(SignedDuration::from_mins(14));
    own().await;
    server.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(own().await, "session_ended");
    let browser = person.log_in(server.origin()).await;
    server.clock.advance(SignedDuration::from_mins(16));
    let reply = browser.call("/api/cards/own", json!({})).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (401, "session_ended")
    );
}

async fn a_flood_of_attempts_is_stopped(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let person = server.legal_person().await;
    let limited = server.limited(2).await;
    for _ in 0..2 {
        person.log_in(&limited.origin).await;
    }
    let browser = Browser::new(&limited.origin);
    let reply = browser.call("/api/challenge", json!({})).await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "too_many"));
    let token = person.token(&limited.origin, "x");
    let reply = browser.log_in(token).await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "too_many"));
    server.clock.advance(SignedDuration::from_secs(31));
    person.log_in(&limited.origin).await;
}
