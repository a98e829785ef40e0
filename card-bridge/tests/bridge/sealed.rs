//! What is sealed to a bridge: opened in its own exchange only, and for its own
//! kind, conversation and turn.

use std::path::Path;

use card_bridge::reader::{Disposition, ReaderBackend as _};
use card_protocol::{
    PinPolicy, Puk,
    bridge::PinEntry,
    hex,
    piv::{self, DataObject, ManagementKey},
    program::{Program, ProgramKind, Step, Steps},
};
use serde_json::{Value, json};
use test_support::bridge::{Page, ProgramSigner, command_step, expecting_step};

use crate::{
    gated_bridge::{GatedBridge, PIN, READER, SERVER_NOW, card, challenge, run, signer},
    program::refusal,
};

const KEY: ManagementKey = ManagementKey::TripleDes(ManagementKey::FACTORY);
const FACTORY_PUK: Puk = Puk::new(*b"12345678");
const NEW_PUK: Puk = Puk::new(*b"87654321");
const CHALLENGE: [u8; 8] = [5; 8];

/// Runs a look and gives the bridge's key of the exchange and the proof of the
/// server: the answer to the card's witness.
pub(crate) async fn look(page: &mut Page, server: &ProgramSigner, sequence: u32) -> (String, Step) {
    let witness = piv::request_witness(KEY.algorithm()).unwrap();
    let steps = vec![command_step(&witness, &["9000"])];
    let program = server.clear(ProgramKind::Look, sequence, steps);
    let outcome = page
        .call("run_program", run(&server.sign(&program)))
        .await
        .unwrap();
    let data = hex::decode(outcome["steps"][0]["data"].as_str().unwrap()).unwrap();
    let witness = piv::parse_witness(KEY.algorithm(), &data).unwrap();
    let answer = piv::answer_witness(&KEY, witness, &CHALLENGE).unwrap();
    let expected = piv::expected_answer(&KEY, &CHALLENGE).unwrap();
    let key = outcome["exchange_key"].as_str().unwrap().to_owned();
    (key, expecting_step(&answer, &expected))
}

pub(crate) fn check(server: &ProgramSigner, sequence: u32, key: &str, answer: &Step) -> Program {
    let tries = command_step(&piv::verify_status(), &["63C3"]);
    let steps = [answer.clone(), tries];
    server.sealed(ProgramKind::Check, sequence, key, &steps)
}

fn unblock(server: &ProgramSigner, sequence: u32, key: &str, answer: Step) -> Program {
    let begun = piv::reset_retry_counter_to_appended(&FACTORY_PUK);
    let marker = |byte| {
        let put = piv::put_data(DataObject::SecurityObject, &[byte; 40]);
        command_step(&put, &["9000"])
    };
    let steps = [
        answer,
        Step::NewPin {
            command: hex::encode(&[&begun.header(), begun.data()].concat()),
            accept: vec!["9000".to_owned()],
            policy: Some(PinPolicy::default()),
        },
        marker(1),
        command_step(&piv::change_puk(&FACTORY_PUK, &NEW_PUK), &["9000"]),
        marker(2),
        command_step(&piv::verify_status(), &["63C3"]),
    ];
    server.sealed(ProgramKind::Unblock, sequence, key, &steps)
}

fn login(pin: &str) -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": pin })
}

async fn block_pin(page: &mut Page) {
    for _ in 0..3 {
        page.refused("authenticate", login("654321")).await;
    }
    // The last try is used by hand.
    GatedBridge::reinsert(page).await;
    page.refused("authenticate", login("654321")).await;
    let blocked = page.refused("authenticate", login(PIN)).await;
    assert_eq!(blocked["code"], "pin_blocked");
}

