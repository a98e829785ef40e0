//! What a judge decides about an operation: what becomes of its row, and what
//! is done next.

use app::api::operation::Problem;
use card_domain::{CardMayHold, OperationState, OperationStep, advance};
use card_protocol::piv::PinStatus;
use jiff::Timestamp;

use super::progress::OperationProgress;
use crate::{
    metrics::OperationOutcome,
    service::ServiceError,
    storage::{
        CertificateChange, CertificateDigest, NewEvent, OperationRecord, OperationUpdate,
        PinRecord, PukRecord,
    },
};

/// What is done next.
pub(super) enum Verdict {
    /// The program of the progress's stage is handed out.
    Run(Change),
    /// Register and card agree.
    Confirm(Change, Option<CertificateDigest>),
    /// It is over; the card is as it was, or does not matter any more.
    Abandon(Change),
    /// It was abandoned before, and now the card is right.
    Settle(Change),
    /// The card has to be inserted again, or something else has to change.
    Wait(Change),
    /// The card could not prove itself.
    NotGenuine(Change),
}

impl Verdict {
    /// How it is counted; a program that is handed out is no outcome.
    pub(super) const fn outcome(&self) -> Option<OperationOutcome> {
        match self {
            Self::Run(_) => None,
            Self::Confirm(..) => Some(OperationOutcome::Confirmed),
            Self::Abandon(_) => Some(OperationOutcome::Abandoned),
            Self::Settle(_) => Some(OperationOutcome::RolledBack),
            Self::Wait(_) => Some(OperationOutcome::Waiting),
            Self::NotGenuine(_) => Some(OperationOutcome::NotGenuine),
        }
    }
}

/// What becomes of an operation's row.
pub(super) struct Change {
    pub(super) state: OperationState,
    pub(super) progress: OperationProgress,
    pub(super) touched_at: Option<Timestamp>,
    pub(super) puk: Option<(u32, u32)>,
    pub(super) puk_tries: Option<u8>,
    pub(super) problem: Option<Problem>,
    pub(super) held: CertificateChange,
    pub(super) card_puk: Option<PukRecord>,
    pub(super) pin: Option<PinRecord>,
    pub(super) settled_at: Option<Timestamp>,
}

impl Change {
    /// None yet. What stood in the way before does not any more.
    pub(super) const fn of(record: &OperationRecord, progress: OperationProgress) -> Self {
        Self {
            state: record.state,
            progress,
            touched_at: record.touched_at,
            puk: record.puk,
            puk_tries: record.puk_tries,
            problem: None,
            held: CertificateChange::Keep,
            card_puk: None,
            pin: None,
            settled_at: record.settled_at,
        }
    }

    /// Goes through these steps; the rules of the domain are asked each time.
    pub(super) fn go(
        mut self,
        record: &OperationRecord,
        steps: &[OperationStep],
    ) -> Result<Self, ServiceError> {
        let card = if self.touched_at.is_some() {
            CardMayHold::Something
        } else {
            CardMayHold::Nothing
        };
        for step in steps {
            self.state = advance(record.action, self.state, *step, card)
                .map_err(|_refusal| ServiceError::Inconsistent("a step out of turn"))?;
        }
        Ok(self)
    }

    /// What the card said of its PIN.
    pub(super) fn note_pin(mut self, pin: Option<PinStatus>, now: Timestamp) -> Self {
        let tries_left = match pin {
            Some(PinStatus::TriesLeft(tries)) => Some(tries.0),
            Some(PinStatus::Blocked) => Some(0),
            Some(PinStatus::Verified) | None => None,
        };
        if let Some(tries_left) = tries_left {
            self.pin = Some(PinRecord {
                tries_left,
                at: now,
            });
        }
        self
    }

    pub(super) fn with_problem(mut self, problem: Problem) -> Self {
        self.problem = Some(problem);
        self
    }

    /// The row as the store takes it.
    pub(super) fn into_saved(
        self,
        record: &OperationRecord,
        now: Timestamp,
        event: Option<NewEvent>,
    ) -> Result<OperationUpdate, ServiceError> {
        Ok(OperationUpdate {
            id: record.id,
            card: record.card.id,
            enterprise: record.card.enterprise,
            version: record.version,
            state: self.state,
            at: now,
            payload: self.progress.to_json()?,
            touched_at: self.touched_at,
            puk: self.puk,
            puk_tries: self.puk_tries,
            problem: self
                .problem
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
            settled_at: self.settled_at,
            held: self.held,
            card_puk: self.card_puk,
            pin: self.pin,
            event,
        })
    }
}
