//! The service over HTTP: one flat list of routes, and around each request
//! its id, its client, the checks that hold for every route, the log line and
//! the security headers.

mod backend;
mod cookie;
mod csrf;
mod enroll;
mod errors;
mod export;
mod export_cards;
mod forms;
mod forwarded;
mod function_routes;
mod host;
mod kiosk;
mod language;
mod large_type;
mod measure;
mod middleware;
mod navigation;
mod offline;
mod pages;
mod preferences;
mod request;
mod static_files;
mod to_the_end;

use std::sync::Arc;

use app::{api::ENDPOINTS, preferences::LargeType, text::Language};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{
    keys::ProgramKey,
    service::{Service, Unhealthy},
};

/// Longest request body in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) service: Arc<Service>,
    pub(crate) pages: pages::Pages,
}

/// All routes of the server. [`crate::run()`] serves them; the demo maker calls
/// them in process.
pub fn router(service: Arc<Service>) -> Router {
    let pages = pages::Pages::new(&service.config.site, service.config.http.connections);
    let state = AppState { service, pages };
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/.well-known/ic-card-program-key", get(program_key))
        .route("/.well-known/ic-card-enrol-key", get(enrol_key))
        .route("/api/enroll/start", post(enroll::start))
        .route("/api/enroll/continue", post(enroll::go_on))
        .route("/export/cards.csv", get(export_cards::csv))
        .route("/export/cards.xlsx", get(export_cards::xlsx))
        .route("/export/events.csv", get(export::csv))
        .route("/export/events.proof", get(export::proof))
        .route(forms::LOGOUT, post(forms::logout))
        .route(Language::ADDRESS, post(language::choose))
        .route(LargeType::ADDRESS, post(large_type::switch))
        .route(kiosk::PATH, get(kiosk::start))
        .route(offline::PATH, get(offline::worker))
        .route("/manage/{slug}/query", post(forms::query));
    for endpoint in ENDPOINTS {
        router = router.route(endpoint.path, post(function_routes::call));
    }
    for path in pages::Pages::paths()
        .iter()
        .filter(|path| *path != kiosk::PATH)
    {
        // A page holds no secret of its session's: what its length tells, compressed or not,
        // is how much there is to see (docs/threat-model.md).
        router = router.route(path, get(pages::page).layer(CompressionLayer::new()));
    }
    let router = router
        .method_not_allowed_fallback(errors::method_not_allowed)
        .fallback(static_files::file_or_not_found)
        // Inside: also what panics is answered with its id and its headers, and to a person
        // as a page.
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(from_fn_with_state(state.clone(), middleware::around))
        .layer(from_fn(language::around))
        // And what panics around it.
        .layer(CatchPanicLayer::custom(errors::panicked));
    let router = if state.service.metrics.is_on() {
        router.layer(from_fn_with_state(state.clone(), measure::measure))
    } else {
        router
    };
    router.with_state(state)
}

/// For whoever looks after it: whether acts can be done and are protected.
async fn health(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.service.is_healthy().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "not healthy");
            let said = match error {
                Unhealthy::Store(_) => "store unavailable\n",
                Unhealthy::EventsWait { .. } => "events wait for their place in the log\n",
                Unhealthy::Clock(_) => "the machine's clock is in doubt\n",
            };
            (StatusCode::SERVICE_UNAVAILABLE, said)
        }
    }
}

/// For load balancers: whether pages can be served.
async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.service.is_ready().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "store unavailable\n")
        }
    }
}

/// The public key of the programs that pages hand in, which `card-bridge allow` pins.
async fn program_key(State(state): State<AppState>) -> Result<String, StatusCode> {
    public_key(&state.service.keys.program)
}

/// The public key of the programs that make cards, which it pins too.
async fn enrol_key(State(state): State<AppState>) -> Result<String, StatusCode> {
    public_key(&state.service.keys.enrol)
}

fn public_key(key: &ProgramKey) -> Result<String, StatusCode> {
    let key = key.public_base64().map_err(|error| {
        tracing::error!(%error, "a program-signing key can't be written");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    Ok(key + "\n")
}
