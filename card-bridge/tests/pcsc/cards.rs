//! Operations on a card through PC/SC, beside other programs.

use std::sync::mpsc;

use ::pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode};
use card_protocol::{
    statement::Statement,
    token::{AuthToken, login_message},
};
use serde_json::{Value, json};
use test_support::{
    bridge::{CERTIFICATE, Page, readers::has_card},
    pcscd::READER_0 as READER,
};

use crate::fixture::{ORIGIN, PIN, PcscBridge, card, challenge, nonce, server};

fn login() -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN })
}

fn sign() -> Value {
    let statement = Statement {
        nonce: nonce(),
        text: "冻结操作员卡 2100000000001".to_owned(),
        structured: r#"{"act":"freeze"}"#.to_owned(),
    };
    let proposal = server().signed_proposal(&statement, CERTIFICATE);
    json!({ "reader": READER, "card": card(), "statement": statement, "proposal": proposal })
}

/// Another program.
fn connect(mode: ShareMode) -> Card {
    try_connect(mode).unwrap()
}

/// Another program that may not get at the card.
fn try_connect(mode: ShareMode) -> Result<Card, Error> {
    let context = Context::establish(Scope::User).unwrap();
    let name = std::ffi::CString::new(READER).unwrap();
    context.connect(&name, mode, Protocols::ANY)
}

fn part(card: Card, disposition: Disposition) {
    assert!(card.disconnect(disposition).is_ok());
}

/// What the card answers another program that asks for the PIN's status.
///
/// # Errors
///
/// See [`is_being_reset`], at whichever step.
fn pin_status() -> Result<Vec<u8>, Error> {
    let mut card = try_connect(ShareMode::Shared)?;
    let status = (|| {
        let transaction = card.transaction()?;
        let mut buffer = [0; 258];
        let select = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08];
        transaction.transmit(&select, &mut buffer)?;
        let status = transaction.transmit(&[0x00, 0x20, 0x00, 0x80], &mut buffer)?;
        Ok(status.to_vec())
    })();
    part(card, Disposition::LeaveCard);
    status
}

/// Whether the error says that the bridge still has the card for itself, or resets
/// it right now. Until pcscd has agreed on a protocol again, it answers
/// `ProtoMismatch`.
fn is_being_let_go_of(error: Error) -> bool {
    matches!(
        error,
        Error::SharingViolation | Error::ResetCard | Error::ProtoMismatch
    )
}

