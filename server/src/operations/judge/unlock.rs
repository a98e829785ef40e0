//! 解锁: whether the PIN is set, and which PUK the card has. A PUK is sent only
//! when it is certain to be the right one; `docs/operations.md` says why it is.

use app::api::operation::Problem;
use card_domain::OperationStep;
use card_protocol::piv::{self, PinStatus};

use super::{
    super::{
        marker::{Marker, MarkerOnCard, PukState, resolve},
        program::MARKER,
        progress::ProgramKind,
        verdict::{Change, Verdict},
    },
    Authority, Judge, card_refused,
};
use crate::{
    card_program::{Answers, CommandOutcome, MutualAuth, StepName, secret_outcome},
    service::ServiceError,
    storage::PukRecord,
};

impl Judge<'_> {
    pub(super) fn seen_blocked(
        &self,
        mut change: Change,
        auth: MutualAuth,
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        let known = match change.progress.certain {
            Some(generation) => PukState::Generation(generation),
            None => self.puk_on_card(answers)?,
        };
        let generation = match known {
            PukState::Generation(generation) => Some(generation),
            PukState::Unknown => None,
        };
        let tries_before = change.puk_tries;
        if let Some(tries) = puk_tries(answers) {
            change.puk_tries = Some(tries);
        }
        let is_blocked = answers.pin() == Some(PinStatus::Blocked);
        if self.rolls_back() {
            return Ok(Self::run_reading(
                change,
                ProgramKind::Check { auth, generation },
            ));
        }
        if !is_blocked {
            return if change.touched_at.is_some() {
                // It was blocked when the PUK was sent: so the PIN is set.
                Ok(self.go_on_after_unblocking(change, auth, known))
            } else {
                let tries_left = match answers.pin() {
                    Some(PinStatus::TriesLeft(tries)) => Some(tries.0),
                    _ => None,
                };
                self.abandon(change.with_problem(Problem::PinNotBlocked { tries_left }))
            };
        }
        if self.authority == Authority::Healing {
            // The PIN is not set: without the legal person nobody sets one.
            return Ok(Self::run_reading(
                change,
                ProgramKind::Check { auth, generation },
            ));
        }
        let refused = change.touched_at.is_some()
            && matches!((tries_before, change.puk_tries), (Some(before), Some(now)) if now < before);
        if refused || change.puk_tries == Some(0) {
            return self.refused(change);
        }
        let Some(from) = generation.filter(|_| self.record.card.puk.known) else {
            let change = forget_puk(self, change);
            return self.abandon(change.with_problem(Problem::PukUnknown));
        };
        change.puk = Some((from, from + 1));
        Ok(self.run_writing(change, ProgramKind::Unblock { auth, from }))
    }

    /// The PIN is set: the PUK is replaced, unless it was, or nobody knows.
    fn go_on_after_unblocking(&self, change: Change, auth: MutualAuth, known: PukState) -> Verdict {
        let to = change.puk.map(|(_, to)| to);
        match known {
            PukState::Generation(generation) if Some(generation) != to => self.run_writing(
                change,
                ProgramKind::Rotate {
                    auth,
                    from: generation,
                },
            ),
            PukState::Generation(generation) => {
                let generation = Some(generation);
                Self::run_reading(change, ProgramKind::Check { auth, generation })
            }
            PukState::Unknown => Self::run_reading(
                change,
                ProgramKind::Check {
                    auth,
                    generation: None,
                },
            ),
        }
    }

    fn puk_on_card(&self, answers: &Answers) -> Result<PukState, ServiceError> {
        let marker = match answers.done(StepName::GetMarker) {
            None => MarkerOnCard::Absent,
            Some(answer) => match piv::parse_data(MARKER, &answer.data) {
                Ok([]) => MarkerOnCard::Absent,
                Ok(contents) => Marker::parse(contents, &self.keys().master, &self.chip()?)?,
                Err(_not_an_object) => MarkerOnCard::Foreign,
            },
        };
        Ok(resolve(self.record.card.puk.generation, marker))
    }

    /// The PUK was sent, once.
    pub(super) fn unblocked(
        &self,
        change: Change,
        from: u32,
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        let Some(answer) = answers.get(StepName::ResetRetryCounter) else {
            return Ok(self.look(change.with_problem(card_refused(answers))));
        };
        match secret_outcome(answer.status) {
            CommandOutcome::Done => {
                let change = change.go(self.record, &[OperationStep::Write])?;
                self.rotated(change, from, answers)
            }
            CommandOutcome::WrongSecret(tries) => {
                let change = Change {
                    puk_tries: Some(tries),
                    ..change
                };
                self.refused(change)
            }
            CommandOutcome::NotDone => {
                let touched_before = change.progress.touched_before;
                let change = Change {
                    touched_at: change.touched_at.filter(|_| touched_before),
                    ..change
                };
                Ok(Self::wait(change.with_problem(card_refused(answers))))
            }
            // Whether the PIN is set, the PIN's tries tell.
            CommandOutcome::Unclear => Ok(self.look(change.with_problem(card_refused(answers)))),
        }
    }

    /// The card refused the PUK: it is never tried again.
    fn refused(&self, change: Change) -> Result<Verdict, ServiceError> {
        let tries_left = change.puk_tries;
        let change = forget_puk(self, change);
        self.abandon(change.with_problem(Problem::PukRefused { tries_left }))
    }

    /// The PIN is set; what became of the PUK?
    pub(super) fn rotated(
        &self,
        change: Change,
        from: u32,
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        let Some(answer) = answers.get(StepName::ChangePuk) else {
            // It was not sent, whatever the marker says by now.
            let mut change = change.with_problem(card_refused(answers));
            change.progress.certain = Some(from);
            return Ok(self.look(change));
        };
        match secret_outcome(answer.status) {
            CommandOutcome::Done => self.set(change, Some(from + 1), None),
            // The card does not know the command: the old one is still there.
            CommandOutcome::NotDone => Ok(self.run_writing(
                change.with_problem(Problem::PukKept),
                ProgramKind::Note { generation: from },
            )),
            CommandOutcome::WrongSecret(_) | CommandOutcome::Unclear => {
                self.set(change, None, Some(Problem::PukLost))
            }
        }
    }

    /// The card keeps its PUK, and its marker says so, or at worst that nobody knows.
    pub(super) fn noted(&self, change: Change, generation: u32) -> Result<Verdict, ServiceError> {
        self.set(change, Some(generation), Some(Problem::PukKept))
    }

    /// The card proved itself; its PIN's tries say what was done to it.
    pub(super) fn checked(
        &self,
        change: Change,
        generation: Option<u32>,
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        let Some(pin) = answers.pin() else {
            return Ok(Self::wait(change.with_problem(card_refused(answers))));
        };
        if self.rolls_back() {
            let change = self.learn_puk(change, generation);
            return Ok(Verdict::Settle(Change {
                progress: change.progress.clone().rest(),
                settled_at: Some(self.now),
                ..change
            }));
        }
        if pin == PinStatus::Blocked {
            // It may have been set and be blocked again by now: what the marker
            // says of the PUK is learned all the same.
            return self.abandon(self.learn_puk(change, generation));
        }
        let problem = generation.is_none().then_some(Problem::PukLost);
        self.set(change, generation, problem)
    }

    /// The operation ends well: the PIN is set.
    fn set(
        &self,
        change: Change,
        generation: Option<u32>,
        problem: Option<Problem>,
    ) -> Result<Verdict, ServiceError> {
        let change = self.learn_puk(change, generation).go(
            self.record,
            &[
                OperationStep::Write,
                OperationStep::ReadBack,
                OperationStep::Confirm,
            ],
        )?;
        Ok(Verdict::Confirm(
            Change {
                progress: change.progress.clone().rest(),
                problem,
                ..change
            },
            None,
        ))
    }

    fn learn_puk(&self, change: Change, generation: Option<u32>) -> Change {
        let registered = self.record.card.puk;
        Change {
            card_puk: Some(PukRecord {
                generation: generation.unwrap_or(registered.generation),
                known: generation.is_some() && registered.known,
            }),
            ..change
        }
    }
}

/// Nobody knows which PUK the card has; none is ever sent to it again.
fn forget_puk(judge: &Judge<'_>, change: Change) -> Change {
    Change {
        card_puk: Some(PukRecord {
            generation: judge.record.card.puk.generation,
            known: false,
        }),
        ..change
    }
}

/// Tries left for the PUK, from a card that tells.
fn puk_tries(answers: &Answers) -> Option<u8> {
    let metadata = piv::parse_metadata(&answers.done(StepName::PukMetadata)?.data).ok()?;
    metadata.tries.map(|(_total, left)| left.0)
}
