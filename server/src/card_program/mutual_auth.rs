//! Mutual authentication with the management key (9B): the card's witness, our
//! answer and challenge, the card's answer. It takes two programs, so what lies
//! between them is kept; neither is a secret without the key.

use card_protocol::{
    Command,
    piv::{self, Algorithm, ManagementKey, PivError},
};
use serde::{Deserialize, Serialize};

use super::{Answers, ProgramError, StepName};
use crate::{digest::sha256, random};

/// A card's proof that it has a management key, for 制卡: the factory's key
/// proves a blank card. It is kept with the enrolment's progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyProof(());

/// A mutual authentication whose first half is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MutualAuth {
    /// The card's witness.
    #[serde(with = "as_hex")]
    witness: Vec<u8>,
    /// Our challenge.
    #[serde(with = "as_hex")]
    challenge: Vec<u8>,
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
            witness: witness.to_vec(),
            challenge: challenge.to_vec(),
        })
    }

    /// The command of the second half, and the SHA-256 of the one answer of a
    /// card that has `key`.
    pub(super) fn command(&self, key: &ManagementKey) -> Result<(Command, [u8; 32]), ProgramError> {
        let failed = |error| ProgramError::Command(StepName::Answer, error);
        let command = piv::answer_witness(key, &self.witness, &self.challenge).map_err(failed)?;
        let expected = piv::expected_answer(key, &self.challenge).map_err(failed)?;
        Ok((command, sha256(&expected)))
    }

    /// Whether the card proved that it has `key`. The bridge looked at that, too,
    /// but what it reports is a claim.
    pub(crate) fn check(&self, key: &ManagementKey, answers: &Answers) -> AuthOutcome {
        match answers.done(StepName::Answer) {
            None => AuthOutcome::Refused,
            Some(answer) => match piv::check_answer(key, &self.challenge, &answer.data) {
                Ok(()) => AuthOutcome::Proven(KeyProof(())),
                Err(error) => AuthOutcome::NotAuthentic(error),
            },
        }
    }
}

/// Bytes as hex, as the journal has them.
mod as_hex {
    use card_protocol::hex;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        hex::decode(&text).ok_or_else(|| de::Error::custom("not hex"))
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::{
        hex,
        program::{ProgramOutcome, StepOutcome},
    };

    use super::{super::ProgramBuilder, *};

    fn answered(auth: &MutualAuth, key: &ManagementKey, status: &str, data: &[u8]) -> AuthOutcome {
        let mut program = ProgramBuilder::card_making(None);
        program.answer(key, auth).unwrap();
        let outcome = ProgramOutcome {
            operation: String::new(),
            sequence: 0,
            exchange_key: None,
            steps: vec![StepOutcome {
                data: hex::encode(data),
                status: status.to_owned(),
            }],
        };
        let answers = Answers::of(&program.build(), &outcome).unwrap();
        auth.check(key, answers.as_told())
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
            let challenge = auth.challenge.clone();
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
