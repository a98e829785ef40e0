//! What a card answered to a program, by the names of its steps.

use app::api::{ErrorCode, operation::Problem};
use card_protocol::{StatusMeaning, StatusWord, hex, piv::PinStatus, program::ProgramOutcome};

use super::program::{Named, PIN_STATUS};
use crate::service::ServiceError;

/// The answers to the steps that were sent.
pub(super) struct Answers(Vec<Answer>);

/// The answer to one step.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) name: &'static str,
    pub(super) status: StatusWord,
    pub(super) data: Vec<u8>,
}

impl Answers {
    /// Takes the outcome of a program of these steps.
    pub(super) fn new(steps: &[Named], outcome: &ProgramOutcome) -> Result<Self, ServiceError> {
        if outcome.steps.is_empty() || outcome.steps.len() > steps.len() {
            return Err(ErrorCode::BadRequest.into());
        }
        let answers = steps.iter().zip(&outcome.steps).map(|(step, outcome)| {
            let status = hex::decode_array(&outcome.status).map(StatusWord::from_bytes);
            let data = hex::decode(&outcome.data);
            match (status, data) {
                (Some(status), Some(data)) => Ok(Answer {
                    name: step.name,
                    status,
                    data,
                }),
                _ => Err(ErrorCode::BadRequest.into()),
            }
        });
        Ok(Self(answers.collect::<Result<_, ServiceError>>()?))
    }

    /// The first answer to a step of this name, if it was sent.
    pub(super) fn get(&self, name: &str) -> Option<&Answer> {
        self.0.iter().find(|answer| answer.name == name)
    }

    /// The same for a step that was accepted.
    pub(super) fn done(&self, name: &str) -> Option<&Answer> {
        self.get(name).filter(|answer| answer.status.is_success())
    }

    /// The last answer: where the program ended.
    pub(super) fn last(&self) -> Option<&Answer> {
        self.0.last()
    }

    /// What the card said of its PIN last.
    pub(super) fn pin(&self) -> Option<PinStatus> {
        self.0
            .iter()
            .rev()
            .filter(|answer| answer.name == PIN_STATUS)
            .find_map(|answer| PinStatus::from_status(answer.status).ok())
    }

    /// Where the program ended, for the person and the event.
    pub(super) fn problem(&self) -> Problem {
        self.last()
            .map_or(Problem::ReadBack, |answer| Problem::CardRefused {
                step: answer.name.to_owned(),
                status: answer.status.to_string(),
            })
    }
}

/// What a card did with a command that it answered with this status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It carried the command out.
    Done,
    /// The PIN or PUK in it was wrong, or none is left to be tried.
    WrongSecret(u8),
    /// It checked the command and did nothing (ISO/IEC 7816-4 §5.6: 67 to 6E).
    NotDone,
    /// Nobody can tell.
    Unclear,
}

/// The fate of a command.
pub(super) fn fate(status: StatusWord) -> Fate {
    match (status.meaning(), status.to_bytes()) {
        (StatusMeaning::Success, _) => Fate::Done,
        (StatusMeaning::TriesLeft(tries), _) => Fate::WrongSecret(tries),
        (StatusMeaning::AuthenticationBlocked, _) => Fate::WrongSecret(0),
        (_, [0x67..=0x6E, _]) => Fate::NotDone,
        _ => Fate::Unclear,
    }
}

/// The same for a command with a PIN or PUK in it: only a card that does not
/// know the command is believed to have done nothing. What it did to a secret
/// can't be looked at afterwards.
pub(super) fn fate_of_secret(status: StatusWord) -> Fate {
    match (fate(status), status.meaning()) {
        (
            Fate::NotDone,
            StatusMeaning::InstructionNotSupported | StatusMeaning::ClassNotSupported,
        ) => Fate::NotDone,
        (Fate::NotDone, _) => Fate::Unclear,
        (fate, _) => fate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_checking_error_says_that_nothing_was_done() {
        for (status, expected) in [
            (0x9000, Fate::Done),
            (0x63C2, Fate::WrongSecret(2)),
            (0x63C0, Fate::WrongSecret(0)),
            (0x6983, Fate::WrongSecret(0)),
            (0x6982, Fate::NotDone),
            (0x6A80, Fate::NotDone),
            (0x6700, Fate::NotDone),
            (0x6F00, Fate::Unclear),
            (0x6581, Fate::Unclear),
            (0x6400, Fate::Unclear),
            (0x6300, Fate::Unclear),
        ] {
            assert_eq!(fate(StatusWord(status)), expected, "{status:04X}");
        }
        for (status, expected) in [
            (0x9000, Fate::Done),
            (0x63C2, Fate::WrongSecret(2)),
            (0x6D00, Fate::NotDone),
            (0x6982, Fate::Unclear),
            (0x6F00, Fate::Unclear),
        ] {
            assert_eq!(fate_of_secret(StatusWord(status)), expected);
        }
    }
}
