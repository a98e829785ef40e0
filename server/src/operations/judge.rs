//! From what a card answered to what is done next. The card is believed only
//! what can't hurt; the register changes only after it proved its key, wrote,
//! and was read back.

mod renew;
mod unlock;

use app::api::operation::Problem;
use card_domain::{Action, OperationState, OperationStep, transition};
use card_protocol::{
    ChipId, hex,
    piv::{self, Algorithm, DataObject},
    program::ProgramOutcome,
};
use jiff::Timestamp;

use super::{
    answers::Answers,
    memory::{Auth, Memory, Stage},
    program::{self, ANSWER, Material, Named, WITNESS},
    verdict::{Change, Verdict},
};
use crate::{
    keys::files::KeyRing,
    random,
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

    pub(super) fn memory(&self) -> Result<Memory, ServiceError> {
        Ok(Memory::from_json(&self.record.payload)?)
    }

    /// The steps of the program that is out, or of the next one.
    pub(super) fn steps(
        &self,
        stage: &Stage,
        issued: Option<&[u8]>,
    ) -> Result<Vec<Named>, ServiceError> {
        let record = self.record;
        let certificate = match stage {
            // What was abandoned is rolled back to what is good.
            Stage::Restore { .. } => record
                .card
                .certificate
                .as_ref()
                .map(|good| good.der.as_slice()),
            _ => issued.or_else(|| record.issued.as_ref().map(|(_, held)| held.der.as_slice())),
        };
        Material {
            master: &self.keys().master,
            chip: self.chip()?,
            is_unlock: record.action == Action::Unlock,
            certificate,
            policy: self.service.config.pin.policy(),
        }
        .steps(stage)
    }

    /// The card is there: looks at it, if its state allows what is to be done.
    pub(super) fn begin(&self) -> Result<Verdict, ServiceError> {
        let mut memory = self.memory()?;
        memory.looks = 0;
        let change = Change::of(self.record, memory);
        if let Err(refusal) = transition(self.record.card.state, self.record.action, self.now) {
            let change = Change {
                memory: change.memory.rest(),
                ..Change::of(self.record, self.memory()?)
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
        match change.memory.clone().look(certificate, touched) {
            Some(memory) => Verdict::Run(Change { memory, ..change }),
            None => Self::wait(change),
        }
    }

    /// No program is out; a person has to insert the card again.
    pub(super) fn wait(change: Change) -> Verdict {
        Verdict::Wait(Change {
            memory: change.memory.clone().rest(),
            ..change
        })
    }

    /// Judges the outcome of the program that is out.
    pub(super) fn judge(&self, outcome: &ProgramOutcome) -> Result<Verdict, ServiceError> {
        let memory = self.memory()?;
        let answers = Answers::new(&self.steps(&memory.stage, None)?, outcome)?;
        let stage = memory.stage.clone();
        let change = Change::of(self.record, memory).note_pin(answers.pin(), self.now);
        match stage {
            Stage::Idle => Err(ServiceError::Inconsistent("no program is out")),
            Stage::Look { .. } => self.seen(change, &answers),
            Stage::Generate { auth } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.generated(change, &answers),
                Err(verdict) => Ok(verdict),
            },
            Stage::Write { auth, put } => {
                let change = match auth {
                    Some(auth) => match self.proven(change, &auth, &answers)? {
                        Ok(change) => change,
                        Err(verdict) => return Ok(verdict),
                    },
                    None => change,
                };
                self.wrote(change, put, &answers)
            }
            Stage::Restore { auth } => match self.proven(change, &auth, &answers)? {
                Ok(change) => Ok(self.restored(change, &answers)),
                Err(verdict) => Ok(verdict),
            },
            Stage::Unblock { auth, from } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.unblocked(change, from, &answers),
                Err(verdict) => Ok(verdict),
            },
            Stage::Rotate { auth, from } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.rotated(change, from, &answers),
                Err(verdict) => Ok(verdict),
            },
            Stage::Note { generation } => self.noted(change, generation),
            Stage::Check { auth, generation } => match self.proven(change, &auth, &answers)? {
                Ok(change) => self.checked(change, generation, &answers),
                Err(verdict) => Ok(verdict),
            },
        }
    }

    /// The look at the card has its answers.
    fn seen(&self, change: Change, answers: &Answers) -> Result<Verdict, ServiceError> {
        let Some(witness) = answers.get(WITNESS) else {
            return Ok(Self::wait(change.with_problem(answers.problem())));
        };
        let witness = witness
            .status
            .is_success()
            .then(|| piv::parse_witness(Algorithm::Aes256, &witness.data).ok())
            .flatten();
        // It may have been frozen since it was looked at.
        if let Err(refusal) = transition(self.record.card.state, self.record.action, self.now) {
            return Ok(Self::wait(change.with_problem(Problem::State { refusal })));
        }
        // A card without a management key of the right kind is none of ours.
        let Some(witness) = witness else {
            return Ok(Self::not_genuine(change));
        };
        let auth = Auth {
            witness: hex::encode(witness),
            challenge: hex::encode(&random::bytes::<16>()?),
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
        auth: &Auth,
        answers: &Answers,
    ) -> Result<Result<Change, Verdict>, ServiceError> {
        let answer = answers.get(ANSWER).ok_or(ServiceError::Inconsistent(
            "a program without its first step",
        ))?;
        let touched_before = change.memory.touched_before;
        let untouched = |change: Change| Change {
            touched_at: change.touched_at.filter(|_| touched_before),
            ..change
        };
        if !answer.status.is_success() {
            // The card was pulled in between, or another program used it.
            return Ok(Err(
                self.look(untouched(change).with_problem(answers.problem()))
            ));
        }
        let key = self.keys().master.management_key(&self.chip()?)?;
        match piv::check_answer(&key, &program::decode(&auth.challenge)?, &answer.data) {
            Ok(()) => Ok(Ok(change)),
            Err(_not_authentic) => Ok(Err(Self::not_genuine(untouched(change)))),
        }
    }

    fn not_genuine(change: Change) -> Verdict {
        Verdict::NotGenuine(Change {
            memory: change.memory.clone().rest(),
            ..change
        })
    }

    /// The program of `stage` is next; with it, what it writes may be on the card.
    pub(super) fn run_writing(&self, change: Change, stage: Stage) -> Verdict {
        let touched = change.touched_at.is_some();
        Verdict::Run(Change {
            touched_at: change.touched_at.or(Some(self.now)),
            memory: change.memory.clone().then(stage, touched),
            ..change
        })
    }

    /// The program of `stage` is next; it writes nothing.
    pub(super) fn run_reading(change: Change, stage: Stage) -> Verdict {
        let touched = change.touched_at.is_some();
        Verdict::Run(Change {
            memory: change.memory.clone().then(stage, touched),
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
            memory: change.memory.clone().rest(),
            // Whoever comes here knows that nothing has to be rolled back.
            settled_at: Some(self.now),
            held: crate::storage::HeldChange::Revoke,
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
