//! What can go wrong while a request is served: either a code that the
//! contract knows, or a failure whose text is logged and never sent.

use app::api::{ApiError, ErrorCode, operation::CannotOperate};
use card_domain::{LoginRefusal, Reason, Refusal};
use event_log::certificate::CertificateError;
use thiserror::Error;

use crate::{
    card_program::{OutcomeError, ProgramError},
    keys::{KeyError, ProgramKeyError},
    pki::PkiError,
    random::RandomError,
    storage::StoreError,
};

/// Why a request has no answer.
#[derive(Debug, Error)]
pub(crate) enum ServiceError {
    /// The contract has a code for it.
    #[error("{0:?}")]
    Code(ErrorCode),
    /// The store could not, or has no such row.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key could not be derived, or something not be decrypted.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system gives no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A certificate could not be issued.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A certificate can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A program could not be signed or sealed.
    #[error(transparent)]
    ProgramKey(#[from] ProgramKeyError),
    /// A program could not be put together.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// What we wrote ourselves can't be read or written as JSON.
    #[error("own JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The store holds what it should not: named here.
    #[error("{0}")]
    Inconsistent(&'static str),
}

impl From<ErrorCode> for ServiceError {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

/// What is reported of a program, and can't be.
impl From<OutcomeError> for ServiceError {
    fn from(error: OutcomeError) -> Self {
        tracing::info!(%error, "an outcome that is none of its program");
        Self::Code(ErrorCode::BadRequest)
    }
}

impl From<LoginRefusal> for ServiceError {
    fn from(refusal: LoginRefusal) -> Self {
        Self::Code(ErrorCode::Login(refusal))
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        Self::Code(ErrorCode::Refused(refusal))
    }
}

impl ServiceError {
    /// The code for the wire. What went wrong inside is logged here.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Code(code) => *code,
            Self::Store(StoreError::NotFound) => ErrorCode::NotFound,
            Self::Store(
                error @ (StoreError::Unavailable(_) | StoreError::Silent | StoreError::Closed),
            ) => {
                tracing::error!(%error, source = ?std::error::Error::source(error), "store");
                ErrorCode::Unavailable
            }
            Self::Store(error @ StoreError::Unexplained { .. }) => {
                tracing::error!(%error, "a card was changed past the server");
                ErrorCode::CardRecord
            }
            Self::Pki(error @ (PkiError::OutlivesIssuer { .. } | PkiError::IssuerNotYetValid)) => {
                tracing::error!(%error, "no certificate was issued");
                ErrorCode::CannotOperate(CannotOperate::IssuerEnds)
            }
            _ => {
                tracing::error!(error = %self, "internal");
                ErrorCode::Internal
            }
        }
    }

    pub(crate) fn into_api(self, request_id: &str) -> ApiError {
        ApiError::new(self.code(), request_id.to_owned())
    }

    /// The reason for the event of a refusal by this error.
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Code(code) => reason_of(*code),
            Self::Store(StoreError::NotFound) => Reason::NotFound,
            Self::Store(StoreError::Unexplained { .. }) => Reason::Unexplained,
            Self::Store(StoreError::Unavailable(_) | StoreError::Silent | StoreError::Closed) => {
                Reason::Unavailable
            }
            Self::Pki(PkiError::OutlivesIssuer { .. } | PkiError::IssuerNotYetValid) => {
                Reason::IssuerEnds
            }
            _ => Reason::Internal,
        }
    }
}

const fn reason_of(code: ErrorCode) -> Reason {
    match code {
        ErrorCode::BadRequest | ErrorCode::CauseWords | ErrorCode::FreezeEnd => Reason::WrongReport,
        ErrorCode::NotLoggedIn
        | ErrorCode::SessionEnded
        | ErrorCode::SessionLocked
        | ErrorCode::CardStopped(_) => Reason::SessionEnded,
        ErrorCode::NotAllowed => Reason::NotAllowed,
        ErrorCode::NotFound => Reason::NotFound,
        ErrorCode::Conflict(_) => Reason::Conflict,
        ErrorCode::Refused(_) | ErrorCode::CannotOperate(CannotOperate::State(_)) => {
            Reason::RuleSaysNo
        }
        ErrorCode::CannotOperate(CannotOperate::Unfinished(_)) => Reason::Unfinished,
        ErrorCode::CannotOperate(CannotOperate::NotDue { .. }) => Reason::NotDue,
        ErrorCode::CannotOperate(CannotOperate::IssuerEnds) => Reason::IssuerEnds,
        ErrorCode::CannotOperate(CannotOperate::PukUnknown) => Reason::PukUnknown,
        ErrorCode::Login(refusal) => Reason::Login(refusal),
        ErrorCode::ProposalVoid | ErrorCode::TicketVoid => Reason::ProposalVoid,
        ErrorCode::StatementSignature => Reason::StatementSignature,
        ErrorCode::CardRecord | ErrorCode::ReceiptUnproven => Reason::Unexplained,
        ErrorCode::TooMany
        | ErrorCode::ExportRuns
        | ErrorCode::ExportTooLong
        | ErrorCode::ReceiptTooLong => Reason::TooMany,
        ErrorCode::Unavailable | ErrorCode::Network => Reason::Unavailable,
        ErrorCode::Internal => Reason::Internal,
    }
}

#[cfg(test)]
mod tests {
    use card_domain::{Action, StateName};

    use super::*;

    /// Every code that a refusal can have says why in the record.
    #[test]
    fn no_refusal_is_for_another_reason() {
        let cannot = [
            CannotOperate::State(Refusal::Cancelled),
            CannotOperate::Unfinished(Action::Renew),
            CannotOperate::NotDue { days_left: 400 },
            CannotOperate::IssuerEnds,
            CannotOperate::PukUnknown,
        ];
        let codes = [
            ErrorCode::BadRequest,
            ErrorCode::NotLoggedIn,
            ErrorCode::SessionEnded,
            ErrorCode::CardStopped(StateName::Frozen),
            ErrorCode::NotAllowed,
            ErrorCode::NotFound,
            ErrorCode::Conflict(StateName::Lost),
            ErrorCode::Refused(Refusal::Cancelled),
            ErrorCode::ProposalVoid,
            ErrorCode::StatementSignature,
            ErrorCode::SessionLocked,
            ErrorCode::TicketVoid,
            ErrorCode::CardRecord,
            ErrorCode::TooMany,
            ErrorCode::ExportRuns,
            ErrorCode::ExportTooLong,
            ErrorCode::ReceiptTooLong,
            ErrorCode::ReceiptUnproven,
            ErrorCode::Unavailable,
            ErrorCode::Internal,
            ErrorCode::Network,
        ];
        let logins = LoginRefusal::ALL.map(ErrorCode::Login);
        let all = codes
            .into_iter()
            .chain(cannot.map(ErrorCode::CannotOperate))
            .chain(logins);
        for code in all {
            let reason = ServiceError::from(code).reason();
            assert_ne!(reason, Reason::Other, "{code:?}");
            if let ErrorCode::Login(refusal) = code {
                assert_eq!(reason, Reason::Login(refusal));
            }
        }
        for (error, reason) in [
            (StoreError::NotFound, Reason::NotFound),
            (StoreError::Closed, Reason::Unavailable),
            (StoreError::Corrupt { column: "x" }, Reason::Internal),
        ] {
            assert_eq!(ServiceError::from(error).reason(), reason);
        }
    }
}
