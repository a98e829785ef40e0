//! `run_program`: what the server signed, where and when it meant it, and
//! nothing else.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    ChipId, PinPolicy, hex,
    piv::{self, DataObject},
    program::{Program, SignedProgram, Step, VERSION, signed_message},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::gated_bridge::{
    GatedBridge, NOW, ORIGIN, OTHER_ORIGIN, PIN, READER, nonce, signing_key,
};

fn apdu(command: &card_protocol::Command) -> Step {
    Step::Apdu {
        command: hex::encode(&command.encode().unwrap()),
        accept: vec!["9000".to_owned()],
        answer_sha256: None,
    }
}

fn program(bridge: &GatedBridge) -> Program {
    Program {
        version: VERSION,
        origin: ORIGIN.to_owned(),
        operation: "0190a5c8-0000-7000-8000-000000000001".to_owned(),
        sequence: 0,
        chip: Some(bridge.card.chip),
        expires_at: NOW + 60,
        steps: vec![apdu(&piv::get_data(DataObject::Chuid))],
    }
}

fn sign(body: String, key: &SigningKey) -> SignedProgram {
    let signature: Signature = key.sign(&signed_message(&body));
    SignedProgram {
        signature: BASE64_STANDARD.encode(signature.to_bytes()),
        body,
    }
}

fn signed(program: &Program) -> SignedProgram {
    sign(serde_json::to_string(program).unwrap(), &signing_key())
}

fn run(signed: &SignedProgram) -> Value {
    json!({ "reader": READER, "program": signed })
}

fn refusal(reason: &str) -> Value {
    json!({ "code": "program_refused", "reason": reason })
}

#[tokio::test]
async fn a_signed_program_runs_once() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut program = program(&bridge);
    let first = run(&signed(&program));
    let outcome = page.call("run_program", first.clone()).await.unwrap();
    assert_eq!(outcome["operation"], program.operation);
    assert_eq!(outcome["sequence"], 0);
    assert_eq!(outcome["steps"][0]["status"], "9000");
    let data = outcome["steps"][0]["data"].as_str().unwrap();
    assert!(data.contains(&bridge.card.chip.to_string()));

    assert_eq!(page.refused("run_program", first).await, refusal("expired"));
    program.sequence = 2;
    let third = run(&signed(&program));
    page.call("run_program", third).await.unwrap();
    program.sequence = 1;
    let second = run(&signed(&program));
    assert_eq!(
        page.refused("run_program", second).await,
        refusal("expired")
    );
}

#[tokio::test]
async fn a_program_ends_at_an_answer_it_does_not_expect() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut program = program(&bridge);
    let chuid = page
        .call("run_program", run(&signed(&program)))
        .await
        .unwrap();
    let chuid = hex::decode(chuid["steps"][0]["data"].as_str().unwrap()).unwrap();
    let expecting = |data: &[u8]| Step::Apdu {
        command: hex::encode(&piv::get_data(DataObject::Chuid).encode().unwrap()),
        accept: vec!["9000".to_owned()],
        answer_sha256: Some(hex::encode(&Sha256::digest(data))),
    };
    for (sequence, data, steps) in [(1, chuid.as_slice(), 2), (2, b"something else", 1)] {
        program.sequence = sequence;
        program.steps = vec![expecting(data), apdu(&piv::verify_status())];
        let outcome = page
            .call("run_program", run(&signed(&program)))
            .await
            .unwrap();
        assert_eq!(outcome["steps"].as_array().unwrap().len(), steps);
    }
}

#[tokio::test]
async fn a_program_ends_at_a_status_it_does_not_accept() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut program = program(&bridge);
    // Without the management key, nothing can be written.
    program
        .steps
        .push(apdu(&piv::put_data(DataObject::Chuid, &[])));
    program.steps.push(apdu(&piv::get_data(DataObject::Chuid)));
    let outcome = page
        .call("run_program", run(&signed(&program)))
        .await
        .unwrap();
    let statuses: Vec<_> = outcome["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["status"].clone())
        .collect();
    assert_eq!(statuses, ["9000", "6982"]);
}

