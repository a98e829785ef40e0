//! Errors as HTTP: the status of a code, and the JSON that carries it.

use std::any::Any;

use app::api::{ApiError, ErrorCode};
use axum::{
    Json,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use crate::context::RequestInfo;

/// The status that fits a code.
pub(super) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What a response says as JSON, for the page that a person gets instead.
#[derive(Clone)]
pub(super) struct ForAPerson(pub(super) ApiError);

/// The response for a code, under its own status or one that says more.
pub(super) fn respond(code: ErrorCode, status: StatusCode, request_id: &str) -> Response {
    let error = ApiError::new(code, request_id.to_owned());
    let for_a_person = ForAPerson(error.clone());
    let mut response = (status, Json(error)).into_response();
    response.extensions_mut().insert(for_a_person);
    response
}

/// The response for a code.
pub(super) fn response(code: ErrorCode, request_id: &str) -> Response {
    respond(code, status(code), request_id)
}

/// The id of the request that is being served.
pub(super) fn request_id(request: &Request) -> String {
    request
        .extensions()
        .get::<RequestInfo>()
        .map(|info| info.client.request_id.clone())
        .unwrap_or_default()
}

/// A route that is there, asked in another way than it answers.
pub(super) async fn method_not_allowed(request: Request) -> Response {
    respond(
        ErrorCode::BadRequest,
        StatusCode::METHOD_NOT_ALLOWED,
        &request_id(&request),
    )
}

/// A defect that would otherwise cut the connection.
pub(super) fn panicked(_payload: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    response(ErrorCode::Internal, "")
}
