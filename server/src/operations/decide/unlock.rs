//! 解锁: whether the PIN is set, and which PUK the card has. A PUK is sent only
//! when it is certain to be the right one; `docs/operations.md` says why it is.

use app::api::operation::Problem;
use card_domain::OperationStep;
use card_protocol::piv::{self, PinStatus};

use super::{
    super::{
        decision::{Change, Decision},
        marker::{Marker, MarkerOnCard, PukState, resolve},
        programs::MARKER,
        progress::OperationProgram,
    },
    Evaluator, card_refused,
};
use crate::{
    card_program::{Answers, CommandOutcome, MutualAuth, Proof, Proven, StepName, secret_outcome},
    service::ServiceError,
};

impl Evaluator<'_> {
    pub(super) fn seen_blocked(
        &self,
        change: Change,
        auth: MutualAuth,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        let known = match change.progress.certain {
            Some(generation) => PukState::Generation(generation),
            None => self.puk_on_card(answers)?,
        };
        let generation = match known {
            PukState::Generation(generation) => Some(generation),
            PukState::Unknown => None,
        };
        if change.progress.keeps_puk
            && let Some(generation) = generation
        {
            let keep = OperationProgram::KeepPuk { auth, generation };
            return Ok(self.run_writing(proof, change, keep));
        }
        let tries_before = change.puk_tries();
        let change = change.note_puk_tries(proof, puk_tries(answers));
        let is_blocked = answers.pin() == Some(PinStatus::Blocked);
        let check = |change, auth| {
            let check = OperationProgram::Check { auth, generation };
            Ok(Self::run_reading(change, check))
        };
        if self.rolls_back() {
            return check(change, auth);
        }
        if !is_blocked {
            if change.is_touched() {
                // It was blocked when the PUK was sent: so the PIN is set.
                let to = change.puk().map(|(_, to)| to);
                return match known {
                    // In a healing no PUK leaves the server: the old one stays.
                    PukState::Generation(from) if Some(from) != to && !self.is_healing() => {
                        let rotate = OperationProgram::Rotate { auth, from };
                        Ok(self.run_writing(proof, change, rotate))
                    }
                    PukState::Generation(_) | PukState::Unknown => check(change, auth),
                };
            }
            let tries_left = match answers.pin() {
                Some(PinStatus::TriesLeft(tries)) => Some(tries.0),
                _ => None,
            };
            let problem = Problem::PinNotBlocked { tries_left };
            return self.abandon(proof, change.with_problem(problem));
        }
        if self.is_healing() {
            // The PIN is not set: without the legal person nobody sets one.
            return check(change, auth);
        }
        let refused = change.is_touched()
            && matches!((tries_before, change.puk_tries()), (Some(before), Some(now)) if now < before);
        if refused || change.puk_tries() == Some(0) {
            return self.refused(proof, change);
        }
        let Some(from) = generation.filter(|_| self.record().card.puk.known) else {
            let change = change.learn_puk(proof, self.record(), None);
            return self.abandon(proof, change.with_problem(Problem::PukUnknown));
        };
        let change = change.lead_puk(proof, from, from + 1);
        Ok(self.run_writing(proof, change, OperationProgram::Unblock { auth, from }))
    }

    fn puk_on_card(&self, answers: &Answers) -> Result<PukState, ServiceError> {
        let marker = match answers.done(StepName::GetMarker) {
            None => MarkerOnCard::Absent,
            Some(answer) => match piv::parse_data(MARKER, &answer.data) {
                Ok([]) => MarkerOnCard::Absent,
                Ok(contents) => Marker::parse(contents, &self.keys().master, &self.chip())?,
                Err(_not_an_object) => MarkerOnCard::Foreign,
            },
        };
        Ok(resolve(self.record().card.puk.generation, marker))
    }

    /// The PUK was sent, once.
    pub(super) fn unblocked(
        &self,
        change: Change,
        from: u32,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        let Some(answer) = answers.get(StepName::ResetRetryCounter) else {
            return self.look(change.with_problem(card_refused(answers)));
        };
        match secret_outcome(answer.status) {
            CommandOutcome::Done => {
                let change = change.go(proof, self.record(), &[OperationStep::Write])?;
                self.rotated(change, from, proven)
            }
            CommandOutcome::WrongSecret(tries) => {
                self.refused(proof, change.note_puk_tries(proof, Some(tries)))
            }
            // The card does not know the command, and would not another time.
            CommandOutcome::NotDone => Ok(Self::wait(change.with_problem(card_refused(answers)))),
            // Whether the PIN is set, the PIN's tries tell.
            CommandOutcome::Unclear => self.look(change.with_problem(card_refused(answers))),
        }
    }

    /// The card refused the PUK: it is never tried again.
    fn refused(&self, proof: &Proof, change: Change) -> Result<Decision, ServiceError> {
        let tries_left = change.puk_tries();
        let change = change.learn_puk(proof, self.record(), None);
        self.abandon(
            proof,
            change.with_problem(Problem::PukRefused { tries_left }),
        )
    }

    /// The PIN is set; what became of the PUK?
    pub(super) fn rotated(
        &self,
        change: Change,
        from: u32,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        let Some(answer) = answers.get(StepName::ChangePuk) else {
            // It was not sent, whatever the marker says by now.
            let mut change = change.with_problem(card_refused(answers));
            change.progress.certain = Some(from);
            return self.look(change);
        };
        match secret_outcome(answer.status) {
            CommandOutcome::Done => self.set(proof, change, Some(from + 1), None),
            // The card does not know the command: the old one is still there, and
            // the marker, which says that it is being replaced, has to say so.
            CommandOutcome::NotDone => {
                let mut change = change.with_problem(Problem::PukKept);
                change.progress.certain = Some(from);
                change.progress.keeps_puk = true;
                self.look(change)
            }
            CommandOutcome::WrongSecret(_) | CommandOutcome::Unclear => {
                self.set(proof, change, None, Some(Problem::PukLost))
            }
        }
    }

    /// The card keeps its PUK, and its marker says so, or at worst that nobody knows.
    pub(super) fn kept_puk(
        &self,
        change: Change,
        generation: u32,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let proof = proven.proof();
        if self.rolls_back() {
            let change = change.learn_puk(proof, self.record(), Some(generation));
            return Ok(self.settled(proof, change));
        }
        let problem = Some(Problem::PukKept);
        self.set(proof, change, Some(generation), problem)
    }

    /// The card proved itself; its PIN's tries say what was done to it.
    pub(super) fn checked(
        &self,
        change: Change,
        generation: Option<u32>,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        let Some(pin) = answers.pin() else {
            return Ok(Self::wait(change.with_problem(card_refused(answers))));
        };
        if self.rolls_back() {
            let change = change.learn_puk(proof, self.record(), generation);
            return Ok(self.settled(proof, change));
        }
        if pin == PinStatus::Blocked {
            // It may have been set and be blocked again by now: what the marker
            // says of the PUK is learned all the same.
            return self.abandon(proof, change.learn_puk(proof, self.record(), generation));
        }
        let problem = match generation {
            None => Some(Problem::PukLost),
            Some(generation) if change.puk().is_some_and(|(_, to)| generation != to) => {
                Some(Problem::PukKept)
            }
            Some(_) => None,
        };
        self.set(proof, change, generation, problem)
    }

    /// The operation ends well: the PIN is set.
    fn set(
        &self,
        proof: &Proof,
        change: Change,
        generation: Option<u32>,
        problem: Option<Problem>,
    ) -> Result<Decision, ServiceError> {
        let steps = [
            OperationStep::Write,
            OperationStep::ReadBack,
            OperationStep::Confirm,
        ];
        let mut change = change
            .learn_puk(proof, self.record(), generation)
            .go(proof, self.record(), &steps)?
            .rest();
        change.problem = problem;
        Ok(Decision::Confirm(change, None))
    }
}

/// Tries left for the PUK, from a card that tells.
fn puk_tries(answers: &Answers) -> Option<u8> {
    let metadata = piv::parse_metadata(&answers.done(StepName::PukMetadata)?.data).ok()?;
    metadata.tries.map(|(_total, left)| left.0)
}
