//! The HTTP status of a page that shows an error instead.

use http::StatusCode;

use crate::api::ErrorCode;

/// The status that fits the code.
pub(super) fn of(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
