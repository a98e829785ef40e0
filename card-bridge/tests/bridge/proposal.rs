//! What a card signs was proposed by the server, to the letter and to this card:
//! a page that lies in any field gets no signature, and costs the card no try.

use std::sync::atomic::Ordering;

use card_protocol::{
    proposal::ProposedStatement,
    signed::Signed,
    statement::Statement,
    token::{CHALLENGE_VERSION, LoginChallenge},
};
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use test_support::bridge::{CERTIFICATE, LIFE, Page, ServerSigner, session_of};

use crate::gated_bridge::{
    GatedBridge, NOW, ORIGIN, OTHER_ORIGIN, PIN, READER, card, challenge, nonce, server,
};

fn statement() -> Statement {
    Statement {
        nonce: nonce(),
        text: "冻结操作员卡 2100000000001".to_owned(),
        structured: r#"{"act":"freeze"}"#.to_owned(),
    }
}

fn sign(statement: &Statement, proposal: &Signed<ProposedStatement>) -> Value {
    json!({ "reader": READER, "card": card(), "statement": statement, "proposal": proposal, "pin": "654321" })
}

/// The reason for which it is refused, and what it changes.
type Lie = (&'static str, fn(&mut ProposedStatement));

fn refusal(reason: &str) -> Value {
    json!({ "code": "not_proposed", "reason": reason })
}

fn stranger() -> ServerSigner {
    ServerSigner {
        key: SigningKey::from_slice(&[0x43; 32]).unwrap(),
        ..server()
    }
}

async fn tries_left(page: &mut Page) -> Value {
    let identify = json!({ "reader": READER });
    page.call("identify", identify).await.unwrap()["pin_tries"].clone()
}

#[tokio::test]
async fn a_page_makes_no_text_up_and_changes_none() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let proposal = server().signed_proposal(&statement(), CERTIFICATE);
    let changes: [fn(&mut Statement); 4] = [
        |statement| statement.text = "解冻操作员卡 2100000000001".to_owned(),
        |statement| statement.text.push('\u{200b}'),
        |statement| statement.structured = r#"{"act":"unfreeze"}"#.to_owned(),
        |statement| statement.nonce = "AAAA".to_owned(),
    ];
    for change in changes {
        let mut other = statement();
        change(&mut other);
        let refused = page
            .refused("sign_statement", sign(&other, &proposal))
            .await;
        assert_eq!(refused, refusal("content"), "{other:?}");
    }
    assert_eq!(tries_left(&mut page).await, 3);
}

#[tokio::test]
async fn a_proposal_that_lies_in_any_field_is_none() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let lies: [Lie; 6] = [
        ("origin", |it| OTHER_ORIGIN.clone_into(&mut it.origin)),
        ("certificate", |it| it.certificate_sha256 = "00".repeat(32)),
        ("content", |it| it.text_sha256 = "00".repeat(32)),
        ("content", |it| it.structured_sha256 = "00".repeat(32)),
        ("content", |it| it.nonce_sha256 = "00".repeat(32)),
        ("expired", |it| it.expires_at -= LIFE + 1),
    ];
    for (reason, lie) in lies {
        let mut proposed = server().proposal(&statement(), CERTIFICATE);
        lie(&mut proposed);
        let params = sign(&statement(), &server().sign(&proposed));
        assert_eq!(
            page.refused("sign_statement", params).await,
            refusal(reason),
            "{proposed:?}"
        );
        // The page changed it after the server signed it.
        let good = server().signed_proposal(&statement(), CERTIFICATE);
        let body = serde_json::to_string(&proposed).unwrap();
        let params = sign(&statement(), &Signed::new(body, good.signature));
        let refused = page.refused("sign_statement", params).await;
        assert_eq!(refused, refusal("signature"));
    }
    let good = server().proposal(&statement(), CERTIFICATE);
    let body = serde_json::to_string(&good).unwrap();
    let as_challenge = server().sign_text::<LoginChallenge>(body.clone()).signature;
    for forged in [
        stranger().sign(&good),
        Signed::new(body.clone(), as_challenge),
        Signed::new(body, String::new()),
    ] {
        let params = sign(&statement(), &forged);
        let refused = page.refused("sign_statement", params).await;
        assert_eq!(refused, refusal("signature"));
    }
    let mut version = good;
    version.version = 2;
    let params = sign(&statement(), &server().sign(&version));
    let outcome = page.call("sign_statement", params).await;
    assert_eq!(outcome, Err((-32602, json!({ "code": "bad_request" }))));
    assert_eq!(tries_left(&mut page).await, 3);
}

/// Another card of the house: its page is in a session of its own, and the card
/// in the reader is not the session's.
#[tokio::test]
async fn no_other_card_signs_and_none_gets_a_pin() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let other: &[u8] = b"another card's certificate";
    let session = session_of(other);
    let mut theirs = Page::enter(bridge.address(), &server(), session).await;
    let for_other = server().signed_proposal(&statement(), other);
    let params = sign(&statement(), &for_other);
    assert_eq!(
        theirs.refused("sign_statement", params.clone()).await,
        refusal("card")
    );
    // Nor what was proposed to the card in the reader, in their session.
    let for_ours = server().signed_proposal(&statement(), CERTIFICATE);
    let ours = sign(&statement(), &for_ours);
    assert_eq!(
        theirs.refused("sign_statement", ours).await,
        refusal("certificate")
    );
    // Nor while the card is verified.
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    theirs.call("authenticate", login).await.unwrap();
    let without = json!({ "reader": READER, "card": card(), "statement": statement(), "proposal": for_other });
    assert_eq!(
        theirs.refused("sign_statement", without).await,
        refusal("card")
    );
    assert_eq!(
        page.refused("sign_statement", params).await,
        refusal("certificate")
    );
}

/// The server's time counts, which the bridge knows from the grant.
#[tokio::test]
async fn a_proposal_ends_by_the_servers_time() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut proposed = server().proposal(&statement(), CERTIFICATE);
    proposed.expires_at -= LIFE - 100;
    let signed = server().sign(&proposed);
    let params = json!({
        "reader": READER, "card": card(), "statement": statement(), "proposal": signed, "pin": PIN
    });
    bridge.clock.store(NOW + 90, Ordering::SeqCst);
    page.call("sign_statement", params.clone()).await.unwrap();
    bridge.clock.store(NOW + 101, Ordering::SeqCst);
    assert_eq!(
        page.refused("sign_statement", params).await,
        refusal("expired")
    );
}

#[tokio::test]
async fn only_the_servers_nonces_are_signed_for_a_login() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let challenge = |origin: &str| LoginChallenge {
        version: CHALLENGE_VERSION,
        origin: origin.to_owned(),
        nonce: nonce(),
    };
    let good = challenge(ORIGIN);
    let body = serde_json::to_string(&good).unwrap();
    let as_proposal = server().sign_text::<ProposedStatement>(body.clone());
    for (signed, reason) in [
        (stranger().sign(&good), "signature"),
        (
            Signed::new(body.clone(), as_proposal.signature),
            "signature",
        ),
        (Signed::new(body.clone(), String::new()), "signature"),
        (
            Signed::new(body.replace("BwcH", "CAgI"), server().sign(&good).signature),
            "signature",
        ),
        (server().sign(&challenge(OTHER_ORIGIN)), "origin"),
    ] {
        let params =
            json!({ "reader": READER, "card": card(), "challenge": signed, "pin": "654321" });
        let refused = page.refused("authenticate", params).await;
        assert_eq!(refused, refusal(reason), "{signed:?}");
    }
    assert_eq!(tries_left(&mut page).await, 3);
}
