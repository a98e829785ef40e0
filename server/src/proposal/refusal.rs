//! Why a signed act is not done, and the record that says so: an event where the
//! session's card signed, a count without a name where nobody did.

use app::api::ErrorCode;
use card_domain::{EventAct, EventOutcome, Reason};
use event_log::EventFacts;

use super::{Payload, Proposals};
use crate::{
    service::ServiceError,
    signed_statement::Fault,
    storage::{NewEvent, NonceHash, StoreError, UnprovenRefusal},
};

/// Why an act was not done: what the page is told and what the record says.
#[derive(Debug)]
pub(crate) struct RefusedAct {
    error: ServiceError,
    reason: Reason,
    /// For administrators; nothing decides by them.
    words: String,
    /// Whether the session's card is proven to have signed.
    is_signed: bool,
}

impl RefusedAct {
    /// A refusal whose event says more than the error's own words.
    pub(crate) fn new(error: impl Into<ServiceError>, words: &str) -> Self {
        Self {
            words: words.to_owned(),
            ..Self::from(error)
        }
    }

    /// There is no such proposal of this session.
    pub(super) fn unknown() -> Self {
        let words = "the proposal is unknown, used already or another session's";
        Self {
            reason: Reason::ProposalVoid,
            is_signed: false,
            ..Self::new(ErrorCode::ProposalVoid, words)
        }
    }

    /// A refusal before it was known who signed.
    pub(super) fn before_proof(error: impl Into<ServiceError>) -> Self {
        Self {
            is_signed: false,
            ..Self::from(error)
        }
    }

    /// Whether it was decided. A store that failed may or may not have done
    /// it: that is no refusal.
    const fn is_decided(&self) -> bool {
        matches!(
            self.error,
            ServiceError::Code(_) | ServiceError::Store(StoreError::NotFound)
        )
    }

    /// Whether nobody is proven to have asked for it.
    const fn is_unproven(&self) -> bool {
        self.is_decided() && !self.is_signed
    }
}

impl<E: Into<ServiceError>> From<E> for RefusedAct {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            reason: error.reason(),
            words: error.to_string(),
            is_signed: true,
            error,
        }
    }
}

impl From<Fault> for RefusedAct {
    fn from(fault: Fault) -> Self {
        let (code, reason) = match fault {
            Fault::TooOld | Fault::OldForm => (ErrorCode::ProposalVoid, Reason::ProposalVoid),
            _ => (ErrorCode::StatementSignature, Reason::StatementSignature),
        };
        Self {
            error: code.into(),
            reason,
            words: fault.to_string(),
            is_signed: fault.is_signed(),
        }
    }
}

impl Proposals<'_> {
    /// Records that a proposal was not carried out, and gives the error for the
    /// page. A decision uses the proposal up, in the transaction of its record;
    /// after a failure the same request may be sent again.
    pub(crate) async fn refuse<P: Payload>(
        self,
        payload: &P,
        nonce: NonceHash,
        refused: RefusedAct,
    ) -> ServiceError {
        let recorded = if refused.is_unproven() {
            self.count(payload.action().into(), Some(nonce), &refused)
                .await
        } else {
            self.record(payload, nonce, &refused).await
        };
        answer(recorded, refused)
    }

    /// Records that something came for which there is no proposal: nobody can
    /// say for what its signature was.
    pub(super) async fn refuse_unknown<P: Payload>(self, refused: RefusedAct) -> ServiceError {
        let recorded = self.count(P::REFUSED_UNKNOWN, None, &refused).await;
        answer(recorded, refused)
    }

    async fn count(
        self,
        act: EventAct,
        spent: Option<NonceHash>,
        refused: &RefusedAct,
    ) -> Result<(), ServiceError> {
        let client = &self.ctx.request.client;
        tracing::info!(
            request_id = %client.request_id, address = %client.address, act = act.name(),
            refusal = %refused.words, "refused before anything was proven"
        );
        let counted = UnprovenRefusal {
            at: self.ctx.request.now,
            act,
            reason: refused.reason,
        };
        let store = &self.ctx.service.store;
        Ok(store.count_unproven(counted, spent).await?)
    }

    async fn record<P: Payload>(
        self,
        payload: &P,
        nonce: NonceHash,
        refused: &RefusedAct,
    ) -> Result<(), ServiceError> {
        let (act, words) = (payload.action().into(), &refused.words);
        let outcome = if refused.is_decided() {
            EventOutcome::Refused
        } else {
            EventOutcome::Failed
        };
        let event = NewEvent {
            enterprise: Some(self.actor.enterprise),
            actor: Some(self.actor.card),
            target: payload.card(),
            detail: Some(format!("{}{words}", P::NOT_DONE)),
            facts: Some(EventFacts::because(refused.reason).to_json()?),
            ..self.ctx.event(act, outcome)
        };
        let store = &self.ctx.service.store;
        if refused.is_decided() {
            store.spend_nonce(nonce, event).await?;
        } else {
            store.record_event(event).await?;
        }
        Ok(())
    }
}

/// The error of a refusal, whether or not it could be recorded: nothing was
/// done in either case.
fn answer(recorded: Result<(), ServiceError>, refused: RefusedAct) -> ServiceError {
    if let Err(error) = recorded {
        tracing::error!(%error, "a refused act can't be recorded");
    }
    refused.error
}
