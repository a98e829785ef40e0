//! Mutual authentication with the management key (9B): the card's witness, our
//! answer and challenge, the card's answer. It takes two programs, so what lies
//! between them is kept; it travels in the clear anyway.

use card_protocol::{
    Command, hex,
    piv::{self, Algorithm, ManagementKey, PivError},
};
use serde::{Deserialize, Serialize};

use super::{Answers, KeyProof, ProgramError, StepName};
use crate::{digest::sha256, random};

/// A mutual authentication whose first half is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MutualAuth {
    /// The card's witness, hex.
    witness: String,
    /// Our challenge, hex.
    challenge: String,
}

/// What the card made of our answer and challenge.
pub(crate) enum AuthOutcome {
    /// It has the key.
    Proven(KeyProof),
    /// It refused: it was pulled in between, another program used its witness,
    /// or it has another key.
    Refused,
    /// It answered, and not as a card does that has the key.
    NotAuthentic(PivError),
}

impl MutualAuth {
    /// Goes on from the card's answer to the request of a witness, with a fresh
    /// challenge.
    ///
    /// # Errors
    /// [`ProgramError::Witness`] if the answer holds no witness of `algorithm`.
    pub(crate) fn begin(algorithm: Algorithm, data: &[u8]) -> Result<Self, ProgramError> {
        let witness = piv::parse_witness(algorithm, data).map_err(ProgramError::Witness)?;
        let random = random::bytes::<16>()?;
        let challenge = random.get(..witness.len()).unwrap_or(&random);
        Ok(Self {
            witness: hex::encode(witness),
            challenge: hex::encode(challenge),
        })
    }

    /// The command of the second half, and the SHA-256 of the one answer of a
    /// card that has `key`.
    pub(super) fn command(&self, key: &ManagementKey) -> Result<(Command, [u8; 32]), ProgramError> {
        let failed = |error| ProgramError::Command(StepName::Answer, error);
        let challenge = decode(&self.challenge)?;
        let command =
            piv::answer_witness(key, &decode(&self.witness)?, &challenge).map_err(failed)?;
        let expected = piv::expected_answer(key, &challenge).map_err(failed)?;
        Ok((command, sha256(&expected)))
    }

    /// Whether the card proved that it has `key`. The bridge looked at that, too,
    /// but what it reports is a claim.
    pub(crate) fn check(
        &self,
        key: &ManagementKey,
        answers: &Answers,
    ) -> Result<AuthOutcome, ProgramError> {
        let answer = answers
            .get(StepName::Answer)
            .ok_or(ProgramError::NotSent(StepName::Answer))?;
        if !answer.status.is_success() {
            return Ok(AuthOutcome::Refused);
        }
        Ok(
            match piv::check_answer(key, &decode(&self.challenge)?, &answer.data) {
                Ok(()) => AuthOutcome::Proven(KeyProof::checked()),
                Err(error) => AuthOutcome::NotAuthentic(error),
            },
        )
    }
}

fn decode(text: &str) -> Result<Vec<u8>, ProgramError> {
    hex::decode(text).ok_or(ProgramError::Kept)
}

#[cfg(test)]
mod tests {
    use card_protocol::program::{ProgramOutcome, StepOutcome};

    use super::{super::ProgramBuilder, *};

    fn answered(auth: &MutualAuth, key: &ManagementKey, status: &str, data: &[u8]) -> AuthOutcome {
        let mut program = ProgramBuilder::default();
        program.prove(key, auth).unwrap();
        let outcome = ProgramOutcome {
            operation: String::new(),
            sequence: 0,
            steps: vec![StepOutcome {
                data: hex::encode(data),
                status: status.to_owned(),
            }],
        };
        let answers = Answers::of(&program.build(), &outcome).unwrap();
        auth.check(key, &answers).unwrap()
    }

    #[test]
    fn only_the_card_s_key_proves_it() {
        for (key, other) in [
            (
                ManagementKey::Aes256([1; 32]),
                ManagementKey::Aes256([2; 32]),
            ),
            (
                ManagementKey::TripleDes(ManagementKey::FACTORY),
                ManagementKey::TripleDes([3; 24]),
            ),
        ] {
            let length = key.block_length();
            let witness = [&[0x7C, 0, 0x80, 0], [9; 16].as_slice()].concat();
            let mut witness = witness[..4 + length].to_vec();
            witness[1] = u8::try_from(length + 2).unwrap();
            witness[3] = u8::try_from(length).unwrap();
            let auth = MutualAuth::begin(key.algorithm(), &witness).unwrap();
            let challenge = hex::decode(&auth.challenge).unwrap();
            assert_eq!(challenge.len(), length);
            let right = piv::expected_answer(&key, &challenge).unwrap();
            let wrong = piv::expected_answer(&other, &challenge).unwrap();
            assert!(matches!(
                answered(&auth, &key, "9000", &right),
                AuthOutcome::Proven(_)
            ));
            assert!(matches!(
                answered(&auth, &key, "9000", &wrong),
                AuthOutcome::NotAuthentic(PivError::NotAuthentic)
            ));
            assert!(matches!(
                answered(&auth, &key, "6A80", &[]),
                AuthOutcome::Refused
            ));
        }
    }

    #[test]
    fn a_witness_of_another_algorithm_is_none() {
        let witness = [&[0x7C, 10, 0x80, 8], [9; 8].as_slice()].concat();
        assert!(MutualAuth::begin(Algorithm::TripleDes, &witness).is_ok());
        assert!(matches!(
            MutualAuth::begin(Algorithm::Aes256, &witness),
            Err(ProgramError::Witness(_))
        ));
    }
}
