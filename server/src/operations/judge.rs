//! From what a card answered to what is done next. The card is believed only
//! what can't hurt; the register changes only after it proved its key, wrote,
//! and was read back.

mod renew;
mod unlock;

use app::api::operation::Problem;
use card_domain::{Action, OperationState, OperationStep, transition};
use card_protocol::{
    ChipId,
    piv::{self, Algorithm, DataObject},
    program::ProgramOutcome,
};
use jiff::Timestamp;

use super::{
    program::OperationPrograms,
    progress::{OperationProgress, ProgramKind},
    verdict::{Change, Verdict},
};
use crate::{
    card_program::{Answers, AuthOutcome, CardProgram, MutualAuth, ProgramError, StepName},
    keys::files::KeyRing,
    service::{Service, ServiceError},
    storage::OperationRecord,
};

/// On whose word an operation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    /// The legal person's ticket.
    Ticket,
    /// The statement in the journal alone: it completes, or rolls back what
    /// nobody completes, and begins nothing.
    Healing,
}

/// Judges one report about one operation.
pub(super) struct Judge<'a> {
    pub(super) service: &'a Service,
    pub(super) record: &'a OperationRecord,
    pub(super) authority: Authority,
    pub(super) now: Timestamp,
}

impl Judge<'_> {
    pub(super) const fn keys(&self) -> &KeyRing {
        &self.service.keys
    }

    pub(super) fn chip(&self) -> Result<ChipId, ServiceError> {
        self.record
            .card
            .chip
            .as_ref()
            .map(|chip| chip.chip_id)
            .ok_or(ServiceError::Inconsistent(
                "an operation on a card without a chip",
            ))
    }

    pub(super) fn progress(&self) -> Result<OperationProgress, ServiceError> {
        Ok(OperationProgress::from_json(&self.record.payload)?)
    }

    /// The program that is out, or the next one.
    pub(super) fn program(
        &self,
        kind: &ProgramKind,
        issued: Option<&[u8]>,
    ) -> Result<CardProgram, ServiceError> {
        let record = self.record;
        let certificate = match kind {
            // What was abandoned is rolled back to what is good.
            ProgramKind::Restore { .. } => record
                .card
                .certificate
                .as_ref()
                .map(|good| good.der.as_slice()),
            _ => issued.or_else(|| record.issued.as_ref().map(|(_, held)| held.der.as_slice())),
        };
        OperationPrograms {
            master: &self.keys().master,
            chip: self.chip()?,
            is_unlock: record.action == Action::Unlock,
            certificate,
            policy: self.service.config.pin.policy(),
        }
        .program(kind)
    }

    /// The card is there: looks at it, if its state allows what is to be done.
    pub(super) fn begin(&self) -> Result<Verdict, ServiceError> {
        let mut progress = self.progress()?;
        progress.looks = 0;
        let change = Change::of(self.record, progress);
        if let Err(refusal) = transition(self.record.card.state, self.record.action, self.now) {
            let change = Change {
                progress: change.progress.rest(),
                ..Change::of(self.record, self.progress()?)
            };
            return Ok(Verdict::Wait(
                change.with_problem(Problem::State { refusal }),
            ));
        }
        Ok(self.look(change))
    }

    /// Looks at the card (again); after a few times it has to be inserted anew.
    pub(super) fn look(&self, change: Change) -> Verdict {
        let touched = change.touched_at.is_some();
        let certificate = self.record.action == Action::Renew && touched;
        match change.progress.clone().look(certificate, touched) {
            Some(progress) => Verdict::Run(Change { progress, ..change }),
            None => Self::wait(change),
        }
    }

    /// No program is out; a person has to insert the card again.
    pub(super) fn wait(change: Change) -> Verdict {
        Verdict::Wait(Change {
            progress: change.progress.clone().rest(),
            ..change
        })
    }

    /// Judges the outcome of the program that is out.
    pub(super) fn judge(&self, outcome: &ProgramOutcome) -> Result<Verdict, ServiceError> {
        let progress = self.progress()?;
        let answers = Answers::of(&self.program(&progress.kind, None)?, outcome)?;
        let kind = progress.kind.clone();
        let change = Change::of(self.record, progress).note_pin(answers.pin(), self.now);
        match kind {
            ProgramKind::Idle => Err(ServiceError::Inconsistent("no program is out")),
            ProgramKind::Look { .. } => self.seen(change, &answers),
            ProgramKind::Generate { auth } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.generated(change, &answers),
                Err(verdict) => Ok(verdict),
            },
            ProgramKind::Write { auth, put } => {
                let change = match auth {
                    Some(auth) => match self.proven(change, &auth, &answers)? {
                        Ok(change) => change,
                        Err(verdict) => return Ok(verdict),
                    },
                    None => change,
                };
                self.wrote(change, put, &answers)
            }
            ProgramKind::Restore { auth } => match self.proven(change, &auth, &answers)? {
                Ok(change) => Ok(self.restored(change, &answers)),
                Err(verdict) => Ok(verdict),
            },
            ProgramKind::Unblock { auth, from } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.unblocked(change, from, &answers),
                Err(verdict) => Ok(verdict),
            },
            ProgramKind::Rotate { auth, from } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.rotated(change, from, &answers),
                Err(verdict) => Ok(verdict),
            },
            ProgramKind::Note { generation } => self.noted(change, generation),
            ProgramKind::Check { auth, generation } => {
                match self.proven(change, &auth, &answers)? {
                    Ok(change) => self.checked(change, generation, &answers),
                    Err(verdict) => Ok(verdict),
                }
            }
        }
    }

    /// The look at the card has its answers.
    fn seen(&self, change: Change, answers: &Answers) -> Result<Verdict, ServiceError> {
        let Some(witness) = answers.get(StepName::Witness) else {
            return Ok(Self::wait(change.with_problem(card_refused(answers))));
        };
        // It may have been frozen since it was looked at.
        if let Err(refusal) = transition(self.record.card.state, self.record.action, self.now) {
            return Ok(Self::wait(change.with_problem(Problem::State { refusal })));
        }
        if !witness.status.is_success() {
            return Ok(Self::not_genuine(change));
        }
        let auth = match MutualAuth::begin(Algorithm::Aes256, &witness.data) {
            // A card without a management key of the right kind is none of ours.
            Err(ProgramError::Witness(_)) => return Ok(Self::not_genuine(change)),
            begun => begun?,
        };
        match self.record.action {
            Action::Unlock => self.seen_blocked(change, auth, answers),
            _ => self.seen_certificate(change, auth, answers),
        }
    }

    /// Whether the card proved that it has its management key. Nothing after
    /// that step was carried out if it did not.
    fn proven(
        &self,
        change: Change,
        auth: &MutualAuth,
        answers: &Answers,
    ) -> Result<Result<Change, Verdict>, ServiceError> {
        let touched_before = change.progress.touched_before;
        let untouched = |change: Change| Change {
            touched_at: change.touched_at.filter(|_| touched_before),
            ..change
        };
        let key = self.keys().master.management_key(&self.chip()?)?;
        Ok(match auth.check(&key, answers)? {
            AuthOutcome::Proven(_of_the_steps_behind) => Ok(change),
            // The card was pulled in between, or another program used it.
            AuthOutcome::Refused => {
                Err(self.look(untouched(change).with_problem(card_refused(answers))))
            }
            AuthOutcome::NotAuthentic(_error) => Err(Self::not_genuine(untouched(change))),
        })
    }

    fn not_genuine(change: Change) -> Verdict {
        Verdict::NotGenuine(Change {
            progress: change.progress.clone().rest(),
            ..change
        })
    }

    /// The program of this kind is next; with it, what it writes may be on the card.
    pub(super) fn run_writing(&self, change: Change, kind: ProgramKind) -> Verdict {
        let touched = change.touched_at.is_some();
        Verdict::Run(Change {
            touched_at: change.touched_at.or(Some(self.now)),
            progress: change.progress.clone().then(kind, touched),
            ..change
        })
    }

    /// The program of this kind is next; it writes nothing.
    pub(super) fn run_reading(change: Change, kind: ProgramKind) -> Verdict {
        let touched = change.touched_at.is_some();
        Verdict::Run(Change {
            progress: change.progress.clone().then(kind, touched),
            ..change
        })
    }

    /// It is over without having changed anything.
    pub(super) fn abandon(&self, change: Change) -> Result<Verdict, ServiceError> {
        let step = if change.touched_at.is_some() {
            OperationStep::GiveUp
        } else {
            OperationStep::Abandon
        };
        let change = Change {
            progress: change.progress.clone().rest(),
            // Whoever comes here knows that nothing has to be rolled back.
            settled_at: Some(self.now),
            held: crate::storage::CertificateChange::Revoke,
            ..change
        };
        Ok(Verdict::Abandon(change.go(self.record, &[step])?))
    }

    /// Whether the operation is over and only its card is to be put right.
    pub(super) fn rolls_back(&self) -> bool {
        self.record.state == OperationState::Abandoned
    }
}

/// The certificate (DER) in an answer to GET DATA.
pub(super) fn certificate(data: &[u8]) -> Option<&[u8]> {
    piv::parse_data(DataObject::AuthenticationCertificate, data)
        .and_then(piv::parse_certificate_object)
        .ok()
}

/// Where the program ended, for the person and the event.
pub(super) fn card_refused(answers: &Answers) -> Problem {
    answers
        .last()
        .map_or(Problem::ReadBack, |answer| Problem::CardRefused {
            step: answer.name.as_str().to_owned(),
            status: answer.status.to_string(),
        })
}
