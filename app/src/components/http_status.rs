//! The HTTP status of a page that shows an error instead.

use http::StatusCode;

use crate::api::ErrorCode;

/// The status that fits the code.
pub(super) const fn of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        ErrorCode::NotLoggedIn | ErrorCode::SessionEnded | ErrorCode::Login(_) => {
            StatusCode::UNAUTHORIZED
        }
        ErrorCode::CardStopped(_) | ErrorCode::NotAllowed | ErrorCode::StatementSignature => {
            StatusCode::FORBIDDEN
        }
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Conflict(_)
        | ErrorCode::Refused(_)
        | ErrorCode::ProposalVoid
        | ErrorCode::TicketVoid
        | ErrorCode::CannotOperate(_) => StatusCode::CONFLICT,
        ErrorCode::SessionLocked => StatusCode::LOCKED,
        ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Network => StatusCode::BAD_GATEWAY,
    }
}
