//! Untrusted bytes for whatever reads programs: what a page hands in, what is
//! sealed, and what is reported of a program. The card behind them carries out
//! everything, and bears no command that no page's program may hold.

mod frames;

use std::time::Duration;

use card_bridge::{
    operation::{Blocking, cancel::CancelToken},
    reader::CardAccess,
    replay_guard::ReplayGuard,
};
use card_operations::{
    card_state::CardState,
    moment::Moment,
    piv_card::Piv,
    program::{CheckedProgram, Purpose, check, run},
    ready::ready,
};
use card_protocol::{
    CardError, ChipId, Command, Ins, Pin, Puk, hex,
    piv::{self, Algorithm, DataObject, ManagementKey, Slot},
    program::{Program, ProgramKind, ProgramOutcome, Sealed, Step, StepOutcome},
    sealing::{ExchangeKey, seal},
};
use jiff::Timestamp;
use test_support::{
    bridge::{ProgramSigner, command_step, expecting_step, proof_step},
    fuzz,
};
use zeroize::Zeroizing;

use crate::gated_bridge::{NOW, ORIGIN, signing_key};

fn server() -> ProgramSigner {
    ProgramSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        operation: "operation".to_owned(),
        chip: None,
        expires_at: NOW + 60,
    }
}

fn exchange_key() -> ExchangeKey {
    ExchangeKey::from_random(&Zeroizing::new([9; 32]))
}

fn now() -> Moment {
    Moment {
        steady: Duration::ZERO,
        wall: Timestamp::from_second(NOW).unwrap(),
    }
}

fn checked(body: &str, purpose: Purpose) -> Result<CheckedProgram, CardError> {
    let server = server();
    let signed = server.sign_text(body.to_owned());
    ready(check(
        &signed,
        ORIGIN,
        &server.public_key(),
        now().wall,
        purpose,
    ))
}

/// Runs it on a card that carries out everything; how many of its commands the
/// card got.
fn run_on_card(program: &CheckedProgram, exchange: Option<ExchangeKey>) -> usize {
    let token = CancelToken::default();
    token.begin().unwrap();
    let mut state = CardState {
        exchange,
        ..CardState::default()
    };
    let outcome = ready(run(
        program,
        &mut Piv::new(&mut Blocking(&mut Watching), &token),
        &mut state,
        &ReplayGuard::in_memory(),
        Some(&Pin::new("864209").unwrap()),
        now(),
    ));
    outcome.map_or(0, |outcome| outcome.steps.len())
}

/// A card without a CHUID.
struct Watching;

impl CardAccess for Watching {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        let command = Command::parse(apdu).unwrap();
        let (p2, data) = (command.p2(), command.data());
        let instruction = command.ins().unwrap();
        let is_safe = match instruction {
            Ins::SetManagementKey | Ins::SetPinRetries | Ins::GetResponse => false,
            Ins::Verify => data.is_empty(),
            Ins::GeneralAuthenticate => [0x9B, 0x9E].contains(&p2),
            Ins::Generate => [0x9A, 0x9E].contains(&p2),
            Ins::Attest => [0x9A, 0x9E].contains(&command.p1()),
            Ins::ChangeReferenceData => p2 == 0x81,
            // The first link names the object, the others continue it.
            Ins::PutData => {
                let is_named = |end: [u8; 2]| data.get(3..5) == Some(&end);
                let is_first = data.starts_with(&[0x5C, 0x03, 0x5F]);
                !is_first || is_named([0xC1, 0x05]) || is_named([0xC1, 0x06])
            }
            Ins::GetData | Ins::GetMetadata | Ins::ResetRetryCounter | Ins::Select => true,
        };
        assert!(is_safe, "{command:?}");
        Ok(match instruction {
            Ins::GetData => vec![0x6A, 0x82],
            _ => vec![0x90, 0x00],
        })
    }

    fn was_reset(&self) -> bool {
        false
    }
}

