//! 制卡 with real applets: software cards driven by the bridge's own enrolment
//! over HTTP, then used to log in and to sign.

mod repeated;
mod sweep;

use card_bridge::{
    enroll::{EnrollError, Enrolled},
    http::HttpError,
    reader::{CardAccess, demo::SoftwareCard},
};
use card_domain::{EventOutcome, OperatorNo};
use card_operations::{
    card_state::CardState,
    in_process::{authenticate, sign},
    piv_card::PinSource,
};
use card_protocol::{CardError, Pin, enroll::Holder as NamedHolder, piv, token::AuthToken};
use event_log::body::Body;
use jiff::SignedDuration;
use serde_json::json;
use server::storage::Holder;
use test_support::{
    bridge::{ProposedSigner, blank_card, with_piv},
    database::{TestDatabase, on_both, on_pooler},
    service::{
        Browser, CODE, PIN, TestServer,
        card_making::{admin_token, allowed, enroll, operator},
        grant_body, statement,
    },
};

on_both!(
    a_blank_card_becomes_an_operator_s_and_a_legal_person_s,
    a_card_is_made_once,
    without_a_good_token_nothing_is_made,
    refused_tokens_do_not_fill_the_log,
    a_card_that_fails_midway_counts_for_nothing,
    bad_input_to_the_enrolment_is_refused,
);
on_pooler!(
    a_blank_card_becomes_an_operator_s_and_a_legal_person_s,
    a_card_is_made_once,
);

fn blank(server: &TestServer, name: &str) -> SoftwareCard {
    blank_card(&server.folder.path().join(name))
}

/// A card's token for a challenge.
fn auth_token(
    card: &mut SoftwareCard,
    origin: &str,
    nonce: &str,
    pin: &str,
) -> Result<AuthToken, CardError> {
    let pin = PinSource::Typed(Pin::new(pin).unwrap());
    with_piv(card, async |card| {
        authenticate(card, &mut CardState::default(), origin, nonce, &pin).await
    })
}

async fn log_in(server: &TestServer, card: &mut SoftwareCard) -> Browser {
    let browser = server.browser();
    let nonce = browser.challenge().await;
    let token = auth_token(card, server.origin(), &nonce, PIN).unwrap();
    browser.log_in(token).await.good();
    browser
}

async fn a_blank_card_becomes_an_operator_s_and_a_legal_person_s(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    server.register(CODE, Holder::LegalPerson, "王明").await;
    let id = server
        .register(CODE, Holder::Operator(OperatorNo("0001".into())), "张三")
        .await;
    let token = admin_token(&server).await;
    let legal = NamedHolder::LegalPerson {
        enterprise: CODE.to_owned(),
    };
    let (mut legal, made) = enroll(&server, &token, blank(&server, "legal"), legal).await;
    assert_eq!(made.unwrap().holder_name, "王明");
    let (mut card, made) = enroll(&server, &token, blank(&server, "one"), operator("0001")).await;
    let made = made.unwrap();
    assert_eq!(made.holder_name, "张三");
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome),
        ("issue", EventOutcome::Done)
    );
    assert_eq!(event.target, Some(id));

    // The card has the derived management key and PUK, and no factory secret.
    let (master, chip) = (&server.keys.master, made.chip);
    let looked = with_piv(&mut card, async |card| {
        card.select().await?;
        assert_eq!(card.chip().await?, Some(chip));
        let key = master.management_key(&chip).unwrap();
        let witness = card
            .send(piv::request_witness(key.algorithm()).unwrap())
            .await?;
        let witness = piv::parse_witness(key.algorithm(), witness.success().unwrap()).unwrap();
        let challenge = [5; 16];
        let answer = card
            .send(piv::answer_witness(&key, witness, &challenge).unwrap())
            .await?;
        piv::check_answer(&key, &challenge, answer.success().unwrap()).unwrap();
        let puk = master.puk(&chip, 0).unwrap();
        let same = card.send(piv::change_puk(&puk, &puk)).await?;
        assert!(same.status().is_success(), "{}", same.status());
        let old = piv::verify_pin(&Pin::new("123456").unwrap());
        assert!(!card.send(old).await?.status().is_success());
        Ok(())
    });
    looked.unwrap();

    // Both log in, and the legal person freezes the operator, all by applets.
    let own = log_in(&server, &mut card).await;
    let detail = own.call("/api/cards/own", json!({})).await.good();
    assert_eq!(detail["row"]["card_no"], json!(made.card_no));
    assert_eq!(detail["chip_id"], json!(chip));
    let client = log_in(&server, &mut legal).await;
    let body = json!({ "card": id, "action": "freeze" });
    let proposed = client.call("/api/acts/propose", body).await.good();
    let statement = statement(&proposed);
    let pin = PinSource::Typed(Pin::new(PIN).unwrap());
    let mut bridge = ProposedSigner::new(allowed(&server));
    let request = grant_body(&bridge.request().unwrap().nonce);
    let grant = client.call("/api/bridge/grant", request).await.good();
    let grant = serde_json::from_value(grant).unwrap();
    let signed = serde_json::from_value(proposed["signed"].clone()).unwrap();
    let checked = bridge.check(&grant, statement.clone(), &signed).unwrap();
    let proof = with_piv(&mut legal, async |card| {
        let mut state = CardState::default();
        sign(card, &mut state, server.origin(), &checked, Some(&pin)).await
    });
    let proof = proof.unwrap();
    let body = json!({ "statement": statement, "signature": proof });
    client.call("/api/acts/commit", body).await.good();
    assert_eq!(
        own.call("/api/cards/own", json!({})).await.code(),
        "card_stopped/frozen"
    );
}