#[tokio::test]
async fn the_new_pin_comes_from_the_terminal_and_the_puk_stays_sealed() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    block_pin(&mut page).await;
    let (key, answer) = look(&mut page, &server, 0).await;
    let program = unblock(&server, 1, &key, answer);
    let signed = server.sign(&program);
    for puk in [FACTORY_PUK, NEW_PUK] {
        let text = hex::encode(puk.as_bytes());
        assert!(!signed.body.contains(&text), "what crosses the page");
    }
    let mut params = run(&signed);
    for (new_pin, expected) in [
        (Value::Null, json!({ "code": "pin_required" })),
        (json!("12345"), json!({ "code": "bad_request" })),
        (
            json!("654321"),
            json!({ "code": "weak_pin", "weakness": "run" }),
        ),
    ] {
        params["new_pin"] = new_pin;
        let refused = page.refused("run_program", params.clone()).await;
        assert_eq!(refused, expected);
    }
    // None of that was its turn.
    params["new_pin"] = json!("864209");
    let outcome = page.call("run_program", params).await.unwrap();
    let statuses = outcome["steps"].as_array().unwrap().iter();
    let statuses: Vec<_> = statuses.map(|step| step["status"].clone()).collect();
    assert_eq!(statuses, ["9000", "9000", "9000", "9000", "9000", "63C3"]);
    let text = outcome.to_string();
    for secret in ["864209", "12345678", "87654321", &hex::encode(b"864209")] {
        assert!(!text.contains(secret), "{text}");
    }
    page.call("authenticate", login("864209")).await.unwrap();
}

#[tokio::test]
async fn nothing_is_opened_before_a_look() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let (key, answer) = look(&mut page, &server, 0).await;
    let program = server.sign(&check(&server, 1, &key, &answer));
    let mut other = bridge.page().await;
    // Shut: the card would wait at whatever came.
    bridge.gate.shut_all();
    assert_eq!(
        other.refused("run_program", run(&program)).await,
        refusal("exchange")
    );
    bridge.gate.open();
    // It did not use up its turn.
    page.call("run_program", run(&program)).await.unwrap();
}

#[tokio::test]
async fn a_seal_is_for_one_program_alone() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let (key, answer) = look(&mut page, &server, 0).await;
    let good = check(&server, 1, &key, &answer);
    let stranger_key = hex::encode(&[9; 32]);
    let mut torn = good.clone();
    let Steps::Sealed(sealed) = &mut torn.steps else {
        panic!("not sealed");
    };
    sealed.ciphertext.truncate(sealed.ciphertext.len() - 2);
    let mut garbage = good.clone();
    let Steps::Sealed(sealed) = &mut garbage.steps else {
        panic!("not sealed");
    };
    "no hex".clone_into(&mut sealed.encapsulated);
    let wrong = [
        check(&server, 1, &stranger_key, &answer),
        Program {
            sequence: 2,
            ..good.clone()
        },
        Program {
            operation: "another".to_owned(),
            ..good.clone()
        },
        Program {
            kind: ProgramKind::KeepPuk,
            ..good.clone()
        },
        torn,
        garbage,
    ];
    bridge.gate.shut_all();
    for program in &wrong {
        let params = run(&server.sign(program));
        let refused = page.refused("run_program", params).await;
        assert_eq!(refused, refusal("exchange"), "{program:?}");
    }
    bridge.gate.open();
    page.call("run_program", run(&server.sign(&good)))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_sealed_has_a_shape_too() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let (key, answer) = look(&mut page, &server, 0).await;
    let tries = command_step(&piv::verify_status(), &["63C3"]);
    let change = command_step(&piv::change_puk(&FACTORY_PUK, &NEW_PUK), &["9000"]);
    bridge.gate.shut_all();
    for (kind, steps) in [
        (ProgramKind::Check, vec![tries.clone()]),
        (ProgramKind::Check, vec![answer.clone(), change.clone()]),
        (
            ProgramKind::Rotate,
            vec![answer.clone(), change, tries.clone()],
        ),
        (ProgramKind::Look, vec![]),
        (ProgramKind::Look, vec![tries]),
    ] {
        let program = server.sealed(kind, 1, &key, &steps);
        let refused = page
            .refused("run_program", run(&server.sign(&program)))
            .await;
        assert_eq!(refused, json!({ "code": "bad_request" }), "{steps:?}");
    }
    bridge.gate.open();
    let program = check(&server, 1, &key, &answer);
    page.call("run_program", run(&server.sign(&program)))
        .await
        .unwrap();
}