fn tries() -> Step {
    command_step(&piv::verify_status(), &["9000", "63C3"])
}

fn answer() -> Step {
    let key = ManagementKey::Aes256([7; 32]);
    let answer = piv::answer_witness(&key, &[1; 16], &[2; 16]).unwrap();
    // What the card above answers.
    expecting_step(&answer, &[])
}

fn read() -> Step {
    let read = piv::get_data(DataObject::AuthenticationCertificate);
    command_step(&read, &["9000", "6A82"])
}

/// One good program of each kind that is sealed.
fn sealed_steps() -> Vec<(ProgramKind, Vec<Step>)> {
    let done = |command: &Command| command_step(command, &["9000"]);
    let contents = piv::build_certificate_object(&[0x30; 300]);
    let put = done(&piv::put_data(
        DataObject::AuthenticationCertificate,
        &contents,
    ));
    let marker = done(&piv::put_data(DataObject::SecurityObject, &[1; 40]));
    let generate = |slot| done(&piv::generate_key(slot, Algorithm::P256).unwrap());
    let puk = Puk::new(*b"12345678");
    let change = done(&piv::change_puk(&puk, &puk));
    let begun = piv::reset_retry_counter_to_appended(&puk);
    let unblock = Step::NewPin {
        command: hex::encode(&[&begun.header(), begun.data()].concat()),
        accept: vec!["9000".to_owned()],
        policy: Some(card_protocol::PinPolicy::default()),
    };
    let witness = done(&piv::request_witness(Algorithm::Aes256).unwrap());
    let rotate = [marker.clone(), change, marker.clone(), tries()];
    vec![
        (ProgramKind::Look, vec![answer(), tries(), read(), witness]),
        (
            ProgramKind::Renew,
            vec![
                answer(),
                generate(Slot::CardAuthentication),
                put.clone(),
                read(),
            ],
        ),
        (
            ProgramKind::RenewNewKey,
            vec![answer(), generate(Slot::Authentication)],
        ),
        (
            ProgramKind::Unblock,
            [&[answer(), unblock], rotate.as_slice()].concat(),
        ),
        (
            ProgramKind::Rotate,
            [&[answer()], rotate.as_slice()].concat(),
        ),
        (ProgramKind::KeepPuk, vec![answer(), marker, tries()]),
        (ProgramKind::Check, vec![answer(), tries()]),
        (ProgramKind::RollBack, vec![answer(), put, read()]),
    ]
}

#[test]
fn what_a_page_hands_in() {
    let server = server();
    let look = vec![proof_step(&[1; 32]), tries(), read()];
    let key = hex::encode(exchange_key().public());
    let mut programs: Vec<Program> = sealed_steps()
        .into_iter()
        .map(|(kind, steps)| server.sealed(kind, 0, &key, &steps))
        .collect();
    programs.push(server.clear(ProgramKind::Look, 0, look.clone()));
    programs.push(Program {
        chip: Some(ChipId([1; 16])),
        ..server.clear(ProgramKind::Look, 0, look)
    });
    let metadata = piv::get_metadata(piv::MANAGEMENT_KEY);
    let metadata = vec![command_step(&metadata, &["9000"])];
    programs.push(server.clear(ProgramKind::Enrol, 0, metadata));
    let seeds: Vec<_> = programs
        .iter()
        .map(|program| serde_json::to_vec(program).unwrap())
        .collect();
    fuzz::run(&seeds, |bytes| {
        let Ok(body) = std::str::from_utf8(bytes) else {
            return Ok(());
        };
        let of_enrolment = checked(body, Purpose::Enroll);
        if let Ok(program) = checked(body, Purpose::Page) {
            run_on_card(&program, None);
            if of_enrolment.is_ok() {
                return Err("a page's program is no enrolment's");
            }
        }
        Ok(())
    });
}

