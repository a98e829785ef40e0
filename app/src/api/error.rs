//! The one error that crosses the wire: a stable code, a sentence, a next step
//! and the request's id. What went wrong inside is logged by the server and
//! never sent.

use card_domain::{LoginRefusal, Refusal, StateName};
#[cfg(feature = "ssr")]
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

#[cfg(feature = "ssr")]
use super::Wire;
use super::operation::CannotOperate;

/// What went wrong, for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", content = "detail", rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is malformed or out of bounds.
    BadRequest,
    /// Nobody is logged in.
    NotLoggedIn,
    /// The session is over: too long idle, or too old.
    SessionEnded,
    /// The session was ended because its card left the state 正常.
    CardStopped(StateName),
    /// The session's card may not do this.
    NotAllowed,
    /// The words of a cause can't be signed: none, too many, or what does not read as
    /// it is written.
    CauseWords,
    /// The day with which a 冻结 should end is none, is over, or is too far away.
    FreezeEnd,
    /// No such thing in this enterprise.
    NotFound,
    /// Somebody else changed the card meanwhile; this is its state now.
    Conflict(StateName),
    /// The business says no.
    Refused(Refusal),
    /// The login was refused.
    Login(LoginRefusal),
    /// The proposal is unknown, used already or too old.
    ProposalVoid,
    /// The statement was not signed by this session's card.
    StatementSignature,
    /// The legal-person card is out for an operation: the session waits for it.
    SessionLocked,
    /// The ticket of the operation is unknown, used up, too old, or another session's.
    TicketVoid,
    /// 延期 or 解锁 of this card can't begin.
    CannotOperate(CannotOperate),
    /// A card's row in the register is not what the log says of it.
    CardRecord,
    /// Too many requests; wait.
    TooMany,
    /// The session has a download under way already.
    ExportRuns,
    /// More cards than a workbook holds.
    ExportTooLong,
    /// More than a QR code holds.
    ReceiptTooLong,
    /// An event that is not proven has no receipt.
    ReceiptUnproven,
    /// The store can't be reached or can't write just now.
    Unavailable,
    /// A defect of the server.
    Internal,
    /// The server could not be reached, or answered what nobody understands.
    Network,
}

impl ErrorCode {
    /// The code of this name, with what it is about.
    fn read(name: &str, detail: Value) -> Result<Self, serde_json::Error> {
        let plain = match name {
            "card_stopped" => return from_value(detail).map(Self::CardStopped),
            "conflict" => return from_value(detail).map(Self::Conflict),
            "refused" => return from_value(detail).map(Self::Refused),
            "login" => return from_value(detail).map(Self::Login),
            "cannot_operate" => return from_value(detail).map(Self::CannotOperate),
            "bad_request" => Self::BadRequest,
            "not_logged_in" => Self::NotLoggedIn,
            "session_ended" => Self::SessionEnded,
            "not_allowed" => Self::NotAllowed,
            "cause_words" => Self::CauseWords,
            "freeze_end" => Self::FreezeEnd,
            "not_found" => Self::NotFound,
            "proposal_void" => Self::ProposalVoid,
            "statement_signature" => Self::StatementSignature,
            "session_locked" => Self::SessionLocked,
            "ticket_void" => Self::TicketVoid,
            "card_record" => Self::CardRecord,
            "too_many" => Self::TooMany,
            "export_runs" => Self::ExportRuns,
            "export_too_long" => Self::ExportTooLong,
            "receipt_too_long" => Self::ReceiptTooLong,
            "receipt_unproven" => Self::ReceiptUnproven,
            "unavailable" => Self::Unavailable,
            "internal" => Self::Internal,
            "network" => Self::Network,
            _ => return Err(serde::de::Error::custom("an unknown code")),
        };
        Ok(plain)
    }

    /// Whether only a new login helps.
    #[must_use]
    pub const fn wants_login(self) -> bool {
        matches!(
            self,
            Self::NotLoggedIn | Self::SessionEnded | Self::CardStopped(_)
        )
    }