async fn a_card_is_made_once(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    for number in ["0001", "0002"] {
        let holder = Holder::Operator(OperatorNo(number.into()));
        server.register(CODE, holder, "张三").await;
    }
    let token = admin_token(&server).await;
    let (card, made) = enroll(&server, &token, blank(&server, "one"), operator("0001")).await;
    made.unwrap();
    // Another blank card for the same person.
    let (_, again) = enroll(&server, &token, blank(&server, "two"), operator("0001")).await;
    refused(again, 409);
    // The card that is in use already, for another person: nothing is written.
    let (mut card, again) = enroll(&server, &token, card, operator("0002")).await;
    refused(again, 422);
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome),
        ("issue", EventOutcome::Failed)
    );
    log_in(&server, &mut card).await;
    let (_, nobody) = enroll(&server, &token, blank(&server, "three"), operator("9999")).await;
    refused(nobody, 404);
}

#[track_caller]
fn refused(result: Result<Enrolled, EnrollError>, expected: u16) {
    match result {
        Err(EnrollError::Server(HttpError::Refused {
            status, message, ..
        })) => {
            assert_eq!(status, expected, "{message}");
            assert!(!message.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

async fn without_a_good_token_nothing_is_made(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let holder = Holder::Operator(OperatorNo("0001".into()));
    server.register(CODE, holder, "张三").await;
    let good = admin_token(&server).await;
    for (name, wrong) in [("a", ""), ("b", "ic-admin-x"), ("c", &good[1..])] {
        let (_, made) = enroll(&server, wrong, blank(&server, name), operator("0001")).await;
        refused(made, 401);
    }
    server.clock.advance(SignedDuration::from_mins(61));
    let (_, made) = enroll(&server, &good, blank(&server, "d"), operator("0001")).await;
    refused(made, 401);
    assert_eq!(
        refused_tokens(&database).await,
        [
            "no administrator's token",
            "unknown administrator's token",
            "unknown administrator's token",
            "expired administrator's token: test",
        ]
    );
}

/// What the log has of refused tokens.
async fn refused_tokens(database: &TestDatabase) -> Vec<String> {
    let bodies = database
        .bodies("act = 'enrol' AND outcome = 'refused'")
        .await;
    bodies
        .iter()
        .map(|body| Body::decode(body).unwrap())
        .filter(|body| body.address == "127.0.0.1")
        .map(|body| body.detail.unwrap_or_default().to_owned())
        .collect()
}

async fn refused_tokens_do_not_fill_the_log(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let good = format!("Bearer {}", admin_token(&server).await);
    let instance = server.limited(3).await;
    let browser = Browser::new(&instance.origin);
    let ask = async |token: &str| {
        let headers = [
            ("authorization", token),
            ("content-type", "application/json"),
        ];
        let body = b"{}".to_vec();
        let reply = browser
            .send("POST", "/api/enroll/start", &headers, body)
            .await;
        reply.status
    };
    for status in [401, 401, 401, 429, 429] {
        assert_eq!(ask("Bearer ic-admin-x").await, status);
    }
    assert_eq!(refused_tokens(&database).await.len(), 3);
    // Whoever has a token is not stopped by it.
    for _ in 0..5 {
        assert_eq!(ask(&good).await, 400);
    }
    server.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(ask("Bearer ic-admin-x").await, 401);
    instance.stop().await;
}

/// A card that is pulled after so many APDUs.
struct Pulled(SoftwareCard, u32);

impl CardAccess for Pulled {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.1 = self.1.checked_sub(1).ok_or(CardError::CardRemoved)?;
        self.0.transmit(apdu)
    }

    fn was_reset(&self) -> bool {
        false
    }
}

async fn a_card_that_fails_midway_counts_for_nothing(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let holder = Holder::Operator(OperatorNo("0001".into()));
    let id = server.register(CODE, holder, "张三").await;
    let token = admin_token(&server).await;
    let (mut made, mut tokens) = (false, 0);
    for apdus in (3..120).step_by(4) {
        let card = Pulled(blank(&server, &format!("pulled {apdus}")), apdus);
        let (mut card, result) = enroll(&server, &token, card, operator("0001")).await;
        let record = server.store.card(server.enterprise, id).await.unwrap();
        if result.is_ok() {
            made = true;
            assert_eq!(record.state, card_domain::CardState::Normal);
            log_in(&server, &mut card.0).await;
            break;
        }
        assert_eq!(record.state, card_domain::CardState::NotIssued, "{apdus}");
        assert!(record.certificate.is_none(), "{apdus}");
        // If it got as far as a certificate, that one does not log in.
        for pin in ["123456", PIN] {
            let browser = server.browser();
            let nonce = browser.challenge().await;
            if let Ok(token) = auth_token(&mut card.0, server.origin(), &nonce, pin) {
                tokens += 1;
                let reply = browser.log_in(token).await;
                assert_eq!(reply.code(), "login/not_confirmed", "{}", reply.body);
            }
        }
    }
    assert!(tokens > 0, "some failed with their certificate on the card");
    assert!(made, "the enrolment has come to its end");
}

async fn bad_input_to_the_enrolment_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let holder = Holder::Operator(OperatorNo("0001".into()));
    server.register(CODE, holder, "张三").await;
    let authorization = format!("Bearer {}", admin_token(&server).await);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let browser = server.browser();
    let holder = json!({ "role": "operator", "enterprise": CODE, "operator": "0001" });
    let start = json!({ "holder": holder, "chip": null });
    let post = async |path: &str, body: &serde_json::Value| {
        let body = body.to_string().into_bytes();
        browser.send("POST", path, &headers, body).await
    };
    for bad in [
        json!({}),
        json!([]),
        json!({ "holder": holder, "chip": "xyz" }),
        json!({ "holder": holder, "chip": null, "x": 1 }),
        json!({ "holder": { "role": "boss", "enterprise": CODE }, "chip": null }),
        json!({ "holder": { "role": "legal_person", "enterprise": "x".repeat(200) }, "chip": null }),
    ] {
        let reply = post("/api/enroll/start", &bad).await;
        assert_eq!(reply.status, 400, "{bad}");
        assert_eq!(reply.code(), "bad_request");
    }
    let long = json!({ "holder": holder, "chip": "x".repeat(70_000) });
    assert_eq!(post("/api/enroll/start", &long).await.status, 413);
    let foreign = [headers[0], headers[1], ("origin", "https://evil.example")];
    let body = start.to_string().into_bytes();
    let reply = browser
        .send("POST", "/api/enroll/start", &foreign, body)
        .await;
    assert_eq!(reply.status, 403);

    // A made-up outcome ends the enrolment; one of another is unknown.
    let begun = post("/api/enroll/start", &start).await.good();
    let program: serde_json::Value =
        serde_json::from_str(begun["program"]["body"].as_str().unwrap()).unwrap();
    let operation = program["operation"].as_str().unwrap();
    let step = json!({ "data": "", "status": "9000" });
    let outcome = |operation: &str, sequence: u32, steps: serde_json::Value| {
        let outcome = json!({ "operation": operation, "sequence": sequence, "steps": steps });
        json!({ "outcome": outcome })
    };
    for (body, status) in [
        (outcome("no such operation", 0, json!([step])), 404),
        (outcome(operation, 1, json!([step])), 400),
        (outcome(operation, 0, json!([])), 422),
        (outcome(operation, 0, json!([step])), 404),
    ] {
        let reply = post("/api/enroll/continue", &body).await;
        assert_eq!(reply.status, status, "{body} {}", reply.body);
    }
}
