//! `run_program`: what the server signed, where and when it meant it, and
//! nothing else.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    ChipId, hex,
    piv::{self, DataObject},
    program::{Program, SignedProgram, Step, VERSION, signed_message},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};

use crate::bench::{Bench, NOW, ORIGIN, OTHER_ORIGIN, PIN, READER, nonce, signing_key};

fn apdu(command: &card_protocol::Command) -> Step {
    Step::Apdu {
        command: hex::encode(&command.encode().unwrap()),
        accept: vec!["9000".to_owned()],
    }
}

fn program(bench: &Bench) -> Program {
    Program {
        version: VERSION,
        origin: ORIGIN.to_owned(),
        operation: "0190a5c8-0000-7000-8000-000000000001".to_owned(),
        sequence: 0,
        chip: Some(bench.card.chip),
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
    let bench = Bench::start().await;
    let mut page = bench.page_with_card().await;
    let mut program = program(&bench);
    let first = run(&signed(&program));
    let outcome = page.call("run_program", first.clone()).await.unwrap();
    assert_eq!(outcome["operation"], program.operation);
    assert_eq!(outcome["sequence"], 0);
    assert_eq!(outcome["steps"][0]["status"], "9000");
    let data = outcome["steps"][0]["data"].as_str().unwrap();
    assert!(data.contains(&bench.card.chip.to_string()));

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
async fn a_program_ends_at_a_status_it_does_not_accept() {
    let bench = Bench::start().await;
    let mut page = bench.page_with_card().await;
    let mut program = program(&bench);
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
    let bench = Bench::start().await;
    let mut page = bench.page_with_card().await;
    let good = program(&bench);
    let with = |change: &dyn Fn(&mut Program)| {
        let mut program = good.clone();
        change(&mut program);
        run(&signed(&program))
    };
    let bad = json!({ "code": "bad_request" });
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
    let hex_step = |command: &str| Step::Apdu {
        command: command.to_owned(),
        accept: vec!["9000".to_owned()],
    };
    let pin_step = |command: &str| Step::NewPin {
        command: command.to_owned(),
        accept: vec!["9000".to_owned()],
    };
    for (params, expected) in [
        (run(&forged), refusal("signature")),
        (run(&stranger), refusal("signature")),
        (run(&undomained), refusal("signature")),
        (
            run(&SignedProgram {
                signature: String::new(),
                ..signed(&good)
            }),
            refusal("signature"),
        ),
        (
            with(&|program| program.origin = OTHER_ORIGIN.to_owned()),
            refusal("origin"),
        ),
        (
            with(&|program| program.expires_at = NOW - 1),
            refusal("expired"),
        ),
        (
            with(&|program| program.chip = Some(ChipId([0x22; 16]))),
            refusal("chip"),
        ),
        (with(&|program| program.chip = None), refusal("chip")),
        (with(&|program| program.version = 2), bad.clone()),
        (
            with(&|program| program.steps = vec![program.steps[0].clone(); 65]),
            bad.clone(),
        ),
        // VERIFY with a PIN; signing with 9A; a PIN that the server knows; ATTEST; secure messaging.
        (
            with(&|program| program.steps = vec![hex_step("0020008008313233343536FFFF")]),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![hex_step("0087119A047C02820000")]),
            bad.clone(),
        ),
        (
            with(&|program| {
                program.steps = vec![hex_step("002C0080103132333435363738313233343536FFFF")]
            }),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![hex_step("00F99A0000")]),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![hex_step("0CCB3FFF055C035FC102")]),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![hex_step("00A40400")]),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![hex_step("xyz")]),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![pin_step("00DB3FFF")]),
            bad.clone(),
        ),
        (
            with(&|program| program.steps = vec![pin_step("002C0080")]),
            bad.clone(),
        ),
        (run(&sign("{}".to_owned(), &signing_key())), bad.clone()),
    ] {
        assert_eq!(
            page.refused("run_program", params.clone()).await,
            expected,
            "{params}"
        );
    }
    // Nothing of this used up the operation, nor a try of the PIN.
    page.call("run_program", run(&signed(&good))).await.unwrap();
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], 3);
}

#[tokio::test]
async fn the_new_pin_comes_from_the_terminal() {
    let bench = Bench::start().await;
    let mut page = bench.page_with_card().await;
    let login = |pin: &str| json!({ "reader": READER, "nonce": nonce(), "pin": pin });
    for _ in 0..3 {
        page.refused("authenticate", login("654321")).await;
    }
    assert_eq!(
        page.refused("authenticate", login(PIN)).await["code"],
        "pin_blocked"
    );
    let mut unblock = program(&bench);
    unblock.steps = vec![Step::NewPin {
        command: format!("002C0080{}", hex::encode(b"12345678")),
        accept: vec!["9000".to_owned()],
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
    params["new_pin"] = json!("864209");
    let outcome = page.call("run_program", params).await.unwrap();
    assert_eq!(outcome["steps"][0]["status"], "9000");
    assert!(!outcome.to_string().contains("864209"));
    page.call("authenticate", login("864209")).await.unwrap();
}

#[tokio::test]
async fn the_management_key_stays_authenticated_from_one_program_to_the_next() {
    let bench = Bench::start().await;
    let mut page = bench.page_with_card().await;
    let key = piv::ManagementKey::TripleDes(piv::ManagementKey::FACTORY);
    let mut program = program(&bench);
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
