//! `run_program`: what the server signed, where and when it meant it, and
//! nothing else.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    ChipId, hex,
    piv::{self, DataObject, ManagementKey},
    program::{MAX_LIFE_SECONDS, Program, ProgramKind, SignedProgram, Step, Steps, proof_message},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use test_support::bridge::{ProgramSigner, command_step, expecting_step, proof_step};

use crate::gated_bridge::{GatedBridge, OTHER_ORIGIN, READER, SERVER_NOW, run, signer};

fn read_certificate() -> Step {
    command_step(
        &piv::get_data(DataObject::AuthenticationCertificate),
        &["9000"],
    )
}

fn tries_left() -> Step {
    command_step(&piv::verify_status(), &["63C3"])
}

fn look(server: &ProgramSigner) -> Program {
    server.clear(ProgramKind::Look, 0, vec![tries_left(), read_certificate()])
}

pub(crate) fn refusal(reason: &str) -> Value {
    json!({ "code": "program_refused", "reason": reason })
}

fn statuses(outcome: &Value) -> Vec<&str> {
    let steps = outcome["steps"].as_array().unwrap().iter();
    steps.map(|step| step["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_signed_program_runs_once() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let mut program = look(&server);
    let first = run(&server.sign(&program));
    let outcome = page.call("run_program", first.clone()).await.unwrap();
    assert_eq!(outcome["operation"], server.operation);
    assert_eq!(outcome["sequence"], 0);
    assert_eq!(statuses(&outcome), ["63C3", "9000"]);
    let certificate = outcome["steps"][1]["data"].as_str().unwrap();
    assert!(certificate.contains(&hex::encode(test_support::bridge::CERTIFICATE)));

    assert_eq!(page.refused("run_program", first).await, refusal("expired"));
    program.sequence = 2;
    let third = run(&server.sign(&program));
    page.call("run_program", third).await.unwrap();
    program.sequence = 1;
    let second = run(&server.sign(&program));
    assert_eq!(
        page.refused("run_program", second).await,
        refusal("expired")
    );
}

#[tokio::test]
async fn a_program_ends_at_an_answer_it_does_not_expect() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let outcome = page
        .call("run_program", run(&server.sign(&look(&server))))
        .await
        .unwrap();
    let certificate = hex::decode(outcome["steps"][1]["data"].as_str().unwrap()).unwrap();
    let read = piv::get_data(DataObject::AuthenticationCertificate);
    let witness = piv::request_witness(piv::Algorithm::TripleDes).unwrap();
    for (sequence, answer, steps) in [(1, certificate.as_slice(), 2), (2, b"something else", 1)] {
        let steps_out = vec![
            expecting_step(&read, answer),
            command_step(&witness, &["9000"]),
        ];
        let program = server.clear(ProgramKind::Look, sequence, steps_out);
        let outcome = page
            .call("run_program", run(&server.sign(&program)))
            .await
            .unwrap();
        assert_eq!(statuses(&outcome).len(), steps);
    }
}

#[tokio::test]
async fn a_program_ends_at_a_status_it_does_not_accept() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let marker = piv::get_data(DataObject::SecurityObject);
    for (sequence, accept, expected) in [
        (0, ["9000", "9000"], vec!["63C3", "6A82"]),
        (1, ["9000", "6A82"], vec!["63C3", "6A82", "9000"]),
    ] {
        let steps = vec![
            tries_left(),
            command_step(&marker, &accept),
            read_certificate(),
        ];
        let program = server.clear(ProgramKind::Look, sequence, steps);
        let outcome = page
            .call("run_program", run(&server.sign(&program)))
            .await
            .unwrap();
        assert_eq!(statuses(&outcome), expected);
    }
}

