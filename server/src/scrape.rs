//! `GET /metrics` on an address of its own, which is never the portal's: who
//! may read figures is decided by who reaches that address. It takes no body,
//! one scrape at a time, and has its limit of time.

mod sample;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::Mutex, time::timeout};

use crate::{
    serve::{Limits, serve as serve_connections},
    service::Service,
    timer,
};

/// How often samples are put into their buckets when nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The text format and its version.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

#[derive(Clone)]
struct Endpoint {
    service: Arc<Service>,
    /// Whoever scrapes holds it: many at once would read the store at once.
    turn: Arc<Mutex<()>>,
}

/// Listens on the address.
///
/// # Errors
///
/// The system's own, for example that the port is taken.
pub(crate) async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "metrics are served");
    Ok(listener)
}

/// Answers scrapes for as long as it is polled, and keeps the recorder small
/// meanwhile.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) {
    let endpoint = Endpoint {
        service: service.clone(),
        turn: Arc::default(),
    };
    let router = Router::new()
        .route("/metrics", get(scrape))
        .with_state(endpoint);
    let (limits, metrics) = (Limits::for_a_few(), service.metrics.clone());
    tokio::select! {
        () = serve_connections(listener, router, limits, metrics, std::future::pending()) => {}
        () = keep_small(&service) => {}
    }
}

async fn keep_small(service: &Service) {
    let mut timer = timer::every(UPKEEP_EVERY);
    loop {
        timer.tick().await;
        service.metrics.upkeep();
    }
}

async fn scrape(State(endpoint): State<Endpoint>) -> Response {
    let Ok(_turn) = timeout(sample::SAMPLE_TIMEOUT, endpoint.turn.lock()).await else {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "another scrape is under way\n",
        )
            .into_response();
    };
    sample::take(&endpoint.service).await;
    let headers = [
        (header::CONTENT_TYPE, TEXT),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, endpoint.service.metrics.render()).into_response()
}
