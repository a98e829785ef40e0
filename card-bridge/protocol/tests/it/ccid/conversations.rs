//! Runs every conversation in `tests/ccid`: each step has to send exactly the messages
//! that are written there, and to make of the answers what is written there. `SS` is
//! the number of the message (bSeq), `PP` that of the one before.

use std::{fs, path::Path};

use card_protocol::{
    ccid::{ReaderLimits, Session},
    hex,
};
use serde::Deserialize;

use super::device::{self, Reader};
use crate::script;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    session: Vec<Conversation>,
}

/// A reader and what is done with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    name: String,
    #[serde(default)]
    reader: Reader,
    step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    run: Operation,
    /// What is sent, and the transfers that come back.
    #[serde(default)]
    messages: Vec<Vec<String>>,
    outcome: String,
    /// What becomes of the card.
    #[serde(default)]
    is_over_t0: Option<bool>,
    #[serde(default)]
    carries_extended: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    PowerOn,
    PowerOff,
    Status,
    GetParameters,
    ResetParameters,
    SetClockAndRate(u32, u32),
    Transmit(String),
}

fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ccid")
}

fn bytes(text: &str, sequence: u8) -> Vec<u8> {
    let text = text.replace("SS", &hex::encode(&[sequence]));
    let text = text.replace("PP", &hex::encode(&[sequence.wrapping_sub(1)]));
    script::bytes(&text)
}

fn run(session: &mut Session, step: &Step) -> String {
    let begun = match &step.run {
        Operation::PowerOn => session.power_on(),
        Operation::PowerOff => session.power_off(),
        Operation::Status => session.get_status(),
        Operation::GetParameters => session.get_parameters(),
        Operation::ResetParameters => session.reset_parameters(),
        Operation::SetClockAndRate(clock, rate) => session.set_clock_and_rate(*clock, *rate),
        Operation::Transmit(apdu) => session.transmit(&script::bytes(apdu)),
    };
    if let Err(error) = begun {
        assert!(step.messages.is_empty(), "nothing is sent: {error}");
        return device::tell(Err(error));
    }
    let mut messages = step.messages.iter();
    let outcome = device::drive(session, |message| {
        let sequence = device::sequence(message);
        let Some(expected) = messages.next() else {
            panic!("one too many: {}", hex::encode(message));
        };
        assert_eq!(
            hex::encode(message),
            hex::encode(&bytes(&expected[0], sequence))
        );
        expected[1..]
            .iter()
            .map(|text| bytes(text, sequence))
            .collect()
    });
    assert_eq!(messages.count(), 0, "not everything was sent: {outcome:?}");
    device::tell(outcome)
}

fn hold(name: &str) {
    let text = fs::read_to_string(directory().join(name).with_extension("toml")).unwrap();
    let file: File = toml::from_str(&text).unwrap();
    for conversation in file.session {
        let mut session = conversation.reader.session(ReaderLimits::default());
        for (at, step) in conversation.step.iter().enumerate() {
            let place = format!("{name}: {} [{at}]", conversation.name);
            let outcome = run(&mut session, step);
            assert_eq!(outcome, step.outcome, "{place}");
            if let Some(expected) = step.is_over_t0 {
                assert_eq!(session.is_over_t0(), expected, "{place}");
            }
            if let Some(expected) = step.carries_extended {
                assert_eq!(session.carries_extended(), expected, "{place}");
            }
        }
    }
}

files_held!(errors extended field power tpdu; beside "scenarios.toml");
