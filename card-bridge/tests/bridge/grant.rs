//! Grants: a page without a good one learns nothing and has nothing done,
//! whatever it says and whatever clocks show.

use std::{sync::atomic::Ordering, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    grant::{Grant, MAX_LIFE_SECONDS, Purpose, SessionScope, SignedGrant},
    program::Program,
    signed::Signed,
    token::LoginChallenge,
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use test_support::bridge::{CERTIFICATE, LIFE, Page, ServerSigner, session_of};
use tokio::time::timeout;

use crate::gated_bridge::{
    GatedBridge, NOW, ORIGIN, OTHER_ORIGIN, PIN, READER, SERVER_NOW, card, challenge, nonce, server,
};

/// The reason for which it is refused, and what it changes.
type Lie = (&'static str, fn(&mut Grant));

fn refusal(reason: &str) -> Value {
    json!({ "code": "not_granted", "reason": reason })
}

/// Every method that tells or does something, with parameters that are good.
fn calls() -> Vec<(&'static str, Value)> {
    let statement = json!({ "nonce": nonce(), "text": "冻结", "structured": "{}" });
    let program: Signed<Program> = Signed::new("{}".to_owned(), "AAAA".to_owned());
    let proposal = json!({ "body": "{}", "signature": "AAAA" });
    vec![
        ("watch", json!({})),
        ("identify", json!({ "reader": READER })),
        (
            "authenticate",
            json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN }),
        ),
        (
            "sign_statement",
            json!({ "reader": READER, "card": card(), "statement": statement, "proposal": proposal, "pin": PIN }),
        ),
        (
            "change_pin",
            json!({ "reader": READER, "card": card(), "old": PIN, "new": "864209" }),
        ),
        (
            "run_program",
            json!({ "reader": READER, "program": program }),
        ),
        ("cancel", json!({})),
        ("virtual_cards", json!({})),
        (
            "virtual_insert",
            json!({ "reader": READER, "card": "legal" }),
        ),
        ("virtual_remove", json!({ "reader": READER })),
        ("virtual_readers", json!({ "count": 1 })),
    ]
}

async fn is_told_nothing(page: &mut Page) {
    for (method, params) in calls() {
        let refused = page.refused(method, params).await;
        assert_eq!(refused, refusal("missing"), "{method}");
    }
}

async fn tries_left(page: &mut Page) -> Value {
    let identify = json!({ "reader": READER });
    page.call("identify", identify).await.unwrap()["pin_tries"].clone()
}

#[tokio::test]
async fn without_a_grant_nothing_is_told_and_nothing_done() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut stranger = Page::greet(bridge.address(), ORIGIN).await;
    is_told_nothing(&mut stranger).await;
    // Letting go tells nothing, and takes nothing from anybody.
    assert_eq!(stranger.call("release", json!({})).await, Ok(json!({})));
    // The card is where it was, its PIN untried.
    assert_eq!(tries_left(&mut page).await, 3);
}

#[tokio::test]
async fn a_grant_that_lies_in_any_field_is_none() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut liar = Page::greet(bridge.address(), ORIGIN).await;
    let lies: [Lie; 7] = [
        ("origin", |grant| OTHER_ORIGIN.clone_into(&mut grant.origin)),
        ("nonce", |grant| grant.nonce = nonce()),
        ("nonce", |grant| grant.nonce.clear()),
        ("expired", |grant| grant.expires_at = grant.issued_at),
        ("expired", |grant| grant.expires_at = i64::MAX),
        ("expired", |grant| {
            grant.expires_at = grant.issued_at + MAX_LIFE_SECONDS + 1;
        }),
        ("expired", |grant| grant.issued_at = i64::MIN),
    ];
    for (reason, lie) in lies {
        let mut grant = server().grant(&liar.nonce().await, Purpose::Login);
        lie(&mut grant);
        let refused = liar.present(&server().sign(&grant)).await.unwrap_err();
        assert_eq!(refused.1, refusal(reason), "{grant:?}");
    }
    let mut version = server().grant(&liar.nonce().await, Purpose::Login);
    version.version = 2;
    for grant in [
        server().sign(&version),
        server().sign_text("{}".to_owned()),
        server().sign_text(String::new()),
    ] {
        let refused = liar.present(&grant).await.unwrap_err();
        assert_eq!(refused, (-32602, json!({ "code": "bad_request" })));
    }
    is_told_nothing(&mut liar).await;
    assert_eq!(tries_left(&mut page).await, 3);
}

#[tokio::test]
async fn only_the_pinned_key_grants_and_only_by_its_domain() {
    let bridge = GatedBridge::start().await;
    let mut liar = Page::greet(bridge.address(), ORIGIN).await;
    let stranger = ServerSigner {
        key: SigningKey::from_slice(&[0x43; 32]).unwrap(),
        ..server()
    };
    for kind in 0..6 {
        let grant = server().grant(&liar.nonce().await, Purpose::Login);
        let body = serde_json::to_string(&grant).unwrap();
        let good = server().sign(&grant);
        let forged: SignedGrant = match kind {
            0 => stranger.sign(&grant),
            // The server's own signature over another kind of thing.
            1 => Signed::new(
                body.clone(),
                server().sign_text::<LoginChallenge>(body).signature,
            ),
            2 => Signed::new(body.clone(), server().sign_text::<Program>(body).signature),
            3 => {
                let signature: Signature = server().key.sign(body.as_bytes());
                Signed::new(body, BASE64_STANDARD.encode(signature.to_bytes()))
            }
            4 => Signed::new(body.replace("login", "Login"), good.signature),
            _ => Signed::new(body, String::new()),
        };
        let refused = liar.present(&forged).await.unwrap_err();
        assert_eq!(refused.1, refusal("signature"), "{kind}");
    }
    is_told_nothing(&mut liar).await;
}

