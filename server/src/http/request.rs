//! What is known about a request before anything is done with it.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, Method, header},
};
use card_domain::ClientInfo;
use jiff::Timestamp;

use super::{
    AppState, cookie,
    forwarded::{self, Forwarded},
    host::SentTo,
};
use crate::{client::Client, context::RequestInfo};

/// The longest `User-Agent` that is kept.
const MAX_USER_AGENT: usize = 256;

/// Collects what is known of a request from its head and its connection. `sent_to` is
/// none for what asks how the server is, and may do so under any name.
pub(super) fn info(
    state: &AppState,
    request: &Request,
    sent_to: Option<&SentTo<'_>>,
    request_id: String,
    now: Timestamp,
) -> RequestInfo {
    let headers = request.headers();
    let https = sent_to.is_some_and(SentTo::is_https);
    let address = address(state, request, sent_to.is_some());
    RequestInfo {
        session: cookie::session(headers, https),
        challenges: cookie::challenges(headers, https),
        origin: sent_to.and_then(|sent_to| origin(headers, sent_to)),
        client: ClientInfo {
            address: address.map(|it| it.to_string()).unwrap_or_default(),
            terminal: None,
            user_agent: user_agent(headers),
            request_id,
        },
        counted: address.map_or(Client::Unknown, Client::from),
        https,
        is_terminal: cookie::is_terminal(headers, https),
        is_by_person: is_by_person(request),
        now,
    }
}

/// What pages ask of the contract by themselves: to use the bridge, when a card comes or
/// goes, and until an operation is done.
const UNATTENDED: [&str; 5] = [
    "/api/bridge/grant",
    "/api/session/time",
    "/api/operations/next",
    "/api/insertions/seen",
    "/api/insertions/heal",
];

/// Whether a person asks. A page that a script asks for is told from one that is opened by
/// what the browser says of it (Fetch Metadata, `Sec-Fetch-Dest`), which no script can set;
/// who says nothing is no page of ours.
fn is_by_person(request: &Request) -> bool {
    if request.method() == Method::POST {
        return !UNATTENDED.contains(&request.uri().path());
    }
    let destination = request.headers().get("sec-fetch-dest");
    destination.is_none_or(|destination| destination == "document")
}

/// Which of our origins the request names.
fn origin(headers: &HeaderMap, sent_to: &SentTo<'_>) -> Option<String> {
    let named = headers.get(header::ORIGIN)?;
    let origin = sent_to.named(named.as_bytes())?;
    Some(origin.as_str().to_owned())
}

/// The client's address: the peer's, or whom it asks for. A proxy that does not say it
/// has all its clients counted as one, so this is said in the log.
fn address(state: &AppState, request: &Request, is_of_a_browser: bool) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.ip().to_canonical();
    let http = &state.service.config.http;
    match forwarded::client(http, request.headers(), peer) {
        Forwarded::Client(address) => return Some(address),
        Forwarded::Direct => {}
        // Load balancers ask by themselves.
        Forwarded::Missing if !is_of_a_browser => {}
        Forwarded::Missing => {
            let header = http.forwarded_header.name();
            tracing::warn!(
                %peer, header,
                "the proxy does not say for whom it asks: its clients are counted as one"
            );
        }
        Forwarded::NotUnderstood => {
            let header = http.forwarded_header.name();
            let said = newest_line(request.headers(), header);
            tracing::warn!(
                %peer, header, said,
                "for whom the proxy asks is not understood: it is counted as the proxy"
            );
        }
    }
    Some(peer)
}

/// The end of a header's newest line; what a client put in front of it could be long.
fn newest_line(headers: &HeaderMap, header: &str) -> Option<String> {
    let line = headers.get_all(header).iter().next_back()?;
    let text = String::from_utf8_lossy(line.as_bytes());
    let mut last: Vec<char> = text.chars().rev().take(MAX_SHOWN).collect();
    last.reverse();
    Some(last.into_iter().collect())
}

/// As many characters of a header as the log shows.
const MAX_SHOWN: usize = 100;

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
