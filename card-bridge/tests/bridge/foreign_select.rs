//! Another program selects another application between two of ours: PIV is selected again,
//! the card proves itself again, and it goes on. A PIN is asked for only if the card
//! forgot it.

use card_protocol::statement::Statement;
use serde_json::{Value, json};
use test_support::bridge::{CERTIFICATE, Page};

use crate::{
    gated_bridge::{GatedBridge, PIN, READER, card, challenge, nonce, run, server, signer},
    program::refusal,
    sealed::{check, look},
};

fn statuses(outcome: &Value) -> Vec<&Value> {
    let steps = outcome["steps"].as_array().unwrap().iter();
    steps.map(|step| &step["status"]).collect()
}

#[tokio::test]
async fn a_sealed_program_is_proven_anew_and_goes_on() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let (key, answer) = look(&mut page, &server, 0).await;
    bridge.gate.deselect();
    let lost = run(&server.sign(&check(&server, 1, &key, &answer)));
    assert_eq!(
        page.refused("run_program", lost.clone()).await,
        refusal("exchange")
    );
    // What it was sealed to is over, whatever is selected.
    let (key, answer) = look(&mut page, &server, 2).await;
    let again = run(&server.sign(&check(&server, 3, &key, &answer)));
    let outcome = page.call("run_program", again).await.unwrap();
    assert_eq!(statuses(&outcome), ["9000", "63C3"]);
    assert_eq!(
        page.refused("run_program", lost).await["reason"],
        "exchange"
    );
}

#[tokio::test]
async fn a_look_goes_on_within_itself() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    look(&mut page, &server, 0).await;
    for sequence in [1, 3] {
        bridge.gate.deselect();
        let (key, answer) = look(&mut page, &server, sequence).await;
        let check = check(&server, sequence + 1, &key, &answer);
        let outcome = page.call("run_program", run(&server.sign(&check))).await;
        assert_eq!(statuses(&outcome.unwrap()), ["9000", "63C3"]);
    }
}

async fn sign(page: &mut Page) -> Result<Value, Value> {
    let statement = Statement {
        nonce: nonce(),
        text: "冻结".to_owned(),
        structured: "{}".to_owned(),
    };
    let proposal = server().signed_proposal(&statement, CERTIFICATE);
    let sign = json!({ "reader": READER, "card": card(), "statement": statement,
        "proposal": proposal });
    page.call("sign_statement", sign)
        .await
        .map_err(|(_code, data)| data)
}

/// The software card forgets its PIN at another SELECT; a card that does not says so
/// itself.
#[tokio::test]
async fn a_signature_asks_the_card_whether_it_forgot_its_pin() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    page.call("authenticate", login.clone()).await.unwrap();
    sign(&mut page).await.unwrap();
    bridge.gate.deselect();
    let after = sign(&mut page).await;
    let forgot = GatedBridge::tries(&mut page).await == 3;
    if forgot {
        assert_eq!(after, Err(json!({ "code": "pin_required" })));
    } else {
        after.unwrap();
    }
    page.call("authenticate", login).await.unwrap();
    sign(&mut page).await.unwrap();
}

#[tokio::test]
async fn whatever_begins_with_a_selection_needs_nothing() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    bridge.gate.deselect();
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
    bridge.gate.deselect();
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    page.call("authenticate", login).await.unwrap();
}
