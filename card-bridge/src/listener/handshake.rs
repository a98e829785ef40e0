//! The opening handshake: who comes, by the headers that a page can't set. A
//! page of the product that was not allowed gets through and is told why in the
//! close frame, because a page learns nothing from a handshake that fails; so
//! that is what every other page gets.

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{
    handshake::server::{ErrorResponse, Request, Response},
    http::{HeaderName, StatusCode, header},
};

use crate::{config::Config, origin::is_loopback_host_header, session::Visitor};

/// Shakes hands; `None` if nobody comes who is to be talked to.
pub(super) async fn shake(stream: TcpStream, config: &Config) -> Option<(TcpStream, Visitor)> {
    let mut visitor = None;
    let handshake = tokio_tungstenite::accept_hdr_async(
        stream,
        #[expect(clippy::result_large_err, reason = "tungstenite's signature")]
        |request: &Request, response: Response| {
            visitor = Some(admit(request, config).ok_or_else(forbidden)?);
            Ok(response)
        },
    );
    match handshake.await {
        // The client has sent nothing after the handshake: tungstenite refuses that.
        Ok(stream) => visitor.map(|visitor| (stream.into_inner(), visitor)),
        Err(error) => {
            tracing::debug!(%error, "no WebSocket handshake");
            None
        }
    }
}

/// Who comes; `None` for a name that was led to this machine, and for whoever is
/// to learn nothing.
fn admit(request: &Request, config: &Config) -> Option<Visitor> {
    let host = only(request, &header::HOST);
    if !host.is_some_and(is_loopback_host_header) {
        tracing::warn!(?host, "a foreign name points to this machine");
        return None;
    }
    let origin = only(request, &header::ORIGIN);
    let Some(origin) = origin else {
        tracing::warn!("no origin, or more than one");
        return None;
    };
    if let Some(allowed) = config.allowed(origin) {
        return Some(Visitor::Allowed(allowed.clone()));
    }
    if config.may_be_told(origin) {
        return Some(Visitor::NotAllowed(origin.to_owned()));
    }
    tracing::warn!(origin, "origin not allowed, and not told");
    None
}

/// The value of a header that is there once.
fn only<'a>(request: &'a Request, name: &HeaderName) -> Option<&'a str> {
    let mut values = request.headers().get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Bare, so that it could be anybody's.
fn forbidden() -> ErrorResponse {
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = StatusCode::FORBIDDEN;
    refusal
}
