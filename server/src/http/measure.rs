//! Counts and times each request, where metrics are on. It stands around
//! everything else, so that a handler that panicked counts as the answer that
//! the client got, and a client that went away before its answer counts too.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};

use super::AppState;
use crate::metrics::{InFlight, Metrics, RequestMethod};

/// A request until it is answered or given up.
struct Measured<'a> {
    metrics: &'a Metrics,
    _in_flight: InFlight<'a>,
    /// The route that it matched: one of ours, never the path that came.
    route: Option<MatchedPath>,
    method: RequestMethod,
    started: Instant,
    /// None until there is an answer.
    status: Option<StatusCode>,
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        let route = self.route.as_ref().map(MatchedPath::as_str);
        let took = self.started.elapsed();
        self.metrics.answered(route, self.method, self.status, took);
    }
}

/// Times a request and counts it by route, method and status.
pub(super) async fn measure(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let metrics = &state.service.metrics;
    let mut measured = Measured {
        metrics,
        _in_flight: metrics.in_flight(),
        route: request.extensions().get::<MatchedPath>().cloned(),
        method: RequestMethod::from(request.method()),
        started: Instant::now(),
        status: None,
    };
    let response = next.run(request).await;
    measured.status = Some(response.status());
    response
}