/// The key of the exchange goes with the connection: with a reset, with the
/// card, with the next look.
#[tokio::test]
async fn an_exchange_ends_with_its_card() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let reader = json!({ "reader": READER });

    let (key, answer) = look(&mut page, &server, 0).await;
    bridge
        .software
        .connect(READER)
        .unwrap()
        .disconnect(Disposition::Reset);
    let program = run(&server.sign(&check(&server, 1, &key, &answer)));
    assert_eq!(
        page.refused("run_program", program).await,
        refusal("exchange")
    );

    let (key, answer) = look(&mut page, &server, 2).await;
    page.call("virtual_remove", reader).await.unwrap();
    page.call(
        "virtual_insert",
        json!({ "reader": READER, "card": "legal" }),
    )
    .await
    .unwrap();
    let program = run(&server.sign(&check(&server, 3, &key, &answer)));
    assert_eq!(
        page.refused("run_program", program).await,
        refusal("exchange")
    );

    let (key, _) = look(&mut page, &server, 4).await;
    let (_, answer) = look(&mut page, &server, 5).await;
    let program = run(&server.sign(&check(&server, 6, &key, &answer)));
    assert_eq!(
        page.refused("run_program", program).await,
        refusal("exchange")
    );
}

/// The card is kept for the page that comes next, its key is not.
#[tokio::test]
async fn an_exchange_ends_with_its_page() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    page.call("authenticate", login(PIN)).await.unwrap();
    let (key, answer) = look(&mut page, &server, 0).await;
    page.close().await;
    let mut next = bridge.page().await;
    let program = server.sign(&check(&server, 1, &key, &answer));
    bridge.gate.shut_all();
    assert_eq!(
        next.refused("run_program", run(&program)).await,
        refusal("exchange")
    );
}

/// A look that is refused leaves the exchange as it is.
#[tokio::test]
async fn a_look_out_of_turn_does_not_end_the_exchange() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let (key, answer) = look(&mut page, &server, 1).await;
    let tries = vec![command_step(&piv::verify_status(), &["63C3"])];
    let again = server.clear(ProgramKind::Look, 1, tries);
    assert_eq!(
        page.refused("run_program", run(&server.sign(&again))).await,
        refusal("expired")
    );
    let program = run(&server.sign(&check(&server, 2, &key, &answer)));
    page.call("run_program", program).await.unwrap();
}

/// A page that went away leaves no card on which the server authenticated itself.
#[tokio::test]
async fn a_card_that_a_program_ran_on_is_reset() {
    let mut bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    look(&mut page, &signer(&bridge), 0).await;
    page.close().await;
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Reset));
}

/// In dialog mode the PIN is asked for before the card is waited for, and only
/// for a program of a kind that takes one.
#[tokio::test]
async fn the_dialog_opens_for_unblocking_alone() {
    let dialog = Path::new("/nonexistent/pinentry");
    let bridge = GatedBridge::with(PinEntry::Dialog, dialog).await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let (key, answer) = look(&mut page, &server, 0).await;
    let program = check(&server, 1, &key, &answer);
    page.call("run_program", run(&server.sign(&program)))
        .await
        .unwrap();
    let (key, answer) = look(&mut page, &server, 2).await;
    let program = unblock(&server, 3, &key, answer);
    let refused = page
        .refused("run_program", run(&server.sign(&program)))
        .await;
    assert_eq!(refused["code"], "reader_error", "there is no dialog");
}

/// What is noted before the first command of a program keeps it from running
/// again, whatever becomes of it.
#[tokio::test]
async fn a_program_is_noted_before_its_first_command() {
    let state = tempfile::tempdir().unwrap();
    let bridge = GatedBridge::with_state(state.path()).await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let tries = vec![command_step(&piv::verify_status(), &["63C3"])];
    let program = server.clear(ProgramKind::Look, 0, tries);
    bridge.gate.shut(0x20);
    let running = page.send("run_program", run(&server.sign(&program))).await;
    bridge.gate.reached().await;
    let noted = std::fs::read_to_string(state.path().join("programs.jsonl")).unwrap();
    let expected = json!({
        "origin": server.origin,
        "operation": server.operation,
        "sequence": 0,
        "expires_at": SERVER_NOW + 60,
    });
    assert_eq!(serde_json::from_str::<Value>(&noted).unwrap(), expected);
    bridge.gate.open();
    page.answer(running).await.unwrap();
    // What can't be noted does not run; what needs no note does.
    std::fs::write(state.path().join("programs.jsonl"), "?\n").unwrap();
    let tries = vec![command_step(&piv::verify_status(), &["63C3"])];
    let program = server.clear(ProgramKind::Look, 1, tries);
    bridge.gate.shut(0x20);
    let refused = page
        .refused("run_program", run(&server.sign(&program)))
        .await;
    assert_eq!(refused["code"], "reader_error");
    bridge.gate.open();
    page.call("authenticate", login(PIN)).await.unwrap();
}
