//! The contract's endpoints over HTTP. Leptos decodes and runs their server
//! functions; around it stands what it leaves open: content type, size, unknown
//! keys, the status of an error, and our error's sentences.

use std::sync::Arc;

use app::api::{ApiError, BackendHandle, ENDPOINTS, ErrorCode};
use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use leptos::prelude::provide_context;
use serde_json::{Map, Value};

use super::{AppState, MAX_BODY, backend::HttpBackend, errors};
use crate::context::RequestInfo;

/// Serves one call.
pub(super) async fn call(
    State(state): State<AppState>,
    path: MatchedPath,
    request: Request,
) -> Response {
    let Some(info) = request.extensions().get::<RequestInfo>().cloned() else {
        return errors::response(ErrorCode::Internal, "");
    };
    let id = info.client.request_id.clone();
    let request = match check(path.as_str(), request).await {
        Ok(request) => request,
        Err(status) => return errors::respond(ErrorCode::BadRequest, status, &id),
    };
    let handle = BackendHandle(Arc::new(HttpBackend::new(state.service, info)));
    let context = move || provide_context(handle.clone());
    let response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    finish(response, &id).await
}

/// Whether the content type is JSON, with or without parameters.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The whole body; [`super::middleware`] saw to it that it is not too long.
pub(super) async fn body(body: Body) -> Result<axum::body::Bytes, StatusCode> {
    to_bytes(body, MAX_BODY)
        .await
        .map_err(|_too_long_or_cut_off| StatusCode::PAYLOAD_TOO_LARGE)
}

async fn check(path: &str, request: Request) -> Result<Request, StatusCode> {
    if !is_json(request.headers()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let (mut parts, content) = request.into_parts();
    let bytes = body(content).await?;
    let object: Map<String, Value> =
        serde_json::from_slice(&bytes).map_err(|_malformed| StatusCode::BAD_REQUEST)?;
    let known = ENDPOINTS
        .iter()
        .find(|endpoint| endpoint.path == path)
        .map_or(&[][..], |endpoint| endpoint.keys);
    if object.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(StatusCode::BAD_REQUEST);
    }
    // With `Accept: text/html` leptos would answer a form by a redirect.
    parts.headers.remove(header::ACCEPT);
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Leptos answers every error with 500: this sets the status of its code and
/// gives errors that leptos made itself the request's id.
async fn finish(response: Response, request_id: &str) -> Response {
    if response.status() == StatusCode::OK {
        return response;
    }
    let (mut parts, content) = response.into_parts();
    let error = match to_bytes(content, MAX_BODY).await {
        Ok(bytes) => serde_json::from_slice::<ApiError>(&bytes).ok(),
        Err(_own_body) => None,
    };
    let code = error
        .as_ref()
        .map_or(ErrorCode::Internal, |error| error.code);
    let error = error
        .filter(|error| !error.request_id.is_empty())
        .unwrap_or_else(|| ApiError::new(code, request_id.to_owned()));
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.status = errors::status(code);
    match serde_json::to_vec(&error) {
        Ok(json) => Response::from_parts(parts, Body::from(json)),
        Err(_own_type) => errors::response(ErrorCode::Internal, request_id),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_endpoint_is_a_server_function_at_its_address() {
        let listed: BTreeSet<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
        let served: BTreeSet<&str> = leptos::server_fn::axum::server_fn_paths()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(listed, served);
        assert_eq!(listed.len(), ENDPOINTS.len());
    }
}
