//! The programs of an enrolment, stage by stage. The order matters: the chip
//! id before the management key that is derived from it; PIN retries, which
//! reset PIN and PUK, before both; the PIN, which only the terminal knows, last.

use card_protocol::{
    Command, Pin, PinTries, Puk, hex,
    piv::{
        self, Algorithm, Chuid, DataObject, MANAGEMENT_KEY, ManagementKey, PivError, Slot, Touch,
    },
    program::Step,
};
use jiff::civil::Date;

use super::{
    EnrollError,
    fault::Fault,
    memory::{Memory, Stage},
};
use crate::{keys::MasterKey, service::ServiceError};

/// The PIN of a new card, padded: where the terminal's PIN takes its place.
const FACTORY_PIN: &str = "123456";
/// The PUK of a new card.
const FACTORY_PUK: Puk = Puk::new(*b"12345678");
/// Tries of a new PIN, where the card lets us choose.
const PIN_TRIES: PinTries = PinTries(5);
/// Tries of the PUK: the server derives it and never guesses.
const PUK_TRIES: PinTries = PinTries(3);
/// The plastic does not expire for us; the standard wants a date.
const NO_EXPIRY: Date = Date::constant(2099, 12, 31);

/// What a card says that lacks an extension.
const LACKING: [&str; 8] = [
    "6D00", "6A80", "6A81", "6A86", "6A88", "6982", "6985", "6700",
];
const DONE: &str = "9000";

/// The steps of the program for this stage.
pub(super) fn steps(master: &MasterKey, memory: &Memory) -> Result<Vec<Step>, EnrollError> {
    let steps = match &memory.stage {
        Stage::Metadata => vec![optional(&piv::get_metadata(MANAGEMENT_KEY))?],
        Stage::Witness { factory, .. } => {
            let algorithm = factory.key().algorithm();
            vec![optional(&ours(piv::request_witness(algorithm))?)?]
        }
        Stage::Answer {
            factory,
            witness,
            challenge,
        } => vec![needed(&answer(&factory.key(), witness, challenge)?)?],
        Stage::Generate => {
            let chuid = Chuid {
                chip_id: memory.new_chip,
                expires: NO_EXPIRY,
            };
            let generate = ours(piv::generate_key(Slot::Authentication, Algorithm::P256))?;
            vec![
                needed(&piv::put_data(DataObject::Chuid, &chuid.to_bytes()))?,
                needed(&generate)?,
            ]
        }
        Stage::Write { issued, digest } => {
            let der = decode(&issued.der)?;
            let contents = piv::build_certificate_object(&der);
            let pin = Pin::new(FACTORY_PIN)
                .map_err(|_constant| ServiceError::Inconsistent("the factory PIN"))?;
            let sign = piv::sign(Slot::Authentication, Algorithm::P256, &decode(digest)?);
            let key = master.management_key(&memory.new_chip)?;
            let puk = master.puk(&memory.new_chip, 0)?;
            vec![
                needed(&piv::put_data(
                    DataObject::AuthenticationCertificate,
                    &contents,
                ))?,
                needed(&piv::verify_pin(&pin))?,
                needed(&ours(sign)?)?,
                optional(&piv::set_pin_retries(PIN_TRIES, PUK_TRIES))?,
                needed(&piv::set_management_key(&key, Touch::Never))?,
                needed(&piv::change_puk(&FACTORY_PUK, &puk))?,
                new_pin(&pin),
            ]
        }
        Stage::ReadBack { .. } => vec![
            needed(&piv::get_data(DataObject::Chuid))?,
            needed(&piv::get_data(DataObject::AuthenticationCertificate))?,
            needed(&ours(piv::request_witness(Algorithm::Aes256))?)?,
        ],
        Stage::Prove {
            witness, challenge, ..
        } => {
            let key = master.management_key(&memory.new_chip)?;
            vec![needed(&answer(&key, witness, challenge)?)?]
        }
    };
    Ok(steps)
}

/// The names of the steps above, for errors.
pub(super) const fn names(stage: &Stage) -> &'static [&'static str] {
    match stage {
        Stage::Metadata => &["GET METADATA 9B"],
        Stage::Witness { .. } => &["GENERAL AUTHENTICATE 9B (witness)"],
        Stage::Answer { .. } => &["GENERAL AUTHENTICATE 9B (answer)"],
        Stage::Generate => &["PUT DATA CHUID", "GENERATE 9A"],
        Stage::Write { .. } => &[
            "PUT DATA certificate",
            "VERIFY factory PIN",
            "GENERAL AUTHENTICATE 9A",
            "SET PIN RETRIES",
            "SET MANAGEMENT KEY",
            "CHANGE REFERENCE DATA PUK",
            "CHANGE REFERENCE DATA PIN",
        ],
        Stage::ReadBack { .. } => &[
            "GET DATA CHUID",
            "GET DATA certificate",
            "GENERAL AUTHENTICATE new 9B (witness)",
        ],
        Stage::Prove { .. } => &["GENERAL AUTHENTICATE new 9B (answer)"],
    }
}

fn answer(key: &ManagementKey, witness: &str, challenge: &str) -> Result<Command, EnrollError> {
    ours(piv::answer_witness(
        key,
        &decode(witness)?,
        &decode(challenge)?,
    ))
}

/// Has to be answered with 9000.
fn needed(command: &Command) -> Result<Step, EnrollError> {
    step(command, vec![DONE.to_owned()])
}

/// May be refused by a card that lacks it.
fn optional(command: &Command) -> Result<Step, EnrollError> {
    let accept = std::iter::once(DONE).chain(LACKING);
    step(command, accept.map(str::to_owned).collect())
}

fn step(command: &Command, accept: Vec<String>) -> Result<Step, EnrollError> {
    let bytes = command
        .encode()
        .map_err(|_too_long| ServiceError::Inconsistent("a command is too long"))?;
    Ok(Step::Apdu {
        command: hex::encode(&bytes),
        accept,
        answer_sha256: None,
    })
}

/// CHANGE REFERENCE DATA of the PIN, whose new half the bridge adds.
fn new_pin(old: &Pin) -> Step {
    Step::NewPin {
        command: format!("00240080{}", hex::encode(old.padded().as_slice())),
        accept: vec![DONE.to_owned()],
        policy: None,
    }
}

fn ours(command: Result<Command, PivError>) -> Result<Command, EnrollError> {
    command.map_err(|error| Fault::Answer("a command can't be made", error).into())
}

fn decode(text: &str) -> Result<Vec<u8>, EnrollError> {
    Ok(hex::decode(text).ok_or(ServiceError::Inconsistent("own hex"))?)
}
