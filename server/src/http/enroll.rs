//! The two routes of 制卡. The administrator's token travels in the
//! `Authorization` header and nowhere else.

use app::api::ErrorCode;
use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use serde::de::DeserializeOwned;

use super::{Web, calls, errors};
use crate::{
    enroll::EnrollError,
    service::{RequestBackend, RequestInfo},
};

/// `POST /api/enroll/start`
pub(super) async fn start(
    State(web): State<Web>,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    let id = info.client.request_id.clone();
    let token = bearer(request.headers());
    let backend = RequestBackend::new(web.service, info);
    // The token first: whoever has none learns nothing about the body.
    let admin = match backend
        .require_admin(token.as_ref().map(|token| token.as_str()))
        .await
    {
        Ok(admin) => admin,
        Err(error) => return refuse(error, &id),
    };
    match body::<EnrollStart>(request).await {
        Ok(start) => reply(backend.begin_enrolment(start, &admin).await, &id),
        Err(status) => errors::respond(ErrorCode::BadRequest, status, &id),
    }
}

/// `POST /api/enroll/continue`
pub(super) async fn go_on(
    State(web): State<Web>,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    let id = info.client.request_id.clone();
    let token = bearer(request.headers());
    let backend = RequestBackend::new(web.service, info);
    let admin = match backend
        .require_admin(token.as_ref().map(|token| token.as_str()))
        .await
    {
        Ok(admin) => admin,
        Err(error) => return refuse(error, &id),
    };
    match body::<EnrollContinue>(request).await {
        Ok(answer) => reply(backend.go_on_enrolment(answer, &admin).await, &id),
        Err(status) => errors::respond(ErrorCode::BadRequest, status, &id),
    }
}

fn bearer(headers: &HeaderMap) -> Option<zeroize::Zeroizing<String>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| zeroize::Zeroizing::new(token.to_owned()))
}

async fn body<T: DeserializeOwned>(request: Request) -> Result<T, StatusCode> {
    if !calls::is_json(request.headers()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let bytes = calls::body(request.into_body()).await?;
    serde_json::from_slice(&bytes).map_err(|_malformed| StatusCode::BAD_REQUEST)
}

fn reply(result: Result<EnrollReply, EnrollError>, request_id: &str) -> Response {
    match result {
        Ok(reply) => Json(reply).into_response(),
        Err(error) => refuse(error, request_id),
    }
}

fn refuse(error: EnrollError, request_id: &str) -> Response {
    // A card that can't be made is no malformed request.
    let is_fault = matches!(error, EnrollError::Fault(_));
    let error = error.into_api(request_id);
    let status = if is_fault {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        errors::status(error.code)
    };
    (status, Json(error)).into_response()
}
