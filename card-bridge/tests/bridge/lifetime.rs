//! How long a card stays verified: until it is released, unused or used for too
//! long, or its page goes and its tab does not come back.

use card_bridge::reader::{Disposition, ReaderBackend as _};
use card_protocol::{CardError, statement::Statement};
use serde_json::{Value, json};
use test_support::bridge::{CERTIFICATE, Page, ServerSigner, session_of};

use crate::gated_bridge::{
    GatedBridge, ORIGIN, PIN, READER, card, challenge, get_granted, nonce, other_server, server,
};

/// What the settings say unless they say otherwise.
const IDLE: i64 = 5 * 60;
const ABSOLUTE: i64 = 30 * 60;

async fn verified(bridge: &GatedBridge) -> Page {
    let mut page = bridge.page_with_card().await;
    log_in(&mut page).await;
    page
}

async fn log_in(page: &mut Page) {
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    page.call("authenticate", login).await.unwrap();
}

async fn signs(page: &mut Page) -> bool {
    signs_for(&server(), page).await
}

async fn signs_for(server: &ServerSigner, page: &mut Page) -> bool {
    let statement = Statement {
        nonce: nonce(),
        text: "冻结".to_owned(),
        structured: "{}".to_owned(),
    };
    let proposal = server.signed_proposal(&statement, CERTIFICATE);
    let sign = json!({ "reader": READER, "card": card(), "statement": statement,
        "proposal": proposal });
    match page.call("sign_statement", sign).await {
        Ok(_) => true,
        Err((_, data)) => {
            assert_eq!(data, json!({ "code": "pin_required" }));
            false
        }
    }
}

/// Time goes by; the page renews its grant in it.
async fn wait(bridge: &GatedBridge, page: &mut Page, seconds: i64) {
    bridge.wait(seconds);
    get_granted(page, &server()).await;
}

/// Waits until another program gets at the card, which takes that nobody holds it
/// verified; the PIN's status by the card itself has to be "not verified" then.
async fn is_reset(bridge: &GatedBridge, page: &mut Page) {
    let is_free = async {
        loop {
            match bridge.software.connect(READER) {
                Ok(connection) => return connection.disconnect(Disposition::Leave),
                Err(error) => assert_eq!(error, CardError::CardInUse),
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), is_free)
        .await
        .unwrap();
    assert_eq!(GatedBridge::tries(page).await, 3);
}

#[tokio::test]
async fn a_release_ends_it_at_once() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    assert_eq!(GatedBridge::tries(&mut page).await, Value::Null);
    assert_eq!(page.call("release", json!({})).await, Ok(json!({})));
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
    assert!(!signs(&mut page).await);
    // With nothing to let go of it is no error.
    assert_eq!(page.call("release", json!({})).await, Ok(json!({})));
}

#[tokio::test]
async fn unused_it_ends_and_the_bridge_resets_the_card_by_itself() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    wait(&bridge, &mut page, IDLE - 1).await;
    assert!(signs(&mut page).await);
    wait(&bridge, &mut page, IDLE - 1).await;
    assert!(signs(&mut page).await, "using it counts anew");
    wait(&bridge, &mut page, IDLE).await;
    let mut other = bridge.other_page().await;
    is_reset(&bridge, &mut other).await;
    assert!(!signs(&mut page).await);
}

#[tokio::test]
async fn used_it_ends_too() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    let uses = ABSOLUTE / (IDLE - 1);
    for _ in 0..uses {
        wait(&bridge, &mut page, IDLE - 1).await;
        assert!(signs(&mut page).await);
    }
    wait(&bridge, &mut page, ABSOLUTE - uses * (IDLE - 1)).await;
    assert!(!signs(&mut page).await);
    log_in(&mut page).await;
    assert!(signs(&mut page).await, "a PIN begins anew");
}

/// Pages look by themselves, with nobody there.
#[tokio::test]
async fn a_look_is_no_use() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    wait(&bridge, &mut page, IDLE - 1).await;
    assert_eq!(GatedBridge::tries(&mut page).await, Value::Null);
    wait(&bridge, &mut page, 1).await;
    assert!(!signs(&mut page).await);
}