#[tokio::test]
async fn nothing_else_runs() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let good = look(&server);
    let with = |change: &dyn Fn(&mut Program)| {
        let mut program = good.clone();
        change(&mut program);
        run(&server.sign(&program))
    };
    let mut forged = server.sign(&good);
    forged.body = forged.body.replace("9000", "6A80");
    let stranger = ProgramSigner {
        key: SigningKey::from_slice(&[0x43; 32]).unwrap(),
        ..server.clone()
    };
    // A signature over the body alone, without the domain in front.
    let body = serde_json::to_string(&good).unwrap();
    let signature: Signature = server.key.sign(body.as_bytes());
    let undomained = SignedProgram::new(body, BASE64_STANDARD.encode(signature.to_bytes()));
    let mut unsigned = server.sign(&good);
    unsigned.signature.clear();
    let other_chip = Some(ChipId([0x22; 16]));
    for (params, reason) in [
        (run(&forged), "signature"),
        (run(&stranger.sign(&good)), "signature"),
        (run(&undomained), "signature"),
        (run(&unsigned), "signature"),
        (
            with(&|program| OTHER_ORIGIN.clone_into(&mut program.origin)),
            "origin",
        ),
        (
            with(&|program| program.expires_at = SERVER_NOW - 1),
            "expired",
        ),
        (
            with(&|program| program.expires_at = SERVER_NOW + MAX_LIFE_SECONDS + 60),
            "expired",
        ),
        (with(&|program| program.expires_at = i64::MAX), "expired"),
        (with(&|program| program.chip = other_chip), "chip"),
        (with(&|program| program.chip = None), "chip"),
    ] {
        assert_eq!(
            page.refused("run_program", params.clone()).await,
            refusal(reason),
            "{params}"
        );
    }
    // Nothing of this used up the operation.
    let longest = with(&|program| program.expires_at = SERVER_NOW + MAX_LIFE_SECONDS);
    page.call("run_program", longest).await.unwrap();
}

#[tokio::test]
async fn a_signature_does_not_make_everything_good() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let apdu = |command: &str| Step::Apdu {
        command: command.to_owned(),
        accept: vec!["9000".to_owned()],
        answer_sha256: None,
    };
    let new_pin = |command: &str| Step::NewPin {
        command: command.to_owned(),
        accept: vec!["9000".to_owned()],
        policy: None,
    };
    let unclear = Step::Apdu {
        command: "00200080".to_owned(),
        accept: vec!["90".to_owned()],
        answer_sha256: None,
    };
    let nonce = |nonce: &str| Step::ProveCard {
        nonce: nonce.to_owned(),
    };
    let looks = [
        vec![],
        vec![tries_left(); 65],
        vec![tries_left(); 2],
        vec![read_certificate(), tries_left()],
        vec![unclear],
        // VERIFY, signing with 9A, a PIN that the server knows, ATTEST, secure
        // messaging, SELECT of nothing.
        vec![apdu("0020008008313233343536FFFF")],
        vec![apdu("0087119A047C02820000")],
        vec![apdu("002C0080103132333435363738313233343536FFFF")],
        vec![apdu("00F99A0000")],
        vec![apdu("0CCB3FFF055C035FC102")],
        vec![apdu("00A40400")],
        vec![apdu("xyz")],
        vec![apdu("00A4")],
        vec![new_pin("00DB3FFF")],
        vec![new_pin("002C0080")],
        vec![new_pin("002C")],
        vec![nonce(""), tries_left()],
        vec![nonce(&"00".repeat(31)), tries_left()],
    ];
    let mut programs: Vec<_> = looks
        .into_iter()
        .map(|steps| server.clear(ProgramKind::Look, 0, steps))
        .collect();
    programs.push(Program {
        version: 1,
        ..look(&server)
    });
    // A kind's own commands, but in the clear, or of another kind.
    for kind in ProgramKind::ALL {
        if kind != ProgramKind::Look {
            programs.push(Program {
                kind,
                ..look(&server)
            });
        }
    }
    // 制卡 is for `card-bridge enroll`, whoever signed it.
    let metadata = command_step(&piv::get_metadata(piv::MANAGEMENT_KEY), &["9000"]);
    programs.push(server.clear(ProgramKind::Enrol, 0, vec![metadata]));
    for program in &programs {
        let params = run(&server.sign(program));
        let refused = page.refused("run_program", params).await;
        assert_eq!(refused, json!({ "code": "bad_request" }), "{program:?}");
    }
    for text in ["{}", "", r#"{"version":2}"#] {
        let nothing = run(&server.sign_text(text.to_owned()));
        assert_eq!(
            page.refused("run_program", nothing).await["code"],
            "bad_request"
        );
    }
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], 3, "no PIN was tried");
}

