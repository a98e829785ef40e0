//! Who has a place at the bridge, who makes room, and who is told that there is none.

use std::time::{Duration, Instant};

use serde_json::json;
use test_support::bridge::{BridgeFixture, Page};
use tokio::{net::TcpStream, time::timeout};

use crate::gated_bridge::{GatedBridge, ORIGIN, OTHER_ORIGIN, server, signing_key};

const FULL: u16 = 4429;

#[tokio::test]
async fn an_origin_has_its_places_and_takes_nobody_elses() {
    let bridge = GatedBridge::start().await;
    let host = bridge.address().to_string();
    let mut pages = Vec::new();
    for _ in 0..16 {
        pages.push(bridge.page().await);
    }
    let mut one_more = Page::open(bridge.address(), Some(ORIGIN), &host)
        .await
        .unwrap();
    assert_eq!(one_more.closed().await, (4429, "too_many_pages".to_owned()));
    drop(Page::greet(bridge.address(), OTHER_ORIGIN).await);
    pages.pop().unwrap().close().await;
    // The place is free once the bridge has seen the page go.
    let is_free = async {
        loop {
            let mut page = Page::open(bridge.address(), Some(ORIGIN), &host)
                .await
                .unwrap();
            let hello = json!({ "protocol": 4 });
            page.send("hello", hello).await;
            if page.is_answered().await {
                return;
            }
        }
    };
    timeout(Duration::from_secs(10), is_free).await.unwrap();
}

/// Connections that never shake hands: as many as there are descriptors for.
async fn half_handshakes(bridge: &GatedBridge, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        held.push(TcpStream::connect(bridge.address()).await.unwrap());
    }
    held
}

/// Whatever opens connections and says nothing takes no page's place.
#[tokio::test]
async fn half_handshakes_shut_no_page_out() {
    let bridge = GatedBridge::start().await;
    let mut here = bridge.page().await;
    let held = half_handshakes(&bridge, 200).await;
    let mut pages = Vec::new();
    for _ in 0..15 {
        pages.push(bridge.page().await);
    }
    // Who was through stays.
    here.call("watch", json!({})).await.unwrap();
    drop(held);
}

/// Also while they go on coming.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_do_those_that_go_on_coming() {
    let bridge = GatedBridge::start().await;
    let address = bridge.address();
    let flood = tokio::spawn(async move {
        let mut held = std::collections::VecDeque::new();
        loop {
            held.push_back(TcpStream::connect(address).await.unwrap());
            if held.len() > 200 {
                held.pop_front();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    for _ in 0..3 {
        let page = timeout(Duration::from_mins(1), bridge.page());
        page.await.unwrap().close().await;
    }
    assert!(!flood.is_finished());
    flood.abort();
}

#[tokio::test]
async fn who_says_no_hello_has_to_go() {
    let bridge = GatedBridge::start().await;
    let host = bridge.address().to_string();
    let begin = Instant::now();
    let mut page = Page::open(bridge.address(), Some(ORIGIN), &host)
        .await
        .unwrap();
    // Whatever else it says.
    let early = json!({ "jsonrpc": "2.0", "id": 1, "method": "watch" });
    page.send_text(early.to_string()).await;
    assert!(page.message().await["error"].is_object());
    assert_eq!(page.closed().await, (1008, "no hello".to_owned()));
    let after = begin.elapsed();
    assert!(after >= Duration::from_secs(2), "{after:?}");
    assert!(after < Duration::from_secs(8), "{after:?}");
}

/// Pages without a grant, which any program may say it is, make room for others.
#[tokio::test]
async fn who_has_no_grant_keeps_nobody_out_for_long() {
    let bridge = GatedBridge::start().await;
    let host = bridge.address().to_string();
    let mut granted = bridge.page().await;
    let mut ungranted = Vec::new();
    for _ in 0..15 {
        ungranted.push(Page::greet(bridge.address(), ORIGIN).await);
    }
    let mut begun = Page::open(bridge.address(), Some(ORIGIN), &host)
        .await
        .unwrap();
    assert_eq!(begun.closed().await.0, FULL);
    // All of them may wait half a minute for their grants.
    let is_in = async {
        loop {
            let mut page = Page::open(bridge.address(), Some(ORIGIN), &host)
                .await
                .unwrap();
            page.send("hello", json!({ "protocol": 4 })).await;
            if page.is_answered().await {
                return page;
            }
        }
    };
    let mut page = timeout(Duration::from_secs(12), is_in).await.unwrap();
    let longest = &mut ungranted[0];
    assert_eq!(longest.closed().await, (FULL, "too_many_pages".to_owned()));
    let nonce = page.call("request_grant", json!({})).await.unwrap();
    let nonce = nonce["nonce"].as_str().unwrap();
    let grant = server().signed_grant(nonce, test_support::bridge::session_of(b""));
    page.present(&grant).await.unwrap();
    granted.call("watch", json!({})).await.unwrap();
}

/// All pages together have 128 places; who is over is told.
#[tokio::test]
async fn the_bridge_is_full_and_says_so() {
    let origin = |number: usize| format!("https://office-{number}.example");
    let key = card_operations::key::ProgramKey::new(*signing_key().verifying_key());
    let builder = (0..9).fold(BridgeFixture::builder(), |builder, number| {
        builder.allow(&origin(number), key.clone())
    });
    let bridge = GatedBridge::build(builder).await;
    let mut pages = Vec::new();
    for number in 0..128 {
        pages.push(Page::greet(bridge.address(), &origin(number / 16)).await);
    }
    let host = bridge.address().to_string();
    let mut over = Page::open(bridge.address(), Some(&origin(8)), &host)
        .await
        .unwrap();
    assert_eq!(over.closed().await, (FULL, "too_many_pages".to_owned()));
}
