//! What is known about a request before anything is done with it.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, header},
};
use card_domain::ClientInfo;
use jiff::Timestamp;

use super::cookie;
use crate::{context::RequestInfo, service::Service};

/// The longest `User-Agent` that is kept.
const MAX_USER_AGENT: usize = 256;

/// Collects what is known of a request from its head and its connection.
pub(super) fn info(
    service: &Service,
    request: &Request,
    request_id: String,
    now: Timestamp,
) -> RequestInfo {
    let headers = request.headers();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| *peer);
    let https = service.is_https();
    RequestInfo {
        session: cookie::session(headers, https),
        challenges: cookie::challenges(headers, https),
        origin: origin(headers, service),
        client: ClientInfo {
            address: address(headers, peer, service.config.http.trust_forwarded_for),
            terminal: None,
            user_agent: user_agent(headers),
            request_id,
        },
        now,
    }
}

/// Which of our origins the request names.
fn origin(headers: &HeaderMap, service: &Service) -> Option<String> {
    let named = headers.get(header::ORIGIN)?.to_str().ok()?;
    let ours = &service.config.origins;
    ours.iter()
        .find(|origin| origin.as_str() == named)
        .map(|origin| origin.as_str().to_owned())
}

/// The client's address. Of `X-Forwarded-For` only the last entry counts: the
/// one that our own proxy added. All before it is the client's own claim.
fn address(headers: &HeaderMap, peer: Option<SocketAddr>, trust_forwarded_for: bool) -> String {
    if trust_forwarded_for
        && let Some(last) = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .next_back()
            .and_then(|value| value.rsplit(',').next())
        && let Ok(address) = last.trim().parse::<std::net::IpAddr>()
    {
        return address.to_canonical().to_string();
    }
    peer.map(|peer| peer.ip().to_canonical().to_string())
        .unwrap_or_default()
}

fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .chars()
        .filter(|character| !character.is_control())
        .take(MAX_USER_AGENT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_t_choose_its_address() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "10.9.9.9, 203.0.113.7".parse().unwrap());
        let peer = Some("[::ffff:127.0.0.1]:4000".parse().unwrap());
        assert_eq!(address(&headers, peer, false), "127.0.0.1");
        assert_eq!(address(&headers, peer, true), "203.0.113.7");
        headers.insert("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(address(&headers, peer, true), "127.0.0.1");
    }
}
