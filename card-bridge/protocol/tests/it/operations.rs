//! The operations that a conversation can run, each as the bridge or the server
//! would, and their outcome in one line of text.

use card_protocol::{
    CardError, Command, Exchange, Limits, Pin, PinTries, Puk, Response, RunError, hex,
    piv::{
        self, Algorithm, Chuid, DataObject, ManagementKey, PinStatus, PivError, PublicKey, Slot,
    },
    run,
    tlv::Tag,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::script::{ScriptedCard, bytes};

/// What to do; the fields are in the order of the functions' parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Select,
    VerifyStatus,
    VerifyPin(String),
    ChangePin(String, String),
    ChangePuk(String, String),
    ResetRetryCounter(String, String),
    ReadChuid,
    WriteChuid(String, String),
    ReadCertificate(String),
    WriteCertificate(String, String),
    GetData(String),
    PutData(String, String),
    GenerateKey(String, String),
    Sign(String, String, String),
    MutualAuthentication(String, String, String),
    SingleAuthentication(String, String),
    SetManagementKey(String, String),
    SetPinRetries(u8, u8),
    Metadata(String),
    Limited(usize, u32),
}

/// Why an operation has no result.
enum Failure {
    /// The test itself is wrong, or what we sent is.
    Script(String),
    /// The card broke the protocol.
    Broken(String),
    Piv(PivError),
}

impl From<PivError> for Failure {
    fn from(error: PivError) -> Self {
        Self::Piv(error)
    }
}

/// Runs an operation against the card of a script; `Err` is a failed test.
pub(crate) fn outcome(
    operation: &Operation,
    card: &mut ScriptedCard<'_>,
) -> Result<String, String> {
    match perform(operation, card) {
        Ok(outcome) => Ok(outcome),
        Err(Failure::Script(reason)) => Err(reason),
        Err(Failure::Broken(reason)) => Ok(format!("broken: {reason}")),
        Err(Failure::Piv(PivError::Status(status))) => {
            Ok(format!("error {}", CardError::from(status).code()))
        }
        Err(Failure::Piv(error)) => Ok(format!("error {error}")),
    }
}

fn perform(operation: &Operation, card: &mut ScriptedCard<'_>) -> Result<String, Failure> {
    use Operation as O;
    match operation {
        O::Select => {
            let response = send(piv::select(), card)?;
            Ok(format!(
                "aid {}",
                hex::encode(piv::parse_application(success(&response)?)?)
            ))
        }
        O::VerifyStatus => pin_status(piv::verify_status(), card),
        O::VerifyPin(digits) => pin_status(piv::verify_pin(&pin(digits)), card),
        O::ChangePin(old, new) => pin_status(piv::change_pin(&pin(old), &pin(new)), card),
        O::ChangePuk(old, new) => pin_status(piv::change_puk(&puk(old), &puk(new)), card),
        O::ResetRetryCounter(key, new) => {
            pin_status(piv::reset_retry_counter(&puk(key), &pin(new)), card)
        }
        O::ReadChuid => {
            let chuid = Chuid::parse(&read(DataObject::Chuid, card)?)?;
            Ok(format!("chuid {} {}", chuid.chip_id, chuid.expires))
        }
        O::WriteChuid(chip_id, expires) => {
            let chip_id = chip_id.parse().expect("a chip id");
            let chuid = Chuid {
                chip_id,
                expires: expires.parse().expect("a date"),
            };
            done(piv::put_data(DataObject::Chuid, &chuid.to_bytes()), card)
        }
        O::ReadCertificate(key) => {
            let contents = read(slot(key).certificate(), card)?;
            let der = piv::parse_certificate_object(&contents)?;
            let hash = hex::encode(&Sha256::digest(der));
            Ok(format!("certificate of {} bytes, sha256 {hash}", der.len()))
        }
        O::WriteCertificate(key, der) => {
            let contents = piv::build_certificate_object(&bytes(der));
            done(piv::put_data(slot(key).certificate(), &contents), card)
        }
        O::GetData(tag) => Ok(format!("data {}", hex::encode(&read(object(tag), card)?))),
        O::PutData(tag, contents) => done(piv::put_data(object(tag), &bytes(contents)), card),
        O::GenerateKey(key, name) => generate_key(slot(key), algorithm(name), card),
        O::Sign(key, name, digest) => sign(slot(key), algorithm(name), &bytes(digest), card),
        O::MutualAuthentication(name, key, challenge) => {
            mutual_authentication(&management_key(name, key), &bytes(challenge), card)
        }
        O::SingleAuthentication(name, key) => {
            let key = management_key(name, key);
            let response = send(piv::request_challenge(key.algorithm())?, card)?;
            let challenge = piv::parse_challenge(key.algorithm(), success(&response)?)?;
            done(piv::answer_challenge(&key, challenge)?, card)
        }
        O::SetManagementKey(name, key) => {
            let key = management_key(name, key);
            done(piv::set_management_key(&key, piv::Touch::Never), card)
        }
        O::SetPinRetries(pin, puk) => {
            done(piv::set_pin_retries(PinTries(*pin), PinTries(*puk)), card)
        }
        O::Metadata(reference) => metadata(bytes(reference)[0], card),
        O::Limited(response_bytes, rounds) => {
            let limits = Limits {
                response_bytes: *response_bytes,
                rounds: *rounds,
            };
            let command = piv::get_data(DataObject::Chuid);
            let response = exchange(Exchange::new(command, limits), card)?;
            let contents = piv::parse_data(DataObject::Chuid, success(&response)?)?;
            Ok(format!("data {}", hex::encode(contents)))
        }
    }
}

