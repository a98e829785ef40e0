//! What a card answered, judged step by step. Pure.

use card_protocol::{
    StatusWord, hex,
    piv::{self, Algorithm, PivError, PublicKey},
    program::{ProgramOutcome, StepOutcome},
};
use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};

use super::{fault::Fault, memory::Stage, program};

/// The answers to all steps of a program.
pub(super) struct Answers<'a> {
    names: &'static [&'static str],
    steps: &'a [StepOutcome],
}

impl<'a> Answers<'a> {
    /// Takes the outcome of the program of `stage`. A program that ended early
    /// is a fault that names the step.
    pub(super) fn new(stage: &Stage, outcome: &'a ProgramOutcome) -> Result<Self, Fault> {
        let names = program::names(stage);
        let steps = outcome.steps.as_slice();
        let answers = Self { names, steps };
        match steps.len() {
            0 => Err(Fault::WrongOutcome),
            length if length > names.len() => Err(Fault::WrongOutcome),
            length if length < names.len() => {
                answers.data(length - 1).and(Err(Fault::WrongOutcome))
            }
            _ => Ok(answers),
        }
    }

    /// The data of a step that was carried out.
    pub(super) fn data(&self, index: usize) -> Result<Vec<u8>, Fault> {
        let (step, outcome) = self.step(index)?;
        if status(outcome)?.is_success() {
            hex::decode(&outcome.data).ok_or(Fault::WrongOutcome)
        } else {
            Err(Fault::Refused {
                step,
                status: status(outcome)?.to_string(),
            })
        }
    }

    /// The same for a step that a card may lack.
    pub(super) fn optional(&self, index: usize) -> Result<Option<Vec<u8>>, Fault> {
        let (_, outcome) = self.step(index)?;
        if status(outcome)?.is_success() {
            self.data(index).map(Some)
        } else {
            Ok(None)
        }
    }

    fn step(&self, index: usize) -> Result<(&'static str, &'a StepOutcome), Fault> {
        let name = self.names.get(index).ok_or(Fault::WrongOutcome)?;
        let outcome = self.steps.get(index).ok_or(Fault::WrongOutcome)?;
        Ok((name, outcome))
    }
}

fn status(outcome: &StepOutcome) -> Result<StatusWord, Fault> {
    hex::decode_array(&outcome.status)
        .map(StatusWord::from_bytes)
        .ok_or(Fault::WrongOutcome)
}

/// The uncompressed point that GENERATE answered.
pub(super) fn public_key(data: &[u8]) -> Result<[u8; 65], Fault> {
    let wrong = |error: PivError| Fault::Answer("GENERATE 9A", error);
    match piv::parse_public_key(Algorithm::P256, data).map_err(wrong)? {
        PublicKey::P256(point) => Ok(point),
        _ => Err(Fault::PublicKey),
    }
}

/// Whether the card signed `digest` with the key of its certificate.
pub(super) fn check_proof(key: &VerifyingKey, digest: &[u8], data: &[u8]) -> Result<(), Fault> {
    let signature = piv::parse_ecdsa_signature(Algorithm::P256, data)
        .map_err(|error| Fault::Answer("GENERAL AUTHENTICATE 9A", error))?;
    Signature::from_slice(signature.as_fixed())
        .and_then(|signature| key.verify_prehash(digest, &signature))
        .map_err(|_wrong| Fault::NoProof)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(statuses: &[&str]) -> ProgramOutcome {
        ProgramOutcome {
            operation: String::new(),
            sequence: 0,
            steps: statuses
                .iter()
                .map(|status| StepOutcome {
                    data: String::from("AA"),
                    status: (*status).to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn an_outcome_fits_its_program_or_names_the_step() {
        let stage = Stage::Generate;
        let good = outcome(&["9000", "9000"]);
        let answers = Answers::new(&stage, &good).unwrap();
        assert_eq!(answers.data(1).unwrap(), [0xAA]);
        assert!(answers.data(2).is_err());
        let early = outcome(&["6982"]);
        let fault = Answers::new(&stage, &early).err().unwrap();
        assert!(fault.to_string().contains("PUT DATA CHUID"), "{fault}");
        for wrong in [&[][..], &["9000"], &["9000", "9000", "9000"]] {
            let wrong = outcome(wrong);
            assert!(matches!(
                Answers::new(&stage, &wrong),
                Err(Fault::WrongOutcome)
            ));
        }
        let nonsense = outcome(&["9000", "xyz"]);
        let answers = Answers::new(&stage, &nonsense).unwrap();
        assert!(matches!(answers.data(1), Err(Fault::WrongOutcome)));
    }
}
