//! By what a page knows its bridge again: told to whoever has its server's grant, and
//! proved over a challenge from then on.

use std::{path::Path, process::Child};

use card_bridge::bridge_key;
use card_protocol::{
    acquaintance::{Acquaintance, Challenge},
    bridge::{OLDEST_PROTOCOL, PROTOCOL_VERSION},
    grant::Purpose,
};
use serde_json::{Value, json};
use test_support::bridge::{BridgeFixture, CERTIFICATE, Page, session_of};

use crate::{
    cli,
    gated_bridge::{GatedBridge, ORIGIN, OTHER_ORIGIN, other_server, server},
};

const CHALLENGE: Challenge = Challenge([5; 32]);

async fn open(bridge: &GatedBridge, origin: &str) -> Page {
    let host = bridge.address().to_string();
    Page::open(bridge.address(), Some(origin), &host)
        .await
        .unwrap()
}

/// A page that wants the bridge to prove itself, and what that answers.
async fn greet(bridge: &GatedBridge, origin: &str) -> (Page, Value) {
    let mut page = open(bridge, origin).await;
    let hello = json!({ "protocol": PROTOCOL_VERSION, "challenge": CHALLENGE });
    let welcome = page.call("hello", hello).await.unwrap();
    (page, welcome)
}

/// What a page is told that is logged in.
async fn known(bridge: &GatedBridge, origin: &str) -> Option<Acquaintance> {
    told(bridge, origin, session_of(CERTIFICATE)).await
}

async fn told(bridge: &GatedBridge, origin: &str, purpose: Purpose) -> Option<Acquaintance> {
    let (mut page, _) = greet(bridge, origin).await;
    let server = if origin == ORIGIN {
        server()
    } else {
        other_server()
    };
    let grant = server.signed_grant(&page.nonce().await, purpose);
    let granted = page.present(&grant).await.unwrap();
    serde_json::from_value(granted["acquaintance"].clone()).unwrap()
}

async fn with_key(folder: &Path) -> GatedBridge {
    GatedBridge::build(BridgeFixture::builder().key_in(folder)).await
}

#[tokio::test]
async fn a_page_with_a_grant_knows_its_bridge_again() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = with_key(folder.path()).await;
    let it = known(&bridge, ORIGIN).await.unwrap();
    for _ in 0..2 {
        let port = bridge.address().port();
        let (_, welcome) = greet(&bridge, ORIGIN).await;
        assert!(it.is_proved(&CHALLENGE, port, &welcome), "{welcome}");
        assert!(
            !it.is_proved(&Challenge([6; 32]), port, &welcome),
            "replayed"
        );
        assert!(
            !it.is_proved(&CHALLENGE, port ^ 1, &welcome),
            "another port"
        );
        assert_eq!(known(&bridge, ORIGIN).await.as_ref(), Some(&it));
    }
    // Each origin has its own, which says nothing of another's.
    let (_, welcome) = greet(&bridge, OTHER_ORIGIN).await;
    let port = bridge.address().port();
    assert!(!it.is_proved(&CHALLENGE, port, &welcome));
    let others = known(&bridge, OTHER_ORIGIN).await.unwrap();
    assert!(others.is_proved(&CHALLENGE, port, &welcome));
    // It outlives the bridge, with its folder.
    drop(bridge);
    let again = with_key(folder.path()).await;
    let (_, welcome) = greet(&again, ORIGIN).await;
    assert!(it.is_proved(&CHALLENGE, again.address().port(), &welcome));
    let elsewhere = GatedBridge::start().await;
    let (_, welcome) = greet(&elsewhere, ORIGIN).await;
    assert!(!it.is_proved(&CHALLENGE, elsewhere.address().port(), &welcome));
}

/// A grant for a login is anybody's: also of who came by a way that leads here from
/// another user.
#[tokio::test]
async fn nobody_is_told_it_before_the_login() {
    let bridge = GatedBridge::start().await;
    assert_eq!(told(&bridge, ORIGIN, Purpose::Login).await, None);
    assert!(known(&bridge, ORIGIN).await.is_some());
}

#[tokio::test]
async fn nobody_is_told_it_without_a_grant() {
    let bridge = GatedBridge::start().await;
    let it = known(&bridge, ORIGIN).await.unwrap();
    let (mut page, welcome) = greet(&bridge, ORIGIN).await;
    let nonce = page.nonce().await;
    let refused = page
        .present(&other_server().signed_grant(&nonce, Purpose::Login))
        .await
        .unwrap_err();
    let told = format!("{welcome} {refused:?}");
    assert!(!told.contains(&*it.to_text()));
    assert!(welcome["proof"].is_string());
}