/// Waits until another program gets at the card; it is not verified then.
async fn is_reset() {
    let reset = async {
        loop {
            match tokio::task::spawn_blocking(pin_status).await.unwrap() {
                Ok(status) => {
                    assert_eq!(status, [0x63, 0xC3]);
                    return;
                }
                Err(error) => assert!(is_being_let_go_of(error), "{error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), reset)
        .await
        .unwrap();
}

async fn page_with_card(bridge: &PcscBridge) -> (Page, virtual_card::vpcd::Inserted) {
    let mut page = bridge.page(true).await;
    let inserted = bridge.insert();
    page.readers(has_card).await;
    (page, inserted)
}

#[tokio::test]
async fn a_verified_card_is_nobody_else_s_until_it_is_released() {
    let bridge = PcscBridge::start(true).await;
    let (mut page, _inserted) = page_with_card(&bridge).await;
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["chip"], bridge.card.chip.to_string());
    assert_eq!(identity["pin_tries"], 3);
    let wrong =
        json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": "654321" });
    let wrong = page.refused("authenticate", wrong).await;
    assert_eq!(wrong, json!({ "code": "wrong_pin", "tries_left": 2 }));
    assert_eq!(
        page.refused("sign_statement", sign()).await["code"],
        "pin_required"
    );

    // Another program that is connected at all may use what is verified.
    let other = connect(ShareMode::Shared);
    let refused = page.refused("authenticate", login()).await;
    assert_eq!(refused["code"], "card_in_use");
    assert_eq!(pin_status().unwrap(), [0x63, 0xC2], "no PIN was sent");
    part(other, Disposition::LeaveCard);
    let token = page.call("authenticate", login()).await.unwrap();
    let token: AuthToken = serde_json::from_value(token).unwrap();
    assert!(
        bridge
            .card
            .has_signed(&login_message(ORIGIN, &nonce()), &token.signature)
    );
    for _ in 0..3 {
        page.call("sign_statement", sign()).await.unwrap();
    }
    for mode in [ShareMode::Shared, ShareMode::Exclusive] {
        assert_eq!(try_connect(mode).err(), Some(Error::SharingViolation));
    }
    // Another page of the bridge gets its turn, and nothing that is not its own.
    let mut twin = bridge.page(true).await;
    let which = json!({ "reader": READER });
    twin.call("identify", which).await.unwrap();
    assert_eq!(
        twin.refused("sign_statement", sign()).await["code"],
        "pin_required"
    );
    page.call("sign_statement", sign()).await.unwrap();

    page.call("release", json!({})).await.unwrap();
    is_reset().await;
    assert_eq!(
        page.refused("sign_statement", sign()).await["code"],
        "pin_required"
    );
    page.call("authenticate", login()).await.unwrap();
    page.call("sign_statement", sign()).await.unwrap();
}

#[tokio::test]
async fn a_closed_page_leaves_the_card_reset() {
    let bridge = PcscBridge::start(true).await;
    let (mut page, _inserted) = page_with_card(&bridge).await;
    page.call("authenticate", login()).await.unwrap();
    assert_eq!(pin_status(), Err(Error::SharingViolation));
    page.close().await;
    is_reset().await;
}

/// A wrong PIN holds nothing, and a card that answered one is left reset.
#[tokio::test]
async fn a_wrong_pin_leaves_the_card_to_others() {
    let bridge = PcscBridge::start(true).await;
    let (mut page, _inserted) = page_with_card(&bridge).await;
    let wrong =
        json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": "654321" });
    let refused = page.refused("authenticate", wrong).await;
    assert_eq!(refused["code"], "wrong_pin");
    assert_eq!(pin_status().unwrap(), [0x63, 0xC2]);
}

#[tokio::test]
async fn a_card_that_another_program_keeps_is_in_use() {
    let bridge = PcscBridge::start(true).await;
    let (mut page, _inserted) = page_with_card(&bridge).await;
    let greedy = connect(ShareMode::Exclusive);
    assert_eq!(
        page.refused("authenticate", login()).await["code"],
        "card_in_use"
    );
    part(greedy, Disposition::LeaveCard);
    page.call("authenticate", login()).await.unwrap();
}

/// For five seconds, alone or in a transaction: the login goes on by itself.
#[tokio::test]
async fn a_login_goes_on_when_another_program_lets_go() {
    let bridge = PcscBridge::start(true).await;
    let (mut page, _inserted) = page_with_card(&bridge).await;
    for mode in [ShareMode::Exclusive, ShareMode::Shared] {
        let (begun, has_begun) = mpsc::channel();
        let program = std::thread::spawn(move || {
            let mut card = connect(mode);
            let transaction = card.transaction().unwrap();
            begun.send(()).unwrap();
            std::thread::park_timeout(std::time::Duration::from_secs(5));
            drop(transaction);
            part(card, Disposition::LeaveCard);
        });
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
            .await
            .unwrap();
        page.call("authenticate", login()).await.unwrap();
        program.join().unwrap();
        page.call("release", json!({})).await.unwrap();
        is_reset().await;
    }
}

#[tokio::test]
async fn a_card_pulled_while_it_is_waited_for_is_gone() {
    let bridge = PcscBridge::start(true).await;
    let (mut page, inserted) = page_with_card(&bridge).await;
    let (begun, has_begun) = mpsc::channel();
    let (finish, finished) = mpsc::channel::<()>();
    let program = std::thread::spawn(move || {
        let mut card = connect(ShareMode::Shared);
        let transaction = card.transaction().unwrap();
        begun.send(()).unwrap();
        finished.recv().unwrap();
        drop(transaction);
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
        .await
        .unwrap();
    let reading = page.send("identify", json!({ "reader": READER })).await;
    inserted.pull().unwrap();
    page.readers(|readers| !has_card(readers)).await;
    finish.send(()).unwrap();
    let code = page.answer(reading).await.unwrap_err().1["code"].clone();
    assert!(code == "card_removed" || code == "no_card", "{code}");
    program.join().unwrap();
}

#[tokio::test]
async fn the_end_of_the_bridge_is_told_and_leaves_the_card_reset() {
    let mut bridge = PcscBridge::start(true).await;
    let (mut page, _inserted) = page_with_card(&bridge).await;
    page.call("authenticate", login()).await.unwrap();
    bridge.end_bridge().await;
    assert_eq!(page.closed().await.0, 1001);
    let status = tokio::task::spawn_blocking(pin_status).await.unwrap();
    assert_eq!(status.unwrap(), [0x63, 0xC3]);
}
