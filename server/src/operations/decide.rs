//! From what a card answered to what is done next. What a terminal reports is a
//! claim; the register changes only on what a card answered in the program in
//! which it proved itself.

mod look;
mod renew;
mod unlock;

use app::api::operation::Problem;
use card_domain::{Action, OperationStep, transition};
use card_protocol::{
    ChipId,
    piv::{self, DataObject},
    program::ProgramOutcome,
};
use jiff::Timestamp;

use super::{
    authority::{Authority, Conversation},
    decision::{Change, Decision},
    mandate::Mandate,
    programs::OperationPrograms,
    progress::{OperationProgram, OperationProgress, ProvesBy},
};
use crate::{
    card_program::{Answers, CardProgram, Claim, MutualAuth, Proof, Proven, Unproven},
    keys::files::KeyRing,
    random,
    service::{Service, ServiceError},
    storage::OperationRecord,
};

/// Decides what follows from one report about one operation.
pub(super) struct Evaluator<'a> {
    pub(super) service: &'a Service,
    pub(super) mandate: Mandate,
    /// Where the conversation is: the journal's, or that of a challenge, which
    /// the journal does not know of.
    pub(super) progress: OperationProgress,
    pub(super) conversation: Conversation,
    pub(super) now: Timestamp,
}

/// The chip of an operation's card.
pub(super) const fn chip(record: &OperationRecord) -> ChipId {
    record.card.chip.chip_id
}

/// The program that `progress` says is out.
pub(super) fn program(
    service: &Service,
    record: &OperationRecord,
    progress: &OperationProgress,
    issued: Option<&[u8]>,
) -> Result<CardProgram, ServiceError> {
    let certificate = match &progress.program {
        // What was abandoned is rolled back to what is good.
        OperationProgram::Restore { .. } => record
            .card
            .certificate
            .as_ref()
            .map(|good| good.der.as_slice()),
        _ => issued.or_else(|| record.issued.as_ref().map(|(_, held)| held.der.as_slice())),
    };
    OperationPrograms {
        master: &service.keys.master,
        operation: record.id,
        chip: chip(record),
        is_unlock: record.action == Action::Unlock,
        certificate,
        policy: service.config.pin.policy(),
    }
    .program(progress)
}

