//! Programs through PC/SC: a card that proves itself, and what is sealed to the
//! exchange in which it did.

use card_protocol::{
    hex,
    piv::{self, ManagementKey},
    program::{ProgramKind, SignedProgram, proof_message},
};
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};
use serde_json::{Value, json};
use test_support::{
    bridge::{command_step, expecting_step, proof_step, readers::has_card},
    pcscd::READER_0 as READER,
};

use crate::fixture::PcscBridge;

fn run(program: &SignedProgram) -> Value {
    json!({ "reader": READER, "program": program })
}

/// Another program resets the card.
fn reset() {
    let context = Context::establish(Scope::User).unwrap();
    let name = std::ffi::CString::new(READER).unwrap();
    let card = context.connect(&name, ShareMode::Shared, Protocols::ANY);
    assert!(card.unwrap().disconnect(Disposition::ResetCard).is_ok());
}

#[tokio::test]
async fn a_card_proves_itself_and_opens_what_is_sealed_to_it() {
    let bridge = PcscBridge::start(true).await;
    let server = bridge.signer();
    let mut page = bridge.page(true).await;
    let _inserted = bridge.insert();
    page.readers(has_card).await;

    let key = ManagementKey::TripleDes(ManagementKey::FACTORY);
    let nonce = [8; 32];
    let steps = vec![
        proof_step(&nonce),
        command_step(&piv::request_witness(key.algorithm()).unwrap(), &["9000"]),
    ];
    let look = server.clear(ProgramKind::Look, 0, steps);
    let outcome = page
        .call("run_program", run(&server.sign(&look)))
        .await
        .unwrap();
    let exchange = outcome["exchange_key"].as_str().unwrap();
    let message = proof_message(&nonce, &hex::decode_array(exchange).unwrap());
    let proof = outcome["steps"][0]["data"].as_str().unwrap();
    assert!(bridge.card.has_proved(&message, proof));

    let witness = hex::decode(outcome["steps"][1]["data"].as_str().unwrap()).unwrap();
    let witness = piv::parse_witness(key.algorithm(), &witness).unwrap();
    let answer = piv::answer_witness(&key, witness, &[5; 8]).unwrap();
    let expected = piv::expected_answer(&key, &[5; 8]).unwrap();
    let steps = [
        expecting_step(&answer, &expected),
        command_step(&piv::verify_status(), &["63C3"]),
    ];
    let sealed = |sequence| {
        let check = server.sealed(ProgramKind::Check, sequence, exchange, &steps);
        run(&server.sign(&check))
    };
    let outcome = page.call("run_program", sealed(1)).await.unwrap();
    assert_eq!(outcome["steps"][1]["status"], "63C3");

    tokio::task::spawn_blocking(reset).await.unwrap();
    assert_eq!(
        page.refused("run_program", sealed(2)).await,
        json!({ "code": "program_refused", "reason": "exchange" })
    );
}
