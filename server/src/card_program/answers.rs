//! What a card answered to a program, by the names of its steps. It comes from
//! a page or a bridge, so it is a [`Claim`]; and what the bridge that was given
//! the program can't have seen is not taken at all.

use card_protocol::{
    StatusWord, hex,
    piv::PinStatus,
    program::{ProgramOutcome, StepOutcome},
};
use thiserror::Error;

use super::{BridgeKey, CardProgram, Claim, StepName, builder::NamedStep};
use crate::digest::sha256;

/// The answers to the steps that were sent: to all of them, or up to the first
/// that was not accepted.
pub(crate) struct Answers {
    list: Vec<Answer>,
    is_complete: bool,
    bridge: Option<BridgeKey>,
}

/// The answer to one step.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) name: StepName,
    pub(crate) status: StatusWord,
    pub(crate) data: Vec<u8>,
}

/// Why an outcome is none of the program that was handed out.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum OutcomeError {
    /// No answers, or more than steps.
    #[error("as many answers as the program has no steps")]
    Length,
    /// A status, data or key that is no hex.
    #[error("an answer that can't be read")]
    Malformed,
    /// The program ended early although the answer was accepted. Believed, that
    /// would say "the next command was not sent" without anybody's knowing it.
    #[error("the program ended where it goes on")]
    EndedEarly,
}

impl Answers {
    /// Takes the outcome of `program`.
    ///
    /// What is reported behind an answer that ends the program was never asked,
    /// and is dropped.
    ///
    /// # Errors
    /// [`OutcomeError`]
    pub(crate) fn of(
        program: &CardProgram,
        outcome: &ProgramOutcome,
    ) -> Result<Claim<Self>, OutcomeError> {
        let bridge = outcome.exchange_key.as_deref().map(|key| {
            hex::decode_array(key)
                .map(BridgeKey::from_bytes)
                .ok_or(OutcomeError::Malformed)
        });
        let bridge = bridge.transpose()?;
        let steps = program.steps();
        if outcome.steps.is_empty() || outcome.steps.len() > steps.len() {
            return Err(OutcomeError::Length);
        }
        let mut answers = Vec::with_capacity(outcome.steps.len());
        for (step, outcome) in steps.iter().zip(&outcome.steps) {
            let answer = Answer::read(step.name, outcome)?;
            let is_accepted = answer.is_accepted_by(step);
            answers.push(answer);
            if !is_accepted {
                return Ok(Claim::new(Self {
                    list: answers,
                    is_complete: false,
                    bridge,
                }));
            }
        }
        if answers.len() < steps.len() {
            return Err(OutcomeError::EndedEarly);
        }
        Ok(Claim::new(Self {
            list: answers,
            is_complete: true,
            bridge,
        }))
    }

    /// The bridge's key of this exchange.
    pub(crate) const fn bridge_key(&self) -> Option<&BridgeKey> {
        self.bridge.as_ref()
    }

    /// What the card answered when it was to sign with its own key.
    pub(super) fn card_signature(&self) -> Option<&[u8]> {
        Some(&self.done(StepName::ProveCard)?.data)
    }

    /// The answer to a step, if it was sent.
    pub(crate) fn get(&self, name: StepName) -> Option<&Answer> {
        self.list.iter().find(|answer| answer.name == name)
    }

    /// The same for a step that was carried out.
    pub(crate) fn done(&self, name: StepName) -> Option<&Answer> {
        self.get(name).filter(|answer| answer.status.is_success())
    }

    /// The last answer: where the program ended.
    pub(crate) fn last(&self) -> Option<&Answer> {
        self.list.last()
    }

    /// The answer at which the program ended before its last step was accepted.
    pub(crate) fn refused(&self) -> Option<&Answer> {
        self.last().filter(|_| !self.is_complete)
    }

    /// What the card said of its PIN.
    pub(crate) fn pin(&self) -> Option<PinStatus> {
        let answer = self.get(StepName::PinStatus)?;
        PinStatus::from_status(answer.status).ok()
    }
}

impl Answer {
    fn read(name: StepName, outcome: &StepOutcome) -> Result<Self, OutcomeError> {
        let status = hex::decode_array(&outcome.status).map(StatusWord::from_bytes);
        let data = hex::decode(&outcome.data);
        let (Some(status), Some(data)) = (status, data) else {
            return Err(OutcomeError::Malformed);
        };
        Ok(Self { name, status, data })
    }

    /// Whether the bridge went on after it.
    fn is_accepted_by(&self, step: &NamedStep) -> bool {
        let is_answer = step
            .answer
            .is_none_or(|digest| sha256(&self.data) == digest);
        step.accept.contains(&self.status) && is_answer
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::piv::{self, DataObject};

    use super::{super::ProgramBuilder, *};

    fn outcome(statuses: &[&str]) -> ProgramOutcome {
        ProgramOutcome {
            operation: String::new(),
            sequence: 0,
            exchange_key: None,
            steps: statuses
                .iter()
                .map(|status| StepOutcome {
                    data: String::from("AA"),
                    status: (*status).to_owned(),
                })
                .collect(),
        }
    }

    /// VERIFY, GET DATA, GET DATA.
    fn program() -> CardProgram {
        let mut program = ProgramBuilder::clear();
        program.pin_status().unwrap();
        for (name, object) in [
            (StepName::GetMarker, DataObject::SecurityObject),
            (StepName::GetChuid, DataObject::Chuid),
        ] {
            program.require(name, &piv::get_data(object)).unwrap();
        }
        program.build()
    }

    #[test]
    fn answers_are_found_by_name() {
        let whole = Answers::of(&program(), &outcome(&["63C2", "9000", "9000"])).unwrap();
        let whole = whole.as_told();
        assert_eq!(whole.done(StepName::GetChuid).unwrap().data, [0xAA]);
        assert!(whole.get(StepName::PinStatus).is_some());
        assert!(whole.done(StepName::PinStatus).is_none());
        assert!(matches!(whole.pin(), Some(PinStatus::TriesLeft(_))));
        assert!(whole.get(StepName::Generate).is_none());
        assert!(whole.refused().is_none());
    }

    #[test]
    fn a_program_ends_at_what_is_not_accepted_and_nowhere_else() {
        let early = Answers::of(&program(), &outcome(&["9000", "6982"])).unwrap();
        let early = early.as_told();
        assert_eq!(early.refused().unwrap().name, StepName::GetMarker);
        // Nobody can have sent the step behind it.
        let made_up = Answers::of(&program(), &outcome(&["9000", "6982", "9000"])).unwrap();
        let made_up = made_up.as_told();
        assert_eq!(made_up.refused().unwrap().name, StepName::GetMarker);
        assert!(made_up.get(StepName::GetChuid).is_none());
        let last = Answers::of(&program(), &outcome(&["9000", "9000", "6F00"])).unwrap();
        let last = last.as_told();
        assert_eq!(last.refused().unwrap().name, StepName::GetChuid);
        // "It was not sent" is believed of no step that had to be.
        for (statuses, expected) in [
            (&["9000", "9000"][..], OutcomeError::EndedEarly),
            (&["63C0"], OutcomeError::EndedEarly),
            (&[], OutcomeError::Length),
            (&["9000"; 4], OutcomeError::Length),
            (&["9000", "xyz"], OutcomeError::Malformed),
        ] {
            let error = Answers::of(&program(), &outcome(statuses)).err();
            assert_eq!(error, Some(expected), "{statuses:?}");
        }
    }
}