/// A page that names another card has a PIN asked for that no card gets: no proof, so what
/// was verified ends when it would have.
#[tokio::test]
async fn a_pin_that_is_not_sent_prolongs_nothing() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    let mut left = ABSOLUTE;
    while left > 0 {
        let step = left.min(IDLE - 1);
        wait(&bridge, &mut page, step).await;
        left -= step;
        let other = json!({ "reader": READER, "card": "AAAA", "challenge": challenge(),
            "pin": PIN });
        page.call("authenticate", other).await.unwrap_err();
    }
    assert!(!signs(&mut page).await);
}

/// What goes by counts; the other clock, which nobody sets, does while this one is
/// put back.
#[tokio::test]
async fn a_clock_that_is_set_back_gives_nothing_back() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    wait(&bridge, &mut page, -86_400).await;
    assert!(signs(&mut page).await);
    wait(&bridge, &mut page, IDLE - 1).await;
    assert!(signs(&mut page).await);
    wait(&bridge, &mut page, IDLE).await;
    assert!(!signs(&mut page).await);
}

#[tokio::test]
async fn the_next_page_of_the_tab_goes_on_and_nobody_else_does() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let ticket = page.ticket.clone();
    let mut page = bridge.next_page(page).await;
    assert!(signs(&mut page).await);
    assert_ne!(page.ticket, ticket);
    // The ticket was good once.
    let mut again = bridge.come_back(&server(), &ticket).await;
    assert!(!signs(&mut again).await);

    // Whoever comes without the ticket, with another, or with it from elsewhere.
    let ticket = page.ticket.clone();
    page.close().await;
    let mut stranger = bridge.page().await;
    assert!(!signs(&mut stranger).await);
    let mut guesser = bridge.come_back(&server(), &"0".repeat(64)).await;
    assert!(!signs(&mut guesser).await);
    let mut other = bridge.come_back(&other_server(), &ticket).await;
    assert!(!signs_for(&other_server(), &mut other).await);
    let mut page = bridge.come_back(&server(), &ticket).await;
    assert!(signs(&mut page).await);
}

/// Who says the right origin and shows the tab's ticket has the card only once its
/// server granted it.
#[tokio::test]
async fn a_ticket_without_a_good_grant_takes_nothing() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let ticket = page.ticket.clone();
    page.close().await;
    let mut stranger = Page::come_back(bridge.address(), ORIGIN, &ticket).await;
    let liar = ServerSigner {
        key: p256::ecdsa::SigningKey::from_slice(&[0x43; 32]).unwrap(),
        ..server()
    };
    let grant = liar.signed_grant(&stranger.nonce().await, session_of(CERTIFICATE));
    stranger.present(&grant).await.unwrap_err();
    // It still is for who has both.
    let mut page = bridge.come_back(&server(), &ticket).await;
    assert!(signs(&mut page).await);
    get_granted(&mut stranger, &server()).await;
    assert!(!signs(&mut stranger).await);
}

/// Who clicks through pages faster than their grants come types no PIN for it.
#[tokio::test]
async fn a_page_that_is_gone_before_its_grant_leaves_the_card_to_the_next() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let ticket = page.ticket.clone();
    page.close().await;
    for _ in 0..2 {
        let hurried = Page::come_back(bridge.address(), ORIGIN, &ticket).await;
        hurried.close().await;
    }
    let mut page = bridge.come_back(&server(), &ticket).await;
    assert!(signs(&mut page).await);
}

/// It has the card then, but nobody knows whether it has heard so: its tab shows either
/// ticket. Once it has said something more, only its own is good.
#[tokio::test]
async fn a_page_that_is_gone_amid_its_grant_leaves_the_card_to_the_next() {
    for shows_its_own in [false, true] {
        let bridge = GatedBridge::start().await;
        let page = verified(&bridge).await;
        let ticket = page.ticket.clone();
        page.close().await;
        let hurried = bridge.come_back(&server(), &ticket).await;
        let own = hurried.ticket.clone();
        hurried.close().await;
        let shown = if shows_its_own { &own } else { &ticket };
        let mut page = bridge.come_back(&server(), shown).await;
        assert!(signs(&mut page).await);
        page.close().await;
        let mut thief = bridge.come_back(&server(), shown).await;
        assert!(!signs(&mut thief).await);
    }
}

