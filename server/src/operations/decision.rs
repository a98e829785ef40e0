//! What is decided about an operation: what becomes of its row and its card, and
//! what is done next. A report alone may only change where the conversation
//! is; each effect asks for the card's [`Proof`].

use app::api::operation::Problem;
use card_domain::{OperationState, OperationStep, WriteStatus, advance};
use card_protocol::piv::PinStatus;
use jiff::Timestamp;

use super::progress::{OperationProgram, OperationProgress};
use crate::{
    card_program::Proof,
    keys::MasterKey,
    metrics::OperationOutcome,
    pki::attestation::AttestationError,
    service::ServiceError,
    storage::{
        CardKeyRecord, CertificateChange, ConfirmedCertificate, NewCertificate, NewEvent,
        OperationRecord, OperationUpdate, PinRecord, PukRecord,
    },
};

/// What is done next.
pub(super) enum Decision {
    /// The progress's program is handed out.
    Run(Change),
    /// Register and card agree.
    Confirm(Change, Option<ConfirmedCertificate>),
    /// It is over; the card is as it was, or does not matter any more.
    Abandon(Change),
    /// It was abandoned before, and now the card is right.
    Settle(Change),
    /// The card has to be inserted again, or something else has to change.
    Wait(Change),
    /// The card could not prove itself.
    NotGenuine(Change),
    /// What the card attests of its new key is wrong: nothing is issued for it.
    NotAttested(Change, AttestationError),
}

impl Decision {
    /// What becomes of the row.
    pub(super) const fn change(&self) -> &Change {
        match self {
            Self::Run(change)
            | Self::Confirm(change, _)
            | Self::Abandon(change)
            | Self::Settle(change)
            | Self::Wait(change)
            | Self::NotGenuine(change)
            | Self::NotAttested(change, _) => change,
        }
    }

    /// How it is counted; a program that is handed out is no outcome.
    pub(super) const fn outcome(&self) -> Option<OperationOutcome> {
        match self {
            Self::Run(_) => None,
            Self::Confirm(..) => Some(OperationOutcome::Confirmed),
            Self::Abandon(_) => Some(OperationOutcome::Abandoned),
            Self::Settle(_) => Some(OperationOutcome::RolledBack),
            Self::Wait(_) => Some(OperationOutcome::Waiting),
            Self::NotGenuine(_) | Self::NotAttested(..) => Some(OperationOutcome::NotGenuine),
        }
    }
}

/// What becomes of an operation's row, and of its card's.
pub(super) struct Change {
    /// Where the conversation is. What anybody reports may change it.
    pub(super) progress: OperationProgress,
    /// What stands in the way. The same.
    pub(super) problem: Option<Problem>,
    /// Whether the card proved itself in the program that this follows from.
    is_proven: bool,
    effects: Effects,
}

/// What only a proof, or somebody with the right to give up, changes.
struct Effects {
    state: OperationState,
    touched_at: Option<Timestamp>,
    puk: Option<(u32, u32)>,
    puk_tries: Option<u8>,
    held: CertificateChange,
    card_puk: Option<PukRecord>,
    card_key: Option<CardKeyRecord>,
    pin: Option<PinRecord>,
    settled_at: Option<Timestamp>,
}

impl Change {
    /// None yet. What stood in the way before does not any more.
    pub(super) const fn of(record: &OperationRecord, progress: OperationProgress) -> Self {
        Self {
            progress,
            problem: None,
            is_proven: false,
            effects: Effects {
                state: record.state,
                touched_at: record.touched_at,
                puk: record.puk,
                puk_tries: record.puk_tries,
                held: CertificateChange::Keep,
                card_puk: None,
                card_key: None,
                pin: None,
                settled_at: record.settled_at,
            },
        }
    }

    /// The same after the card proved itself.
    pub(super) const fn proven(mut self, _proof: &Proof) -> Self {
        self.is_proven = true;
        self
    }

    /// Whether it follows from a proof, or from somebody's word alone.
    pub(super) const fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// Gives the operation up, on the word of somebody who may: the holder of its
    /// ticket, an administrator, or time. No card is asked.
    ///
    /// # Errors
    /// [`ServiceError::Inconsistent`] where the lifecycle has no such step.
    pub(super) fn given_up(
        record: &OperationRecord,
        progress: OperationProgress,
        step: OperationStep,
    ) -> Result<Self, ServiceError> {
        let mut change = Self::of(record, progress).step(record, step)?;
        if change.effects.state != OperationState::Abandoned {
            return Err(ServiceError::Inconsistent("giving up is no such step"));
        }
        change.effects.held = CertificateChange::Revoke;
        Ok(change)
    }

    pub(super) fn with_problem(mut self, problem: Problem) -> Self {
        self.problem = Some(problem);
        self
    }

    /// This program is next.
    pub(super) fn then(mut self, program: OperationProgram) -> Self {
        self.progress = self.progress.then(program);
        self
    }

    /// No program is out any more.
    pub(super) fn rest(mut self) -> Self {
        self.progress = self.progress.rest();
        self
    }

    /// Whether the card may have been written.
    pub(super) const fn is_touched(&self) -> bool {
        self.effects.touched_at.is_some()
    }

    /// The generations of the PUK between which the card is.
    pub(super) const fn puk(&self) -> Option<(u32, u32)> {
        self.effects.puk
    }

