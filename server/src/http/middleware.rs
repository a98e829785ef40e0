//! What is around every request: id, origin guard, time limit, security
//! headers, and one line in the log. The log has the path but never the query,
//! a body or a cookie: they may hold personal data or secrets.

use std::time::{Duration, Instant};

use app::api::ErrorCode;
use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use tokio::time::timeout;

use super::{
    AppState, MAX_BODY, csrf,
    errors::{self, ForAPerson},
    host::{SentTo, misdirected_response},
    navigation, pages, request,
};
use crate::{
    metrics::{Limit, Metrics},
    random,
};

/// So long a request's body may take, however it drips.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a load balancer asks, by address most often.
const ASKED_BY_ANY_NAME: [&str; 2] = ["/healthz", "/readyz"];

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
    let sent_to = SentTo::of(&request, &state.service.config.origins);
    let refused = why_refused(&state, &request, sent_to.as_ref(), &id);
    let info = request::info(&state, &request, sent_to.as_ref(), id.clone(), now);
    let https = info.https;
    request.extensions_mut().insert(info);
    let metrics = &state.service.metrics;
    let for_a_person = navigation::is_by_person(request.headers()).then(|| again(&request));
    let served = serve(request, next, refused, &id, metrics);
    let mut response = timeout(REQUEST_TIMEOUT, served)
        .await
        .unwrap_or_else(|_elapsed| {
            metrics.limited(Limit::Time);
            errors::response(ErrorCode::Unavailable, &id)
        });
    if let Some(request) = for_a_person
        && let Some(ForAPerson(error)) = response.extensions_mut().remove()
    {
        response = pages::of_error(&state, request, error, response.status()).await;
    }
    add_headers(response.headers_mut(), https);
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

/// The request as one that only reads, for the page that says what is wrong with it.
fn again(request: &Request) -> Request {
    let mut again = Request::new(Body::empty());
    again.uri_mut().clone_from(request.uri());
    again.headers_mut().clone_from(request.headers());
    again.extensions_mut().clone_from(request.extensions());
    again
}

/// The answer to a request that no route is to see: one under a name that is not ours,
/// or a POST from an origin that is not. How the server is may be asked under any name.
fn why_refused(
    state: &AppState,
    request: &Request,
    sent_to: Option<&SentTo<'_>>,
    id: &str,
) -> Option<Response> {
    let is_asked_by_name = !ASKED_BY_ANY_NAME.contains(&request.uri().path());
    let ours = &state.service.config.origins;
    match sent_to {
        Some(sent_to) if csrf::is_allowed(request, sent_to) => None,
        None if is_asked_by_name => {
            let host = request.headers().get(header::HOST);
            tracing::warn!(
                request_id = %id, ?host,
                "a request under a name that `origins` lacks, or the proxy does not keep Host"
            );
            state.service.metrics.limited(Limit::Host);
            Some(misdirected_response(request, ours))
        }
        None if matches!(*request.method(), Method::GET | Method::HEAD) => None,
        _ => {
            // Most often it is a name of the server that the configuration lacks.
            let origin = request.headers().get(header::ORIGIN);
            tracing::warn!(
                request_id = %id, ?origin,
                "a POST from an origin that is not ours, or not to that one"
            );
            state.service.metrics.limited(Limit::Origin);
            let status = StatusCode::FORBIDDEN;
            Some(errors::respond(ErrorCode::BadRequest, status, id))
        }
    }
}

/// Reads the whole body before anything is decided: what is refused without
/// reading it would cut the connection under the client's next request.
async fn serve(
    request: Request,
    next: Next,
    refused: Option<Response>,
    id: &str,
    metrics: &Metrics,
) -> Response {
    let (parts, content) = request.into_parts();
    let (limit, status) = match timeout(BODY_TIMEOUT, to_bytes(content, MAX_BODY)).await {
        Ok(Ok(content)) => {
            let request = Request::from_parts(parts, Body::from(content));
            return match refused {
                None => next.run(request).await,
                Some(refused) => refused,
            };
        }
        Ok(Err(_too_long_or_cut_off)) => (Limit::BodySize, StatusCode::PAYLOAD_TOO_LARGE),
        Err(_elapsed) => (Limit::BodyTime, StatusCode::REQUEST_TIMEOUT),
    };
    metrics.limited(limit);
    let mut response = errors::respond(ErrorCode::BadRequest, status, id);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
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
