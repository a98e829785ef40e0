//! Making a card in process, with a server that is a few lines long.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_bridge::{
    clock::Clock,
    enroll::{EnrollError, Issuer, NewPin, run},
    http::HttpError,
    key::ProgramKey,
    reader::demo::SoftwareCard,
};
use card_protocol::{
    CardError, ChipId, Pin, ProgramRefusal, StatusWord,
    enroll::{EnrollContinue, EnrollReply, EnrollStart, Holder},
    hex, piv,
    program::{Program, ProgramOutcome, SignedProgram, Step, VERSION, signed_message},
};
use jiff::Timestamp;
use p256::ecdsa::{Signature, signature::Signer as _};
use test_support::bridge::{blank_card, with_piv};

use crate::gated_bridge::{NOW, ORIGIN, signing_key};

/// Hands out one program after the other, whatever comes back.
struct Script {
    key: ProgramKey,
    origin: &'static str,
    chip: Mutex<Option<ChipId>>,
    programs: Mutex<Vec<Vec<Step>>>,
    outcomes: Mutex<Vec<ProgramOutcome>>,
}

impl Script {
    fn new(origin: &'static str, mut programs: Vec<Vec<Step>>) -> Self {
        programs.reverse();
        Self {
            key: ProgramKey::new(*signing_key().verifying_key()),
            origin,
            chip: Mutex::default(),
            programs: Mutex::new(programs),
            outcomes: Mutex::default(),
        }
    }

    fn next(&self) -> EnrollReply {
        let sequence = self.outcomes.lock().unwrap().len();
        let Some(steps) = self.programs.lock().unwrap().pop() else {
            return EnrollReply::Done {
                card_no: "2100000000001".to_owned(),
                holder_name: "王明（演示）".to_owned(),
                chip: ChipId([9; 16]),
            };
        };
        let program = Program {
            version: VERSION,
            origin: self.origin.to_owned(),
            operation: "enrolment".to_owned(),
            sequence: u32::try_from(sequence).unwrap(),
            chip: *self.chip.lock().unwrap(),
            expires_at: NOW + 60,
            steps,
        };
        let body = serde_json::to_string(&program).unwrap();
        let signature: Signature = signing_key().sign(&signed_message(&body));
        EnrollReply::Run {
            program: SignedProgram {
                signature: BASE64_STANDARD.encode(signature.to_bytes()),
                body,
            },
        }
    }
}

impl Issuer for Script {
    fn origin(&self) -> &str {
        ORIGIN
    }

    fn program_key(&self) -> &ProgramKey {
        &self.key
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        *self.chip.lock().unwrap() = start.chip;
        Ok(self.next())
    }

    fn proceed(&self, outcome: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        self.outcomes.lock().unwrap().push(outcome.outcome.clone());
        Ok(self.next())
    }
}

fn step(command: &card_protocol::Command) -> Step {
    Step::Apdu {
        command: hex::encode(&command.encode().unwrap()),
        accept: vec!["9000".to_owned()],
        answer_sha256: None,
    }
}

fn make(script: &Script, pin: NewPin) -> (Result<Pin, EnrollError>, SoftwareCard) {
    let folder = tempfile::tempdir().unwrap();
    let mut card = blank_card(&folder.path().join("card"));
    let now = Timestamp::from_second(NOW).unwrap();
    let clock: Clock = Arc::new(move || now);
    let holder = Holder::LegalPerson {
        enterprise: "91350200000000000X".to_owned(),
    };
    let made = run(&mut card, script, holder, pin, &clock);
    (made.map(|made| made.pin), card)
}

fn verify(card: &mut SoftwareCard, pin: &Pin) -> StatusWord {
    let status = with_piv(card, |card| {
        card.select()?;
        Ok(card.send(piv::verify_pin(pin))?.status())
    });
    status.unwrap()
}

#[test]
fn the_new_pin_is_chosen_here_and_set_by_a_program() {
    let factory = Pin::new("123456").unwrap();
    let script = Script::new(
        ORIGIN,
        vec![
            vec![step(&piv::verify_pin(&factory))],
            vec![Step::NewPin {
                command: format!("00240080{}", hex::encode(factory.padded())),
                accept: vec!["9000".to_owned()],
                policy: None,
            }],
        ],
    );
    let (pin, mut card) = make(&script, NewPin::Random);
    let pin = pin.unwrap();
    assert_eq!(script.outcomes.lock().unwrap().len(), 2);
    assert_eq!(pin.digits().len(), 6);
    assert_eq!(verify(&mut card, &factory), StatusWord::tries_left(2));
    assert_eq!(verify(&mut card, &pin), StatusWord::SUCCESS);
}

#[test]
fn another_servers_program_does_not_run() {
    let script = Script::new("https://other.example", vec![vec![step(&piv::select())]]);
    let given = NewPin::Given(Pin::new("864209").unwrap());
    let (made, _card) = make(&script, given);
    let Err(EnrollError::Card(error)) = made else {
        panic!("{made:?}");
    };
    let reason = ProgramRefusal::Origin;
    assert_eq!(error, CardError::ProgramRefused { reason });
}

#[test]
fn a_server_without_an_end_is_left() {
    let script = Script::new(ORIGIN, vec![vec![step(&piv::select())]; 40]);
    let (made, _card) = make(&script, NewPin::Random);
    assert!(
        matches!(made, Err(EnrollError::TooManyPrograms)),
        "{made:?}"
    );
}