#[tokio::test]
async fn a_grant_is_for_one_connection_and_once() {
    let bridge = GatedBridge::start().await;
    let mut page = Page::greet(bridge.address(), ORIGIN).await;
    let mut thief = Page::greet(bridge.address(), ORIGIN).await;
    let grant = server().signed_grant(&page.nonce().await, Purpose::Login);
    let _own_nonce = thief.nonce().await;
    let stolen = thief.present(&grant).await.unwrap_err();
    assert_eq!(stolen.1, refusal("nonce"));
    let granted = page.present(&grant).await.unwrap();
    // A begun second is counted whole, and the nonce is older than the grant.
    let seconds = granted["seconds"].as_i64().unwrap();
    assert!((LIFE - 30..=LIFE).contains(&seconds), "{seconds}");
    let again = page.present(&grant).await.unwrap_err();
    assert_eq!(again.1, refusal("nonce"));
    // A newer nonce takes the place of the older one.
    let older = page.nonce().await;
    let _newer = page.nonce().await;
    let grant = server().signed_grant(&older, Purpose::Login);
    assert_eq!(page.present(&grant).await.unwrap_err().1, refusal("nonce"));
    is_told_nothing(&mut thief).await;
    assert!(page.call("watch", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_login_signs_no_act_and_changes_no_pin() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut login = Page::enter(bridge.address(), &server(), Purpose::Login).await;
    for (method, params) in calls() {
        if ["sign_statement", "change_pin"].contains(&method) {
            assert_eq!(login.refused(method, params).await, refusal("purpose"));
        }
    }
    assert_eq!(tries_left(&mut page).await, 3);
    let authenticate =
        json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    login.call("authenticate", authenticate).await.unwrap();
}

#[tokio::test]
async fn a_renewal_is_of_the_same_session() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page().await;
    let other = Purpose::Session(SessionScope {
        session: "another".to_owned(),
        certificate_sha256: "00".repeat(32),
    });
    for purpose in [other, Purpose::Login] {
        let grant = server().signed_grant(&page.nonce().await, purpose);
        assert_eq!(
            page.present(&grant).await.unwrap_err().1,
            refusal("session")
        );
    }
    // What it has goes on.
    assert!(page.call("watch", json!({})).await.is_ok());
    let grant = server().signed_grant(&page.nonce().await, session_of(CERTIFICATE));
    page.present(&grant).await.unwrap();
    // Nor does a login become a session on its connection.
    let mut login = Page::enter(bridge.address(), &server(), Purpose::Login).await;
    let grant = server().signed_grant(&login.nonce().await, session_of(CERTIFICATE));
    let refused = login.present(&grant).await.unwrap_err();
    assert_eq!(refused.1, refusal("session"));
}

/// The desk's clock may be wrong by anything: only what goes by counts.
#[tokio::test]
async fn what_goes_by_ends_it_and_not_what_the_clock_shows() {
    for wrong_by in [-86_400 * 365, 0, 86_400 * 365] {
        let bridge = GatedBridge::start().await;
        bridge.clock.store(NOW + wrong_by, Ordering::SeqCst);
        let mut page = bridge.page().await;
        let begin = NOW + wrong_by;
        bridge.clock.store(begin + LIFE - 20, Ordering::SeqCst);
        assert!(page.call("watch", json!({})).await.is_ok());
        // Put back, it gives nothing back.
        bridge.clock.store(begin - 1_000, Ordering::SeqCst);
        assert!(page.call("watch", json!({})).await.is_ok());
        bridge.clock.store(begin + LIFE, Ordering::SeqCst);
        assert_eq!(page.refused("watch", json!({})).await, refusal("missing"));
        // The page renews it on the same connection.
        let later = ServerSigner {
            now: SERVER_NOW + LIFE,
            ..server()
        };
        let grant = later.signed_grant(&page.nonce().await, session_of(CERTIFICATE));
        page.present(&grant).await.unwrap();
        assert!(page.call("watch", json!({})).await.is_ok());
    }
}

/// The time since the nonce counts, not since the grant came.
#[tokio::test]
async fn a_grant_that_was_kept_back_is_old() {
    let bridge = GatedBridge::start().await;
    let mut page = Page::greet(bridge.address(), ORIGIN).await;
    let grant = server().signed_grant(&page.nonce().await, Purpose::Login);
    bridge.clock.store(NOW + LIFE, Ordering::SeqCst);
    assert_eq!(
        page.present(&grant).await.unwrap_err().1,
        refusal("expired")
    );
}

/// By the clock that nobody sets: the bridge ends the connection by itself.
#[tokio::test]
async fn the_bridge_ends_what_is_not_renewed() {
    let bridge = GatedBridge::start().await;
    let mut page = Page::greet(bridge.address(), ORIGIN).await;
    let mut grant = server().grant(&page.nonce().await, session_of(CERTIFICATE));
    grant.expires_at = grant.issued_at + 2;
    page.present(&server().sign(&grant)).await.unwrap();
    assert!(page.call("watch", json!({})).await.is_ok());
    // Sooner than a page that never gets one, and than the next ping.
    let closed = timeout(Duration::from_secs(12), page.closed()).await;
    assert_eq!(closed.unwrap().0, 4401);
}