#[tokio::test]
async fn nothing_else_runs() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let good = program(&bridge);
    let with = |change: &dyn Fn(&mut Program)| {
        let mut program = good.clone();
        change(&mut program);
        run(&signed(&program))
    };
    let mut forged = signed(&good);
    forged.body = forged.body.replace("9000", "6A80");
    let body = serde_json::to_string(&good).unwrap();
    let stranger = sign(body.clone(), &SigningKey::from_slice(&[0x43; 32]).unwrap());
    // A signature over the body alone, without the domain in front.
    let signature: Signature = signing_key().sign(body.as_bytes());
    let undomained = SignedProgram {
        signature: BASE64_STANDARD.encode(signature.to_bytes()),
        body,
    };
    let mut unsigned = signed(&good);
    unsigned.signature.clear();
    let other_chip = Some(ChipId([0x22; 16]));
    for (params, reason) in [
        (run(&forged), "signature"),
        (run(&stranger), "signature"),
        (run(&undomained), "signature"),
        (run(&unsigned), "signature"),
        (
            with(&|program| OTHER_ORIGIN.clone_into(&mut program.origin)),
            "origin",
        ),
        (with(&|program| program.expires_at = NOW - 1), "expired"),
        (with(&|program| program.chip = other_chip), "chip"),
        (with(&|program| program.chip = None), "chip"),
    ] {
        let expected = json!({ "code": "program_refused", "reason": reason });
        assert_eq!(
            page.refused("run_program", params.clone()).await,
            expected,
            "{params}"
        );
    }
    // Nothing of this used up the operation.
    page.call("run_program", run(&signed(&good))).await.unwrap();
}

#[tokio::test]
async fn a_signature_does_not_make_everything_good() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let accept = vec!["9000".to_owned()];
    let apdu = |command: &str| Step::Apdu {
        command: command.to_owned(),
        accept: accept.clone(),
        answer_sha256: None,
    };
    let new_pin = |command: &str| Step::NewPin {
        command: command.to_owned(),
        accept: accept.clone(),
        policy: None,
    };
    let get_chuid = program(&bridge).steps.remove(0);
    let unclear = Step::Apdu {
        command: "00CB3FFF055C035FC10200".to_owned(),
        accept: vec!["90".to_owned()],
        answer_sha256: None,
    };
    let mut programs: Vec<_> = [
        vec![get_chuid; 65],
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
    ]
    .into_iter()
    .map(|steps| Program {
        steps,
        ..program(&bridge)
    })
    .collect();
    programs.push(Program {
        version: 2,
        ..program(&bridge)
    });
    for program in &programs {
        let refused = page.refused("run_program", run(&signed(program))).await;
        assert_eq!(refused, json!({ "code": "bad_request" }), "{program:?}");
    }
    let nothing = run(&sign("{}".to_owned(), &signing_key()));
    assert_eq!(
        page.refused("run_program", nothing).await["code"],
        "bad_request"
    );
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], 3, "no PIN was tried");
}

#[tokio::test]
async fn the_new_pin_comes_from_the_terminal() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let login = |pin: &str| json!({ "reader": READER, "nonce": nonce(), "pin": pin });
    for _ in 0..3 {
        page.refused("authenticate", login("654321")).await;
    }
    assert_eq!(
        page.refused("authenticate", login(PIN)).await["code"],
        "pin_blocked"
    );
    let mut unblock = program(&bridge);
    unblock.steps = vec![Step::NewPin {
        command: format!("002C0080{}", hex::encode(b"12345678")),
        accept: vec!["9000".to_owned()],
        policy: Some(PinPolicy::default()),
    }];
    let mut params = run(&signed(&unblock));
    assert_eq!(
        page.refused("run_program", params.clone()).await["code"],
        "pin_required"
    );
    params["new_pin"] = json!("12345");
    assert_eq!(
        page.refused("run_program", params.clone()).await["code"],
        "bad_request"
    );
    params["new_pin"] = json!("654321");
    assert_eq!(
        page.refused("run_program", params.clone()).await,
        json!({ "code": "weak_pin", "weakness": "run" })
    );
    params["new_pin"] = json!("864209");
    let outcome = page.call("run_program", params).await.unwrap();
    assert_eq!(outcome["steps"][0]["status"], "9000");
    assert!(!outcome.to_string().contains("864209"));
    page.call("authenticate", login("864209")).await.unwrap();
}

#[tokio::test]
async fn the_management_key_stays_authenticated_from_one_program_to_the_next() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let key = piv::ManagementKey::TripleDes(piv::ManagementKey::FACTORY);
    let mut program = program(&bridge);
    program.steps = vec![apdu(&piv::request_witness(key.algorithm()).unwrap())];
    let outcome = page
        .call("run_program", run(&signed(&program)))
        .await
        .unwrap();
    let data = hex::decode(outcome["steps"][0]["data"].as_str().unwrap()).unwrap();
    let witness = piv::parse_witness(key.algorithm(), &data).unwrap();
    program.sequence = 1;
    program.steps = vec![apdu(&piv::answer_witness(&key, witness, &[5; 8]).unwrap())];
    let outcome = page
        .call("run_program", run(&signed(&program)))
        .await
        .unwrap();
    let data = hex::decode(outcome["steps"][0]["data"].as_str().unwrap()).unwrap();
    piv::check_answer(&key, &[5; 8], &data).unwrap();
    program.sequence = 2;
    program.steps = vec![apdu(&piv::put_data(
        DataObject::PrintedInformation,
        b"\x01\x02OK",
    ))];
    let outcome = page
        .call("run_program", run(&signed(&program)))
        .await
        .unwrap();
    assert_eq!(outcome["steps"][0]["status"], "9000");
}
