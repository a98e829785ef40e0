//! What a card answered while it is made, judged. Pure.

use card_protocol::piv::{self, Algorithm, PivError, PublicKey};
use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};

use super::fault::Fault;
use crate::card_program::{Answer, Answers, StepName};

/// Every step was carried out, but for what a card may lack.
pub(super) fn complete(answers: &Answers) -> Result<(), Fault> {
    match answers.refused() {
        Some(answer) => Err(refused(answer)),
        None => Ok(()),
    }
}

/// The data of a step that has to be carried out.
pub(super) fn data(answers: &Answers, name: StepName) -> Result<&[u8], Fault> {
    complete(answers)?;
    let answer = answers.done(name).ok_or(Fault::WrongOutcome)?;
    Ok(&answer.data)
}

/// The card said no.
pub(super) fn refused(answer: &Answer) -> Fault {
    Fault::Refused {
        step: answer.name,
        status: answer.status.to_string(),
    }
}

/// The uncompressed point that GENERATE answered.
pub(super) fn public_key(name: StepName, data: &[u8]) -> Result<[u8; 65], Fault> {
    let wrong = |error: PivError| Fault::Answer(name.as_str(), error);
    match piv::parse_public_key(Algorithm::P256, data).map_err(wrong)? {
        PublicKey::P256(point) => Ok(point),
        _ => Err(Fault::PublicKey),
    }
}

/// Whether the card signed `digest` with the key of its certificate.
pub(super) fn check_proof(key: &VerifyingKey, digest: &[u8], data: &[u8]) -> Result<(), Fault> {
    let signature = piv::parse_ecdsa_signature(Algorithm::P256, data)
        .map_err(|error| Fault::Answer(StepName::Sign.as_str(), error))?;
    Signature::from_slice(signature.as_fixed())
        .and_then(|signature| key.verify_prehash(digest, &signature))
        .map_err(|_wrong| Fault::NoProof)
}