    /// The HTTP status that fits the code (RFC 9110 §15, RFC 6585 §4).
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::BadRequest | Self::CauseWords | Self::FreezeEnd => 400,
            Self::NotLoggedIn | Self::SessionEnded | Self::Login(_) => 401,
            Self::CardStopped(_) | Self::NotAllowed | Self::StatementSignature => 403,
            Self::NotFound => 404,
            Self::Conflict(_)
            | Self::Refused(_)
            | Self::ProposalVoid
            | Self::TicketVoid
            | Self::CannotOperate(_)
            | Self::CardRecord
            | Self::ExportRuns
            | Self::ReceiptUnproven => 409,
            Self::ExportTooLong | Self::ReceiptTooLong => 422,
            Self::SessionLocked => 423,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Network => 502,
            Self::Unavailable => 503,
        }
    }
}

/// The only error on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawError")]
pub struct ApiError {
    /// For machines.
    #[serde(flatten)]
    pub code: ErrorCode,
    /// For a person: what is wrong.
    pub message: String,
    /// For a person: what to do now.
    pub next_step: String,
    /// To be named when asking for help; empty when the request never arrived.
    pub request_id: String,
}

/// An error as it stands in JSON. serde's own reader of a flattened, tagged enum
/// is many times as big in wasm.
#[derive(Deserialize)]
struct RawError {
    code: String,
    #[serde(default)]
    detail: Value,
    message: String,
    next_step: String,
    request_id: String,
}

impl TryFrom<RawError> for ApiError {
    type Error = serde_json::Error;

    fn try_from(raw: RawError) -> Result<Self, Self::Error> {
        Ok(Self {
            code: ErrorCode::read(&raw.code, raw.detail)?,
            message: raw.message,
            next_step: raw.next_step,
            request_id: raw.request_id,
        })
    }
}

#[cfg(feature = "ssr")]
impl FromServerFnError for ApiError {
    type Encoder = Wire;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => ErrorCode::BadRequest,
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => ErrorCode::Network,
            _ => ErrorCode::Internal,
        };
        Self::new(code, String::new())
    }
}

impl ApiError {
    /// Whether nobody said what became of the request: it was done, or it was not, and
    /// the same may be sent again.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self.code, ErrorCode::Network | ErrorCode::Unavailable)
    }

    /// The error with the sentences of its code.
    #[must_use]
    pub fn new(code: ErrorCode, request_id: String) -> Self {
        let (message, next_step) = crate::text::errors::sentences(code);
        Self {
            code,
            message,
            next_step,
            request_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use card_domain::Action;

    use super::*;

    #[test]
    fn every_code_is_read_as_it_was_written() {
        let refusal = Refusal::NotIssuedYet {
            action: Action::Freeze,
        };
        for code in [
            ErrorCode::BadRequest,
            ErrorCode::NotLoggedIn,
            ErrorCode::SessionEnded,
            ErrorCode::CardStopped(StateName::Frozen),
            ErrorCode::NotAllowed,
            ErrorCode::NotFound,
            ErrorCode::Conflict(StateName::Lost),
            ErrorCode::Refused(refusal),
            ErrorCode::Login(LoginRefusal::Expired),
            ErrorCode::ProposalVoid,
            ErrorCode::StatementSignature,
            ErrorCode::SessionLocked,
            ErrorCode::TicketVoid,
            ErrorCode::CannotOperate(CannotOperate::NotDue { days_left: 400 }),
            ErrorCode::CardRecord,
            ErrorCode::TooMany,
            ErrorCode::ExportRuns,
            ErrorCode::ExportTooLong,
            ErrorCode::ReceiptTooLong,
            ErrorCode::ReceiptUnproven,
            ErrorCode::Unavailable,
            ErrorCode::Internal,
            ErrorCode::Network,
        ] {
            let error = ApiError::new(code, String::from("r-1"));
            let text = serde_json::to_string(&error).unwrap();
            assert_eq!(
                serde_json::from_str::<ApiError>(&text).unwrap(),
                error,
                "{text}"
            );
        }
        let unknown = r#"{"code":"new","message":"","next_step":"","request_id":""}"#;
        assert!(serde_json::from_str::<ApiError>(unknown).is_err());
    }
}
