//! Why a signed act is not done, and the event that says so.

use app::api::ErrorCode;
use card_domain::{CardId, EventAct};
use thiserror::Error;

use super::{Payload, Proposals};
use crate::{
    audit::SignatureFault,
    service::ServiceError,
    storage::{NewEvent, NonceHash, Outcome, StoreError},
};

/// What is wrong with what came back for a proposal. Its words are the event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Fault {
    /// There is none such for this session.
    #[error("the proposal is unknown, used already or another session's")]
    Unknown,
    /// It came late.
    #[error("the proposal is too old")]
    TooOld,
    /// Text or structured form differ.
    #[error("the statement is not the one that was proposed")]
    OtherStatement,
    /// The certificate can't be read.
    #[error("the certificate is not base64")]
    CertificateForm,
    /// Another card's, or an older one of this card.
    #[error("the certificate is not the session card's confirmed one")]
    OtherCertificate,
    /// The register's own certificate is none.
    #[error("the confirmed certificate can't be used")]
    UnusableCertificate,
    /// It has expired, or its CA is not trusted any more.
    #[error("the session card's certificate is not good any more")]
    CertificateNotGood,
    /// The signature can't be read.
    #[error("the signature is not base64")]
    SignatureForm,
    /// The signature is none.
    #[error("the signature is not 64 bytes r ‖ s")]
    SignatureLength,
    /// It is of another key, or over something else.
    #[error("the signature does not fit the statement")]
    BadSignature,
    /// The statement is of a form that is not made any more.
    #[error("the statement is of an older form")]
    OldForm,
    /// The statement is for a page that is none of ours.
    #[error("the statement is for another origin")]
    ForeignOrigin,
    /// Certificate, statement and session do not say the same.
    #[error("certificate, statement and session differ: {0}")]
    Signer(#[from] SignatureFault),
    /// The statement is of other cards than what would be done.
    #[error("the statement is of other cards than the proposal")]
    OtherCards,
}

impl Fault {
    /// What the page is told.
    const fn code(self) -> ErrorCode {
        match self {
            Self::Unknown | Self::TooOld | Self::OldForm => ErrorCode::ProposalVoid,
            _ => ErrorCode::StatementSignature,
        }
    }
}

/// Why an act was not done: what the page is told and what the event says.
#[derive(Debug)]
pub(crate) struct RefusedAct {
    error: ServiceError,
    reason: String,
}

impl RefusedAct {
    /// A refusal whose event says more than the error's own words.
    pub(crate) fn new(error: impl Into<ServiceError>, reason: &str) -> Self {
        Self {
            error: error.into(),
            reason: reason.to_owned(),
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
}

impl<E: Into<ServiceError>> From<E> for RefusedAct {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            reason: error.to_string(),
            error,
        }
    }
}

impl From<Fault> for RefusedAct {
    fn from(fault: Fault) -> Self {
        Self {
            error: fault.code().into(),
            reason: fault.to_string(),
        }
    }
}

impl Proposals<'_> {
    /// Records that a proposal was not carried out, and gives the error for the
    /// page. A decision uses the proposal up, in the transaction of its event;
    /// after a failure the same request may be sent again.
    pub(crate) async fn refuse<P: Payload>(
        self,
        payload: &P,
        nonce: NonceHash,
        refused: RefusedAct,
    ) -> ServiceError {
        let act = payload.action().into();
        let event = self.refusal::<P>(act, payload.card(), &refused);
        let store = &self.request.service.store;
        let recorded = if refused.is_decided() {
            store.spend_nonce(nonce, event).await
        } else {
            store.record_event(event).await
        };
        answer(recorded, refused)
    }

    /// Records that something was signed for which there is no proposal.
    pub(super) async fn refuse_unknown<P: Payload>(self, refused: RefusedAct) -> ServiceError {
        let event = self.refusal::<P>(P::REFUSED_UNKNOWN, None, &refused);
        let store = &self.request.service.store;
        answer(store.record_event(event).await, refused)
    }

    fn refusal<P: Payload>(
        self,
        act: EventAct,
        card: Option<CardId>,
        refused: &RefusedAct,
    ) -> NewEvent {
        let outcome = if refused.is_decided() {
            Outcome::Refused
        } else {
            Outcome::Failed
        };
        NewEvent {
            enterprise: Some(self.actor.enterprise),
            actor: Some(self.actor.card),
            target: card,
            detail: Some(format!("{}{}", P::NOT_DONE, refused.reason)),
            ..self.request.event(act, outcome)
        }
    }
}

/// The error of a refusal, whether or not it could be recorded: nothing was
/// done in either case.
fn answer(recorded: Result<i64, StoreError>, refused: RefusedAct) -> ServiceError {
    if let Err(error) = recorded {
        tracing::error!(%error, "a refused act can't be recorded");
    }
    refused.error
}