impl Evaluator<'_> {
    /// The operation, its card as the log has it.
    const fn record(&self) -> &OperationRecord {
        self.mandate.record()
    }

    const fn keys(&self) -> &KeyRing {
        &self.service.keys
    }

    const fn chip(&self) -> ChipId {
        chip(self.record())
    }

    /// The program that `progress` says is out.
    fn program(&self, progress: &OperationProgress) -> Result<CardProgram, ServiceError> {
        program(self.service, self.record(), progress, None)
    }

    /// The card is said to be there: it is looked at, if its state allows what is
    /// to be done.
    pub(super) fn begin(&self) -> Result<Decision, ServiceError> {
        let progress = self.progress.clone();
        let progress = progress.in_conversation(self.conversation.exchange);
        let change = Change::of(self.record(), progress);
        if let Err(refusal) = transition(self.record().card.state, self.record().action, self.now) {
            return Ok(Decision::Wait(
                change.with_problem(Problem::State { refusal }),
            ));
        }
        self.look(change)
    }

    /// Looks at the card (again); after a few times it has to be inserted anew.
    fn look(&self, mut change: Change) -> Result<Decision, ServiceError> {
        let program = if self.card_key()?.is_some() {
            let nonce = random::bytes()?;
            self.look_by(ProvesBy::CardKey { nonce }, &change)
        } else {
            OperationProgram::Witness
        };
        Ok(match change.progress.clone().look(program) {
            Some(progress) => {
                change.progress = progress;
                Decision::Run(change)
            }
            None => Self::wait(change),
        })
    }

    /// What is read of a card that proves itself so.
    fn look_by(&self, by: ProvesBy, change: &Change) -> OperationProgram {
        OperationProgram::Look {
            by,
            certificate: self.reads_certificate(change),
            attest: self.looks_for_attestation(change),
        }
    }

    /// Whether it has to be known which certificate is on the card.
    fn reads_certificate(&self, change: &Change) -> bool {
        self.record().action == Action::Renew && change.is_touched()
    }

    /// No program is out; a person has to insert the card again.
    fn wait(change: Change) -> Decision {
        Decision::Wait(change.rest())
    }

    /// Decides what follows from the outcome of the program that is out.
    pub(super) fn answered(&self, outcome: &ProgramOutcome) -> Result<Decision, ServiceError> {
        let progress = &self.progress;
        let claim = Answers::of(&self.program(progress)?, outcome)?;
        match &progress.program {
            OperationProgram::Idle => Err(ServiceError::Inconsistent("no program is out")),
            OperationProgram::Witness => self.witnessed(&claim),
            OperationProgram::Look { by, .. } => self.looked(by, claim),
            OperationProgram::Generate { auth, attest } => {
                self.once_proven(claim, auth, |this, change, proven| {
                    this.generated(change, *attest, proven)
                })
            }
            OperationProgram::Write {
                auth,
                put,
                card_key,
            } => self.once_proven(claim, auth, |this, change, proven| {
                this.wrote(change, *put, *card_key, proven)
            }),
            OperationProgram::Restore { auth } => {
                self.once_proven(claim, auth, |this, change, proven| {
                    Ok(this.restored(change, proven))
                })
            }
            OperationProgram::Unblock { auth, from } => {
                self.once_proven(claim, auth, |this, change, proven| {
                    this.unblocked(change, *from, proven)
                })
            }
            OperationProgram::Rotate { auth, from } => {
                self.once_proven(claim, auth, |this, change, proven| {
                    this.rotated(change, *from, proven)
                })
            }
            OperationProgram::KeepPuk { auth, generation } => {
                self.once_proven(claim, auth, |this, change, proven| {
                    this.kept_puk(change, *generation, proven)
                })
            }
            OperationProgram::Check { auth, generation } => {
                self.once_proven(claim, auth, |this, change, proven| {
                    this.checked(change, *generation, proven)
                })
            }
        }
    }

    /// Decides by `decide` if the card proved its management key in this program.
    fn once_proven(
        &self,
        claim: Claim<Answers>,
        auth: &MutualAuth,
        decide: impl FnOnce(&Self, Change, &Proven<Answers>) -> Result<Decision, ServiceError>,
    ) -> Result<Decision, ServiceError> {
        let proven = match self.by_management_key(claim, auth)? {
            Ok(proven) => proven,
            Err(decision) => return Ok(decision),
        };
        let (proof, answers) = proven.parts();
        let change = self.change().proven(proof);
        let change = change.note_pin(proof, answers.pin(), self.now);
        decide(self, change, &proven)
    }

    /// The operation as it is, to be changed by what follows.
    fn change(&self) -> Change {
        Change::of(self.record(), self.progress.clone())
    }

    /// Whether the card answered our challenge with its management key, in this
    /// program. If not, nothing is known of what it did with the rest: that it
    /// refused is the terminal's word.
    fn by_management_key(
        &self,
        claim: Claim<Answers>,
        auth: &MutualAuth,
    ) -> Result<Result<Proven<Answers>, Decision>, ServiceError> {
        let bridge = self
            .progress
            .bridge
            .as_ref()
            .ok_or(ServiceError::Inconsistent("a program for no bridge"))?;
        let key = self.keys().master.management_key(&self.chip())?;
        Ok(match claim.by_management_key(&key, auth, bridge.key()) {
            Ok(proven) => Ok(proven),
            // The card was pulled in between, or another program used it.
            Err(Unproven::Refused(claim)) => {
                let problem = card_refused(claim.as_told());
                Err(self.look(self.change().with_problem(problem))?)
            }
            Err(Unproven::NotAuthentic) => Err(self.not_genuine()),
        })
    }

    fn not_genuine(&self) -> Decision {
        Decision::NotGenuine(self.change().rest())
    }

    /// This program is next; with it, what it writes may be on the card.
    fn run_writing(&self, proof: &Proof, change: Change, program: OperationProgram) -> Decision {
        Decision::Run(change.then(program).touch(proof, self.now))
    }

    /// This program is next; it writes nothing.
    fn run_reading(change: Change, program: OperationProgram) -> Decision {
        Decision::Run(change.then(program))
    }

    /// It is over without having changed anything, as the card proved.
    fn abandon(&self, proof: &Proof, change: Change) -> Result<Decision, ServiceError> {
        let step = if change.is_touched() {
            OperationStep::GiveUp
        } else {
            OperationStep::Abandon
        };
        let change = change
            .rest()
            .go(proof, self.record(), &[step])?
            .revoke_held(proof)
            .settle(proof, self.now);
        Ok(Decision::Abandon(change))
    }

    /// It was abandoned, and its card is right again.
    fn settled(&self, proof: &Proof, change: Change) -> Decision {
        Decision::Settle(change.rest().settle(proof, self.now))
    }

    /// Whether the operation is over and only its card is to be put right.
    fn rolls_back(&self) -> bool {
        !self.record().state.is_open()
    }

    fn is_healing(&self) -> bool {
        self.conversation.authority != Authority::Ticket
    }
}

/// The certificate (DER) in an answer to GET DATA.
fn certificate(data: &[u8]) -> Option<&[u8]> {
    piv::parse_data(DataObject::AuthenticationCertificate, data)
        .and_then(piv::parse_certificate_object)
        .ok()
}

/// Where the program ended, for the person and the event.
fn card_refused(answers: &Answers) -> Problem {
    answers
        .last()
        .map_or(Problem::ReadBack, |answer| Problem::CardRefused {
            step: answer.name.as_str().to_owned(),
            status: answer.status.to_string(),
        })
}