#[tokio::test]
async fn without_a_challenge_nothing_is_proved() {
    let bridge = GatedBridge::start().await;
    let mut page = open(&bridge, ORIGIN).await;
    let hello = json!({ "protocol": PROTOCOL_VERSION });
    let welcome = page.call("hello", hello).await.unwrap();
    assert!(welcome.get("proof").is_none(), "{welcome}");
    for challenge in [json!(""), json!("00"), json!(7), json!("0".repeat(66))] {
        let hello = json!({ "protocol": PROTOCOL_VERSION, "challenge": challenge });
        let refused = page.refused("hello", hello).await;
        assert_eq!(refused, json!({ "code": "bad_request" }));
    }
}

/// A bridge that can't keep its key works, and is known by nobody.
#[tokio::test]
async fn where_no_key_can_be_kept_nothing_is_promised() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let bridge = with_key(&file).await;
    let (_, welcome) = greet(&bridge, ORIGIN).await;
    assert!(welcome.get("proof").is_none(), "{welcome}");
    assert!(known(&bridge, ORIGIN).await.is_none());
}

/// The program makes its key at its first start, and has it at the next one, also after
/// it was killed.
#[tokio::test]
async fn the_program_is_known_again_after_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path();
    std::fs::write(settings.join("cards.json"), "[]").unwrap();
    let key = server().public_key().to_string();
    cli::answer(settings, &["allow", ORIGIN, "--key", &key]);
    let mut known = None::<Acquaintance>;
    for _ in 0..2 {
        let (bridge, address) = cli::start(settings);
        let _ended = Ended(bridge);
        let host = address.to_string();
        let mut page = Page::open(address, Some(ORIGIN), &host).await.unwrap();
        let hello = json!({ "protocol": PROTOCOL_VERSION, "challenge": CHALLENGE });
        let welcome = page.call("hello", hello).await.unwrap();
        if let Some(known) = &known {
            assert!(known.is_proved(&CHALLENGE, address.port(), &welcome));
        }
        let grant = server().signed_grant(&page.nonce().await, session_of(CERTIFICATE));
        let granted = page.present(&grant).await.unwrap();
        known = serde_json::from_value(granted["acquaintance"].clone()).unwrap();
        assert!(known.is_some());
    }
    let file = settings.join("state").join(bridge_key::FILE);
    assert_eq!(std::fs::read(file).unwrap().len(), 32);
}

/// The process is ended whatever becomes of the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// A page of version 3 knows these fields and takes no other.
#[tokio::test]
async fn a_page_of_the_version_before_is_served_and_told_nothing_new() {
    let bridge = GatedBridge::start().await;
    let mut page = open(&bridge, ORIGIN).await;
    let hello = json!({ "protocol": OLDEST_PROTOCOL });
    let welcome = page.call("hello", hello).await.unwrap();
    let names = |said: &Value| {
        let mut names: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
        names.sort_unstable();
        names
    };
    let fields = [
        "confirm",
        "pin_entry",
        "product",
        "protocol",
        "resume",
        "version",
    ];
    assert_eq!(names(&welcome), fields);
    assert!(
        welcome["protocol"].as_u64().unwrap() >= 3,
        "else it refuses"
    );
    let grant = server().signed_grant(&page.nonce().await, Purpose::Login);
    let granted = page.present(&grant).await.unwrap();
    assert_eq!(names(&granted), ["seconds"]);
    let readers = page.call("watch", json!({})).await.unwrap();
    assert_eq!(names(&readers), ["readers", "refused", "service"]);
    assert_eq!(
        names(&readers["readers"][0]),
        ["has_pin_pad", "is_virtual", "name", "slot"]
    );
}

/// Each side learns which one is too old.
#[tokio::test]
async fn a_page_that_is_too_old_is_told_so() {
    let bridge = GatedBridge::start().await;
    for protocol in [0, 1, OLDEST_PROTOCOL - 1] {
        let mut page = open(&bridge, ORIGIN).await;
        let hello = json!({ "protocol": protocol });
        let refused = page.refused("hello", hello).await;
        assert_eq!(refused, json!({ "code": "page_too_old" }), "{protocol}");
        let refused = page.refused("request_grant", json!({})).await;
        assert_eq!(refused, json!({ "code": "bad_request" }), "{protocol}");
    }
    for protocol in [
        OLDEST_PROTOCOL,
        PROTOCOL_VERSION,
        PROTOCOL_VERSION + 1,
        u32::MAX,
    ] {
        let mut page = open(&bridge, ORIGIN).await;
        // A newer page may say more, in its hello and nowhere else.
        let hello = json!({ "protocol": protocol, "weather": { "is": "fine" } });
        let welcome = page.call("hello", hello).await.unwrap();
        assert_eq!(welcome["protocol"], PROTOCOL_VERSION);
        assert_eq!(welcome["version"], env!("CARGO_PKG_VERSION"));
        let refused = page.refused("request_grant", json!({ "weather": 1 })).await;
        assert_eq!(refused, json!({ "code": "bad_request" }));
    }
}