    /// Tries left for the PUK, as the card told last.
    pub(super) const fn puk_tries(&self) -> Option<u8> {
        self.effects.puk_tries
    }

    /// Goes through these steps; the rules of the domain are asked each time.
    pub(super) fn go(
        self,
        _proof: &Proof,
        record: &OperationRecord,
        steps: &[OperationStep],
    ) -> Result<Self, ServiceError> {
        steps
            .iter()
            .try_fold(self, |change, step| change.step(record, *step))
    }

    fn step(mut self, record: &OperationRecord, step: OperationStep) -> Result<Self, ServiceError> {
        let card = if self.is_touched() {
            WriteStatus::MayBeWritten
        } else {
            WriteStatus::Untouched
        };
        self.effects.state = advance(record.action, self.effects.state, step, card)
            .map_err(|_refusal| ServiceError::Inconsistent("a step out of turn"))?;
        Ok(self)
    }

    /// From now on the card may hold what the register does not call good.
    pub(super) fn touch(mut self, _proof: &Proof, now: Timestamp) -> Self {
        self.effects.touched_at = self.effects.touched_at.or(Some(now));
        self
    }

    /// What the card said of its PIN.
    pub(super) fn note_pin(
        mut self,
        _proof: &Proof,
        pin: Option<PinStatus>,
        now: Timestamp,
    ) -> Self {
        let tries_left = match pin {
            Some(PinStatus::TriesLeft(tries)) => Some(tries.0),
            Some(PinStatus::Blocked) => Some(0),
            Some(PinStatus::Verified) | None => None,
        };
        if let Some(tries_left) = tries_left {
            self.effects.pin = Some(PinRecord {
                tries_left,
                at: now,
            });
        }
        self
    }

    /// What the card said of its PUK's tries, if it did.
    pub(super) fn note_puk_tries(mut self, _proof: &Proof, tries: Option<u8>) -> Self {
        self.effects.puk_tries = tries.or(self.effects.puk_tries);
        self
    }

    /// The PUK is about to be replaced.
    pub(super) fn lead_puk(mut self, _proof: &Proof, from: u32, to: u32) -> Self {
        self.effects.puk = Some((from, to));
        self
    }

    /// Which PUK is on the card; `None` is that nobody knows.
    pub(super) fn learn_puk(
        mut self,
        _proof: &Proof,
        record: &OperationRecord,
        generation: Option<u32>,
    ) -> Self {
        let registered = record.card.puk;
        self.effects.card_puk = Some(PukRecord {
            // A late word never leads back.
            generation: generation.map_or(registered.generation, |generation| {
                generation.max(registered.generation)
            }),
            known: generation.is_some() && registered.known,
        });
        self
    }

    /// The card made a key of its own (9E).
    pub(super) fn learn_card_key(mut self, _proof: &Proof, key: CardKeyRecord) -> Self {
        self.effects.card_key = Some(key);
        self
    }

    /// A certificate was issued; it waits for the card.
    pub(super) fn hold(mut self, _proof: &Proof, certificate: NewCertificate) -> Self {
        self.effects.held = CertificateChange::Hold(certificate);
        self
    }

    /// It is over, and what was held is void.
    pub(super) fn revoke_held(mut self, _proof: &Proof) -> Self {
        self.effects.held = CertificateChange::Revoke;
        self
    }

    /// The card is right: nothing has to be rolled back.
    pub(super) fn settle(mut self, _proof: &Proof, now: Timestamp) -> Self {
        self.effects.settled_at = Some(now);
        self
    }

    /// The certificate that is issued with it, DER.
    pub(super) fn issued(&self) -> Option<&[u8]> {
        match &self.effects.held {
            CertificateChange::Hold(new) => Some(&new.der),
            CertificateChange::Keep | CertificateChange::Revoke => None,
        }
    }

    /// The row as the store takes it.
    pub(super) fn into_saved(
        self,
        record: &OperationRecord,
        master: &MasterKey,
        now: Timestamp,
        event: Option<NewEvent>,
    ) -> Result<OperationUpdate, ServiceError> {
        let payload = self.progress.seal(master, record.id, record.card.id)?;
        self.into_update(record, payload, now, event)
    }

    /// The same for who gives an operation up without the server's keys.
    pub(super) fn into_unsealed(
        self,
        record: &OperationRecord,
        now: Timestamp,
        event: Option<NewEvent>,
    ) -> Result<OperationUpdate, ServiceError> {
        let payload = self.progress.to_unsealed()?;
        self.into_update(record, payload, now, event)
    }

    fn into_update(
        self,
        record: &OperationRecord,
        payload: String,
        now: Timestamp,
        event: Option<NewEvent>,
    ) -> Result<OperationUpdate, ServiceError> {
        let effects = self.effects;
        Ok(OperationUpdate {
            id: record.id,
            card: record.card.id,
            enterprise: record.card.enterprise,
            version: record.version,
            state: effects.state,
            at: now,
            payload,
            touched_at: effects.touched_at,
            puk: effects.puk,
            puk_tries: effects.puk_tries,
            problem: self
                .problem
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
            settled_at: effects.settled_at,
            held: effects.held,
            card_puk: effects.card_puk,
            card_key: effects.card_key,
            pin: effects.pin,
            event,
        })
    }
}
