//! The service over HTTP: one flat list of routes, and around each request
//! its id, its client, the checks that hold for every route, the log line and
//! the security headers.

mod calls;
pub(crate) mod cookie;
mod enroll;
mod errors;
mod export;
mod forms;
mod frame;
mod measure;
mod origin;
mod pages;
mod request;
mod site;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{card_program::ProgramKey, service::Service};

/// Longest request body in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) service: Arc<Service>,
    pub(crate) pages: pages::Pages,
}

/// All routes of the server. [`crate::run()`] serves them; the demo maker calls
/// them in process.
pub fn router(service: Arc<Service>) -> Router {
    let pages = pages::Pages::new(&service.config.site);
    let web = Web { service, pages };
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/.well-known/ic-card-program-key", get(program_key))
        .route("/.well-known/ic-card-enrol-key", get(enrol_key))
        .route("/api/enroll/start", post(enroll::start))
        .route("/api/enroll/continue", post(enroll::go_on))
        .route("/export/events.csv", get(export::csv))
        .route("/export/events.proof", get(export::proof))
        .route("/logout", post(forms::logout))
        .route("/manage/{slug}/query", post(forms::query));
    for (path, _keys) in calls::FUNCTIONS {
        router = router.route(path, post(calls::call));
    }
    for path in pages::Pages::paths() {
        router = router.route(path, get(pages::page));
    }
    let router = router
        .method_not_allowed_fallback(errors::method_not_allowed)
        .fallback(site::file_or_not_found)
        .layer(middleware::from_fn_with_state(web.clone(), frame::frame))
        .layer(CatchPanicLayer::custom(errors::panicked));
    let router = if web.service.metrics.is_on() {
        router.layer(middleware::from_fn_with_state(
            web.clone(),
            measure::measure,
        ))
    } else {
        router
    };
    router.with_state(web)
}

/// For load balancers: whether the store can be read and written.
async fn health(State(web): State<Web>) -> (StatusCode, &'static str) {
    match web.service.store.ping().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "store unavailable\n")
        }
    }
}

/// The public key of the programs that pages hand in, which `card-bridge allow` pins.
async fn program_key(State(web): State<Web>) -> Result<String, StatusCode> {
    public_key(&web.service.keys.program)
}

/// The public key of the programs that make cards, which it pins too.
async fn enrol_key(State(web): State<Web>) -> Result<String, StatusCode> {
    public_key(&web.service.keys.enrol)
}

fn public_key(key: &ProgramKey) -> Result<String, StatusCode> {
    let key = key.public_base64().map_err(|error| {
        tracing::error!(%error, "a program-signing key can't be written");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    Ok(key + "\n")
}
