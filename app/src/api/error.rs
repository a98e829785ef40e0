//! The one error that crosses the wire: a stable code, a sentence, a next step
//! and the request's id. What went wrong inside is logged by the server and
//! never sent.

use card_domain::{Refusal, StateName};
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use super::{LoginRefusal, Wire, operation::CannotOperate};

/// What went wrong, for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Too many requests; wait.
    TooMany,
    /// The store can't be reached or can't write just now.
    Unavailable,
    /// A defect of the server.
    Internal,
    /// The server could not be reached, or answered what nobody understands.
    Network,
}

impl ErrorCode {
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
            Self::BadRequest => 400,
            Self::NotLoggedIn | Self::SessionEnded | Self::Login(_) => 401,
            Self::CardStopped(_) | Self::NotAllowed | Self::StatementSignature => 403,
            Self::NotFound => 404,
            Self::Conflict(_)
            | Self::Refused(_)
            | Self::ProposalVoid
            | Self::TicketVoid
            | Self::CannotOperate(_) => 409,
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