#[test]
fn what_is_sealed() {
    let key = hex::encode(exchange_key().public());
    let mut seeds = Vec::new();
    for (kind, steps) in sealed_steps() {
        let program = server().sealed(kind, 0, &key, &steps);
        let body = serde_json::to_string(&program).unwrap();
        let program = checked(&body, Purpose::Page).unwrap();
        let sent = run_on_card(&program, Some(exchange_key()));
        assert_eq!(sent, steps.len(), "{kind:?}");
        let at = ProgramKind::ALL.iter().position(|it| *it == kind).unwrap();
        let at = [u8::try_from(at).unwrap()];
        seeds.push([&at, serde_json::to_vec(&steps).unwrap().as_slice()].concat());
    }
    fuzz::run(&seeds, |bytes| {
        let Some((at, text)) = bytes.split_first() else {
            return Ok(());
        };
        // Sealing takes most of the time, and what is no list of steps ends at
        // the first thing behind it: one in sixteen is enough of those.
        let is_steps = serde_json::from_slice::<Vec<Step>>(text).is_ok();
        if !is_steps && !text.len().is_multiple_of(16) {
            return Ok(());
        }
        let kind = ProgramKind::ALL[usize::from(*at) % ProgramKind::ALL.len()];
        let program = server().sealed_text(kind, 0, &key, text);
        let body = serde_json::to_string(&program).unwrap();
        let Ok(program) = checked(&body, Purpose::Page) else {
            return match kind {
                ProgramKind::Enrol => Ok(()),
                _ => Err("refused before it was opened"),
            };
        };
        run_on_card(&program, Some(exchange_key()));
        if run_on_card(&program, None) > 0 {
            return Err("there was no key");
        }
        Ok(())
    });
}

#[test]
fn seals() {
    let random = Zeroizing::new([3; 32]);
    let sealed = seal(exchange_key().public(), b"text", b"context", &random).unwrap();
    let other = seal(exchange_key().public(), b"text", b"other", &random).unwrap();
    let seeds: Vec<_> = [&sealed, &other]
        .map(|sealed| serde_json::to_vec(sealed).unwrap())
        .into();
    fuzz::run(&seeds, |bytes| {
        let Ok(found) = serde_json::from_slice::<Sealed>(bytes) else {
            return Ok(());
        };
        match exchange_key().open(&found, b"context") {
            // Hex may be written in either case.
            Ok(text) if text.as_slice() == b"text" => Ok(()),
            Ok(_) => Err("nobody sealed that"),
            Err(_) if found == sealed => Err("what was sealed does not open"),
            Err(_) => Ok(()),
        }
    });
}

#[test]
fn what_is_reported() {
    let step = |data: &str, status: &str| StepOutcome {
        data: data.to_owned(),
        status: status.to_owned(),
    };
    let outcome = ProgramOutcome {
        operation: "operation".to_owned(),
        sequence: 1,
        exchange_key: Some("09".repeat(32)),
        steps: vec![
            step("7c0a80080102030405060708", "9000"),
            step("", "63C3"),
            step("", "6A82"),
        ],
    };
    let without = ProgramOutcome {
        exchange_key: None,
        steps: Vec::new(),
        ..outcome.clone()
    };
    let seeds: Vec<_> = [outcome, without]
        .map(|outcome| serde_json::to_vec(&outcome).unwrap())
        .into();
    fuzz::run(&seeds, |bytes| {
        let Ok(outcome) = serde_json::from_slice::<ProgramOutcome>(bytes) else {
            return Ok(());
        };
        let written = serde_json::to_vec(&outcome).unwrap();
        let again = serde_json::from_slice::<ProgramOutcome>(&written);
        if again.ok().as_ref() != Some(&outcome) {
            return Err("it is not read as it was written");
        }
        for step in &outcome.steps {
            if let Some(data) = hex::decode(&step.data) {
                let _ = piv::parse_ecdsa_signature(Algorithm::P256, &data);
                let _ = piv::parse_witness(Algorithm::Aes256, &data);
                let _ = piv::parse_metadata(&data);
            }
        }
        Ok(())
    });
}
