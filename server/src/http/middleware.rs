//! What is around every request: id, origin guard, time limit, security
//! headers, and one line in the log. The log has the path but never the query,
//! a body or a cookie: they may hold personal data or secrets.

use std::time::{Duration, Instant};

use app::api::ErrorCode;
use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{AppState, MAX_BODY, csrf, errors, request};
use crate::{
    metrics::{Limit, Metrics},
    random,
};

/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The policy for everything that is not a page; pages set their own, with a nonce.
const CLOSED_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Around every request: its id and time, its limits, and the line in the log.
pub(super) async fn around(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let now = state.service.clock.now();
    let Ok(id) = random::uuid(now) else {
        tracing::error!("the system's random generator failed");
        return errors::response(ErrorCode::Internal, "");
    };
    let id = id.to_string();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or_else(
        || String::from("(no route)"),
        |path| path.as_str().to_owned(),
    );
    let allowed = csrf::is_allowed(&request, &state.service.config.origins);
    if !allowed {
        // Most often it is a name of the server that the configuration lacks.
        let origin = request.headers().get(header::ORIGIN);
        tracing::warn!(request_id = %id, ?origin, "a POST from an origin that is not ours");
        state.service.metrics.limited(Limit::Origin);
    }
    let info = request::info(&state.service, &request, id.clone(), now);
    request.extensions_mut().insert(info);
    let metrics = &state.service.metrics;
    let served = serve(request, next, allowed, &id, metrics);
    let mut response = tokio::time::timeout(REQUEST_TIMEOUT, served)
        .await
        .unwrap_or_else(|_elapsed| {
            metrics.limited(Limit::Time);
            errors::response(ErrorCode::Unavailable, &id)
        });
    add_headers(response.headers_mut(), state.service.is_https());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    tracing::info!(
        request_id = %id,
        %method,
        %path,
        status = response.status().as_u16(),
        microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Reads the whole body before anything is decided: what is refused without
/// reading it would cut the connection under the client's next request.
async fn serve(
    request: Request,
    next: Next,
    allowed: bool,
    id: &str,
    metrics: &Metrics,
) -> Response {
    let (parts, content) = request.into_parts();
    let content = match to_bytes(content, MAX_BODY).await {
        Ok(content) => content,
        Err(_too_long_or_cut_off) => {
            metrics.limited(Limit::BodySize);
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            let mut response = errors::respond(ErrorCode::BadRequest, status, id);
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
            return response;
        }
    };
    if allowed {
        next.run(Request::from_parts(parts, Body::from(content)))
            .await
    } else {
        errors::respond(ErrorCode::BadRequest, StatusCode::FORBIDDEN, id)
    }
}

fn add_headers(headers: &mut HeaderMap, https: bool) {
    let mut default = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, CLOSED_POLICY);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: it would make browsers send `Origin: null` with forms.
    default(header::REFERRER_POLICY, "same-origin");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(self)",
    );
    default(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    default(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    // Pages and answers are about persons: nothing may keep them.
    default(header::CACHE_CONTROL, "no-store");
    if https {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