fn generate_key(
    slot: Slot,
    algorithm: Algorithm,
    card: &mut ScriptedCard<'_>,
) -> Result<String, Failure> {
    let response = send(piv::generate_key(slot, algorithm)?, card)?;
    Ok(
        match piv::parse_public_key(algorithm, success(&response)?)? {
            PublicKey::P256(point) => format!("p256 {}", hex::encode(&point)),
            PublicKey::P384(point) => format!("p384 {}", hex::encode(&point)),
            PublicKey::Rsa2048 { modulus, exponent } => {
                format!(
                    "rsa2048 {} {}",
                    hex::encode(&modulus),
                    hex::encode(&exponent)
                )
            }
        },
    )
}

fn sign(
    slot: Slot,
    algorithm: Algorithm,
    digest: &[u8],
    card: &mut ScriptedCard<'_>,
) -> Result<String, Failure> {
    let response = send(piv::sign(slot, algorithm, digest)?, card)?;
    let data = success(&response)?;
    if algorithm == Algorithm::Rsa2048 {
        return Ok(format!(
            "signature {}",
            hex::encode(piv::parse_signature(data)?)
        ));
    }
    let signature = piv::parse_ecdsa_signature(algorithm, data)?;
    assert_eq!(
        signature.to_der(),
        piv::parse_signature(data)?,
        "DER is unique"
    );
    Ok(format!("signature {}", hex::encode(signature.as_fixed())))
}

fn mutual_authentication(
    key: &ManagementKey,
    challenge: &[u8],
    card: &mut ScriptedCard<'_>,
) -> Result<String, Failure> {
    let response = send(piv::request_witness(key.algorithm())?, card)?;
    let witness = piv::parse_witness(key.algorithm(), success(&response)?)?;
    let response = send(piv::answer_witness(key, witness, challenge)?, card)?;
    piv::check_answer(key, challenge, success(&response)?)?;
    Ok("authentic".to_owned())
}

fn metadata(reference: u8, card: &mut ScriptedCard<'_>) -> Result<String, Failure> {
    let response = send(piv::get_metadata(reference), card)?;
    let metadata = piv::parse_metadata(success(&response)?)?;
    let words = [
        metadata
            .algorithm
            .map(|algorithm| format!("algorithm={algorithm:?}")),
        metadata
            .generated
            .map(|generated| format!("generated={generated}")),
        metadata
            .is_default
            .map(|is_default| format!("default={is_default}")),
        metadata
            .tries
            .map(|(total, left)| format!("tries={}/{}", total.0, left.0)),
        metadata.public_key.map(|_key| "public_key".to_owned()),
    ];
    Ok(words.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn pin_status(command: Command, card: &mut ScriptedCard<'_>) -> Result<String, Failure> {
    let response = send(command, card)?;
    Ok(match PinStatus::from_status(response.status())? {
        PinStatus::Verified => "verified".to_owned(),
        PinStatus::TriesLeft(tries) => format!("tries_left {}", tries.0),
        PinStatus::Blocked => "blocked".to_owned(),
    })
}

fn done(command: Command, card: &mut ScriptedCard<'_>) -> Result<String, Failure> {
    success(&send(command, card)?)?;
    Ok("done".to_owned())
}

fn read(object: DataObject, card: &mut ScriptedCard<'_>) -> Result<Vec<u8>, Failure> {
    let response = send(piv::get_data(object), card)?;
    Ok(piv::parse_data(object, success(&response)?)?.to_vec())
}

fn send(command: Command, card: &mut ScriptedCard<'_>) -> Result<Response, Failure> {
    exchange(Exchange::new(command, Limits::default()), card)
}

fn exchange(exchange: Exchange, card: &mut ScriptedCard<'_>) -> Result<Response, Failure> {
    run(exchange, card).map_err(|error| match error {
        RunError::Transport(reason) => Failure::Script(reason),
        RunError::Exchange(error) => Failure::Broken(error.to_string()),
    })
}

fn success(response: &Response) -> Result<&[u8], Failure> {
    response
        .success()
        .map_err(|status| Failure::Piv(PivError::Status(status)))
}

fn pin(digits: &str) -> Pin {
    Pin::new(digits).expect("a PIN")
}

fn puk(text: &str) -> Puk {
    Puk::new(hex::decode_array(text).expect("a PUK"))
}

fn slot(text: &str) -> Slot {
    Slot::try_from(bytes(text)[0]).expect("a slot")
}

fn object(text: &str) -> DataObject {
    let tag = u32::from_str_radix(text, 16)
        .ok()
        .and_then(Tag::new)
        .expect("a tag");
    DataObject::from_tag(tag).expect("a data object")
}

fn algorithm(name: &str) -> Algorithm {
    let named = |algorithm: &Algorithm| format!("{algorithm:?}") == name;
    Algorithm::ALL
        .into_iter()
        .find(named)
        .expect("an algorithm")
}

fn management_key(name: &str, key: &str) -> ManagementKey {
    match algorithm(name) {
        Algorithm::TripleDes => ManagementKey::TripleDes(hex::decode_array(key).expect("24 bytes")),
        Algorithm::Aes192 => ManagementKey::Aes192(hex::decode_array(key).expect("24 bytes")),
        Algorithm::Aes256 => ManagementKey::Aes256(hex::decode_array(key).expect("32 bytes")),
        other => panic!("{other:?} is no algorithm of a management key"),
    }
}