#[tokio::test]
async fn a_card_proves_itself_and_the_bridges_key_in_one_signature() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let mut keys = Vec::new();
    for (sequence, nonce) in [(0, [1; 32]), (1, [2; 32])] {
        let steps = vec![proof_step(&nonce), tries_left()];
        let program = server.clear(ProgramKind::Look, sequence, steps);
        let outcome = page
            .call("run_program", run(&server.sign(&program)))
            .await
            .unwrap();
        assert_eq!(statuses(&outcome), ["9000", "63C3"]);
        let key: [u8; 32] = hex::decode_array(outcome["exchange_key"].as_str().unwrap()).unwrap();
        let proof = outcome["steps"][0]["data"].as_str().unwrap();
        assert!(bridge.card.has_proved(&proof_message(&nonce, &key), proof));
        // It is for this nonce and this key alone.
        assert!(
            !bridge
                .card
                .has_proved(&proof_message(&[3; 32], &key), proof)
        );
        assert!(
            !bridge
                .card
                .has_proved(&proof_message(&nonce, &[0; 32]), proof)
        );
        keys.push(key);
    }
    assert_ne!(keys[0], keys[1], "each look makes its own key");
}

/// The card that signs is the card that is there: another one, which has a key
/// of its own from the factory, does not prove itself as this one.
#[tokio::test]
async fn another_card_proves_itself_alone() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page().await;
    page.call(
        "virtual_insert",
        json!({ "reader": READER, "card": "blank" }),
    )
    .await
    .unwrap();
    let server = ProgramSigner {
        chip: bridge.blank_chip,
        ..signer(&bridge)
    };
    let program = server.clear(ProgramKind::Look, 0, vec![proof_step(&[1; 32])]);
    let outcome = page
        .call("run_program", run(&server.sign(&program)))
        .await
        .unwrap();
    assert_eq!(statuses(&outcome), ["9000"]);
    let key = hex::decode_array(outcome["exchange_key"].as_str().unwrap()).unwrap();
    let proof = outcome["steps"][0]["data"].as_str().unwrap();
    assert!(
        !bridge
            .card
            .has_proved(&proof_message(&[1; 32], &key), proof)
    );
}

#[tokio::test]
async fn a_server_can_authenticate_itself_and_write() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let server = signer(&bridge);
    let key = ManagementKey::TripleDes(ManagementKey::FACTORY);
    let witness = piv::request_witness(key.algorithm()).unwrap();
    let steps = vec![command_step(&witness, &["9000"])];
    let program = server.clear(ProgramKind::Look, 0, steps);
    let outcome = page
        .call("run_program", run(&server.sign(&program)))
        .await
        .unwrap();
    let exchange = outcome["exchange_key"].as_str().unwrap();
    let data = hex::decode(outcome["steps"][0]["data"].as_str().unwrap()).unwrap();
    let witness = piv::parse_witness(key.algorithm(), &data).unwrap();
    let answer = piv::answer_witness(&key, witness, &[5; 8]).unwrap();
    let expected = piv::expected_answer(&key, &[5; 8]).unwrap();
    let contents = piv::build_certificate_object(b"\x30\x03new");
    let steps = [
        expecting_step(&answer, &expected),
        command_step(
            &piv::generate_key(piv::Slot::CardAuthentication, piv::Algorithm::P256).unwrap(),
            &["9000"],
        ),
        command_step(
            &piv::put_data(DataObject::AuthenticationCertificate, &contents),
            &["9000"],
        ),
        read_certificate(),
    ];
    let program = server.sealed(ProgramKind::Renew, 1, exchange, &steps);
    let Steps::Sealed(_) = program.steps else {
        panic!("not sealed");
    };
    let outcome = page
        .call("run_program", run(&server.sign(&program)))
        .await
        .unwrap();
    assert_eq!(statuses(&outcome), ["9000"; 4]);
    assert_eq!(outcome["exchange_key"], exchange);
    let read = outcome["steps"][3]["data"].as_str().unwrap();
    assert!(read.contains(&hex::encode(b"\x30\x03new")));
}