/// The system tells of two ends in the order that it likes.
#[tokio::test]
async fn a_page_that_comes_before_the_one_before_it_is_gone_finds_its_card() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let mut next = bridge.come_back(&server(), &page.ticket).await;
    assert!(!signs(&mut next).await, "it is the other one's still");
    page.close().await;
    let is_told = async {
        while !signs(&mut next).await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let told = tokio::time::timeout(std::time::Duration::from_secs(3), is_told).await;
    told.unwrap();
}

/// A tab's copy has its ticket, too, but waits for the page to go no longer than the card
/// would wait for the tab.
#[tokio::test]
async fn a_copy_of_the_tab_does_not_wait_for_its_card() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let mut copy = bridge.come_back(&server(), &page.ticket).await;
    tokio::time::sleep(std::time::Duration::from_millis(5_500)).await;
    let ticket = page.ticket.clone();
    page.close().await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!signs(&mut copy).await);
    let mut next = bridge.come_back(&server(), &ticket).await;
    assert!(signs(&mut next).await);
}

/// A page may let go before it has a grant: then it picks nothing up any more.
#[tokio::test]
async fn what_was_let_go_of_is_not_picked_up() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let ticket = page.ticket.clone();
    page.close().await;
    let mut page = Page::come_back(bridge.address(), ORIGIN, &ticket).await;
    assert_eq!(page.call("release", json!({})).await, Ok(json!({})));
    get_granted(&mut page, &server()).await;
    assert!(!signs(&mut page).await);
}

#[tokio::test]
async fn a_tab_that_does_not_come_back_leaves_the_card_reset() {
    let mut bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let ticket = page.ticket.clone();
    page.close().await;
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Reset));
    let mut page = bridge.come_back(&server(), &ticket).await;
    assert!(!signs(&mut page).await);
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
}

/// What an earlier page of the tab left behind does not end a later one's.
#[tokio::test]
async fn a_tab_in_a_hurry_keeps_its_card() {
    let bridge = GatedBridge::start().await;
    let page = verified(&bridge).await;
    let page = bridge.next_page(page).await;
    tokio::time::sleep(std::time::Duration::from_millis(4_500)).await;
    let ticket = page.ticket.clone();
    page.close().await;
    // The first page's five seconds are over in between.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let mut page = bridge.come_back(&server(), &ticket).await;
    assert!(signs(&mut page).await);
}

#[tokio::test]
async fn a_page_that_lets_go_takes_it_from_its_twin_too() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    let mut twin = bridge.page().await;
    log_in(&mut twin).await;
    assert!(signs(&mut page).await && signs(&mut twin).await);
    page.call("release", json!({})).await.unwrap();
    assert!(!signs(&mut twin).await, "the card was reset");
    assert!(!signs(&mut page).await);
}

/// What is refused before the card got anything ends nothing of another page's.
#[tokio::test]
async fn a_refused_twin_changes_nothing() {
    let bridge = GatedBridge::start().await;
    let mut page = verified(&bridge).await;
    let mut twin = bridge.page().await;
    let other =
        json!({ "reader": READER, "card": "AAAA", "challenge": challenge(), "pin": "654321" });
    let refused = twin.refused("authenticate", other).await;
    assert_eq!(refused["code"], "other_card");
    let signer = crate::gated_bridge::signer(&bridge);
    let look = signer.clear(card_protocol::program::ProgramKind::Look, 0, Vec::new());
    let run = crate::gated_bridge::run(&signer.sign(&look));
    assert_eq!(
        twin.refused("run_program", run).await["code"],
        "bad_request"
    );
    twin.close().await;
    assert!(signs(&mut page).await);
}
