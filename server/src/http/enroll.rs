//! The two routes of 制卡. The administrator's token travels in the
//! `Authorization` header and nowhere else.

use app::api::ErrorCode;
use axum::{
    Json,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use serde::de::DeserializeOwned;

use super::{AppState, errors, function_routes};
use crate::{
    context::{RequestContext, RequestInfo},
    enroll::{self, EnrollError},
    storage::AdminToken,
};

/// A request of an administrator, read and let in.
pub(super) struct Admitted<T> {
    ctx: RequestContext,
    admin: AdminToken,
    body: T,
}

/// `POST /api/enroll/start`
pub(super) async fn start(asked: Admitted<EnrollStart>) -> Response {
    let Admitted { ctx, admin, body } = asked;
    reply(&ctx, enroll::start(&ctx, body, &admin).await)
}

/// `POST /api/enroll/continue`
pub(super) async fn go_on(asked: Admitted<EnrollContinue>) -> Response {
    let Admitted { ctx, admin, body } = asked;
    reply(&ctx, enroll::go_on(&ctx, body, &admin).await)
}

impl<T: DeserializeOwned> FromRequest<AppState> for Admitted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let Some(info) = request.extensions().get::<RequestInfo>().cloned() else {
            return Err(errors::response(ErrorCode::Internal, ""));
        };
        let ctx = RequestContext::new(state.service.clone(), info);
        let token = bearer(request.headers());
        // The token first: whoever has none learns nothing about the body.
        let admitted =
            enroll::require_admin(&ctx, token.as_ref().map(|token| token.as_str())).await;
        let admin = admitted.map_err(|error| refuse(&ctx, error))?;
        let body = body(request)
            .await
            .map_err(|status| errors::respond(ErrorCode::BadRequest, status, request_id(&ctx)))?;
        Ok(Self { ctx, admin, body })
    }
}

fn request_id(ctx: &RequestContext) -> &str {
    &ctx.request.client.request_id
}

fn bearer(headers: &HeaderMap) -> Option<zeroize::Zeroizing<String>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| zeroize::Zeroizing::new(token.to_owned()))
}

async fn body<T: DeserializeOwned>(request: Request) -> Result<T, StatusCode> {
    if !function_routes::is_json(request.headers()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let bytes = function_routes::body(request.into_body()).await?;
    serde_json::from_slice(&bytes).map_err(|_malformed| StatusCode::BAD_REQUEST)
}

fn reply(ctx: &RequestContext, result: Result<EnrollReply, EnrollError>) -> Response {
    match result {
        Ok(reply) => Json(reply).into_response(),
        Err(error) => refuse(ctx, error),
    }
}

fn refuse(ctx: &RequestContext, error: EnrollError) -> Response {
    // A card that can't be made is no malformed request.
    let is_fault = matches!(error, EnrollError::Fault(_));
    let error = error.into_api(request_id(ctx));
    let status = if is_fault {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        errors::status(error.code)
    };
    (status, Json(error)).into_response()
}
