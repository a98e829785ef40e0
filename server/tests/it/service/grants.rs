//! What a server signs for a bridge, as a bridge reads it: grants for whoever
//! asks, of a session only in that session, and the proposals of that session.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::CardId;
use card_operations::{issuers::Issuers, key::ProgramKey};
use card_protocol::{
    CardError, CardFault,
    bridge::GrantRequest,
    error::{GrantRefusal, ProposalRefusal},
    grant::{Grant, NONCE_LENGTH, Purpose, SessionScope, SignedGrant},
    hex,
    proposal::SignedProposal,
    token::SignedChallenge,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::clock::Clock as _;
use sha2::{Digest as _, Sha256};
use test_support::{
    bridge::ProposedSigner,
    database::{TestDatabase, on_both},
    service::{
        Browser, TestServer,
        card_making::{allowed, program_key},
        grant_body, nonce_of, statement,
    },
};

on_both!(
    a_login_gets_a_grant_and_a_session_its_own,
    a_grant_is_no_use_of_the_session,
    a_grant_does_not_outlive_its_session,
    what_is_no_nonce_is_not_signed,
    strangers_get_so_many_in_a_minute,
    a_challenge_is_signed_with_its_nonce,
    what_is_proposed_is_signed_for_the_session_s_card,
);

fn nonce() -> String {
    let request = ProposedSigner::request;
    let mut bridge = bridge_without_server();
    let GrantRequest { nonce } = request(&mut bridge).unwrap();
    nonce
}

fn bridge_without_server() -> ProposedSigner {
    let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    ProposedSigner::new(card_bridge::config::Allowed {
        origin: "http://127.0.0.1:1".parse().unwrap(),
        program_key: ProgramKey::new(*key.verifying_key()),
        enrol_key: None,
    })
}

/// The grant over a new nonce, read by the pinned key.
pub(super) async fn grant(server: &TestServer, browser: &Browser) -> Grant {
    grant_over(server, browser, nonce()).await
}

/// The same over this nonce.
async fn grant_over(server: &TestServer, browser: &Browser, nonce: String) -> Grant {
    let answer = browser.call("/api/bridge/grant", grant_body(&nonce));
    let answer = answer.await.good();
    let signed: SignedGrant = serde_json::from_value(answer).unwrap();
    let grant = program_key(server).open(&signed).await.unwrap();
    assert_eq!(grant.nonce, nonce);
    assert_eq!(grant.origin, server.origin());
    assert_eq!(grant.issued_at, server.clock.now().as_second());
    grant
}

pub(super) fn session(grant: &Grant) -> Option<SessionScope> {
    match &grant.purpose {
        Purpose::Login => None,
        Purpose::Session(session) => Some(session.clone()),
    }
}

pub(super) fn digest(certificate: &[u8]) -> String {
    hex::encode(&Sha256::digest(certificate))
}

async fn a_login_gets_a_grant_and_a_session_its_own(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let stranger = server.browser();
    let login = grant(&server, &stranger).await;
    assert_eq!(session(&login), None);
    // Both kinds name the CA whose cards get a PIN.
    let issuers = Issuers::of(login.issuers.as_deref()).unwrap();
    for certificate in [&legal.certificate, &operator.certificate] {
        assert_eq!(issuers.fault(certificate).await, None);
    }
    let foreign = test_support::bridge::CERTIFICATE;
    assert_eq!(issuers.fault(foreign).await, Some(CardFault::OtherIssuer));
    // A bridge of the version before refuses what it does not know.
    let random = STANDARD.encode([7; NONCE_LENGTH]);
    let older = grant_over(&server, &stranger, random).await;
    assert!(
        !serde_json::to_string(&older).unwrap().contains("issuers"),
        "{older:?}"
    );

    let browser = legal.log_in(server.origin()).await;
    let first = grant(&server, &browser).await;
    assert_eq!(first.issuers, login.issuers);
    let first = session(&first).unwrap();
    assert_eq!(first.certificate_sha256, digest(&legal.certificate));
    assert_eq!(
        session(&grant(&server, &browser).await),
        Some(first.clone())
    );
    let twin = legal.log_in(server.origin()).await;
    let second = session(&grant(&server, &twin).await).unwrap();
    assert_eq!(second.certificate_sha256, first.certificate_sha256);
    assert_ne!(second.session, first.session);
    let theirs = operator.log_in(server.origin()).await;
    let theirs_scope = session(&grant(&server, &theirs).await).unwrap();
    assert_eq!(
        theirs_scope.certificate_sha256,
        digest(&operator.certificate)
    );

    // What ended is none, however it ended: its page may log in.
    browser.call("/api/logout", json!({})).await.good();
    assert_eq!(session(&grant(&server, &browser).await), None);
    let frozen = legal.act(&twin, operator.card, "freeze").await;
    assert_eq!(frozen.status, 200, "{}", frozen.body);
    assert_eq!(session(&grant(&server, &theirs).await), None);
    let forged = server.browser();
    forged.set_cookie("session", &"A".repeat(43));
    assert_eq!(session(&grant(&server, &forged).await), None);
}

/// A page renews its grants as long as it is open, and that must not keep a session
/// alive which nobody uses.
async fn a_grant_is_no_use_of_the_session(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.legal_person().await.log_in(server.origin()).await;
    let mut ended = None;
    for minute in 1..=30 {
        server.clock.advance(SignedDuration::from_mins(1));
        if session(&grant(&server, &browser).await).is_none() {
            ended = Some(minute);
            break;
        }
    }
    assert!(ended.is_some_and(|minute| minute <= 16), "{ended:?}");
    let code = browser.call("/api/session", json!({})).await.code();
    assert_eq!(code, "session_ended");
}

async fn a_grant_does_not_outlive_its_session(database: TestDatabase) {
    let server = TestServer::with(&database, |config| {
        config.session.absolute_minutes = 7;
    })
    .await;
    let browser = server.legal_person().await.log_in(server.origin()).await;
    let now = server.clock.now().as_second();
    assert_eq!(grant(&server, &browser).await.expires_at, now + 300);
    server.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(grant(&server, &browser).await.expires_at, now + 420);
}

async fn what_is_no_nonce_is_not_signed(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    for nonce in ["", "AAAA", "我同意", &"A".repeat(60_000), &"A".repeat(43)] {
        let reply = browser.call("/api/bridge/grant", grant_body(nonce));
        assert_eq!(reply.await.status, 400, "{nonce:.20}");
    }
}

async fn strangers_get_so_many_in_a_minute(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let limited = server.limited(2).await;
    let known = legal.log_in(&limited.origin).await;
    let stranger = Browser::new(&limited.origin);
    let ask = async |browser: &Browser| {
        let body = grant_body(&nonce());
        browser.call("/api/bridge/grant", body).await.status
    };
    assert_eq!(ask(&stranger).await, 200);
    assert_eq!(ask(&stranger).await, 200);
    assert_eq!(ask(&stranger).await, 429);
    // Whoever logged in is known.
    for _ in 0..4 {
        assert_eq!(ask(&known).await, 200);
    }
}

async fn a_challenge_is_signed_with_its_nonce(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let challenge = server.browser().signed_challenge().await;
    let nonce = nonce_of(&challenge).unwrap();
    let signed: SignedChallenge = serde_json::from_value(challenge).unwrap();
    let allowed = allowed(&server);
    let checked = card_operations::proposal::check_challenge(&signed, allowed.server());
    assert_eq!(checked.await, Ok(nonce));
}

async fn propose(browser: &Browser, card: CardId) -> (Value, SignedProposal) {
    let body = json!({ "card": card, "action": "freeze" });
    let proposed = browser.call("/api/acts/propose", body).await.good();
    let signed = serde_json::from_value(proposed["signed"].clone()).unwrap();
    (proposed, signed)
}

async fn what_is_proposed_is_signed_for_the_session_s_card(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let browser = legal.log_in(server.origin()).await;
    let theirs = operator.log_in(server.origin()).await;
    let (proposed, signed) = propose(&browser, operator.card).await;
    let check = async |browser: &Browser, text: Option<&str>| {
        let mut bridge = ProposedSigner::new(allowed(&server));
        let request = grant_body(&bridge.request().unwrap().nonce);
        let grant = browser.call("/api/bridge/grant", request).await.good();
        let grant = serde_json::from_value(grant).unwrap();
        let mut statement = statement(&proposed);
        if let Some(text) = text {
            text.clone_into(&mut statement.text);
        }
        bridge.check(&grant, statement, &signed)
    };
    let checked = check(&browser, None).await.unwrap();
    assert!(checked.is_for_card(&legal.certificate).is_ok());
    let not = |reason| Err(CardError::NotProposed { reason });
    assert_eq!(
        checked.is_for_card(&operator.certificate),
        not(ProposalRefusal::Card)
    );
    let outcome = check(&browser, Some("解冻")).await.map(drop);
    assert_eq!(outcome, not(ProposalRefusal::Content));
    // In another session, or none, it is nobody's.
    for other in [&theirs, &server.browser()] {
        let outcome = check(other, None).await.map(drop);
        assert_eq!(outcome, not(ProposalRefusal::Certificate));
    }
    // The server's clock says when it ends, and the grant says that clock.
    server.clock.advance(SignedDuration::from_secs(299));
    assert!(check(&browser, None).await.is_ok());
    server.clock.advance(SignedDuration::from_secs(2));
    let outcome = check(&browser, None).await.map(drop);
    assert_eq!(outcome, not(ProposalRefusal::Expired));

    // A grant of another connection opens none.
    let mut bridge = ProposedSigner::new(allowed(&server));
    let copied = grant_body(&nonce());
    let copied = browser.call("/api/bridge/grant", copied).await.good();
    let _own = bridge.request().unwrap();
    let copied = serde_json::from_value(copied).unwrap();
    let outcome = bridge.check(&copied, statement(&proposed), &signed);
    let refused = CardError::NotGranted {
        reason: GrantRefusal::Nonce,
    };
    assert_eq!(outcome.map(drop), Err(refused));
}
