//! For whom a proxy asks: `X-Forwarded-For`, and `Forwarded` (RFC 7239), whichever of
//! them the own proxy sets.
//!
//! Each proxy appends the address that it saw, so the list is read from its end: the
//! last entry is the own proxy's, and all before it may be a client's invention.
//! Whatever a client puts in front, an open quotation mark too, can't change how the
//! last entry is read. With named proxies the entries of these are passed over.

mod element;
mod node;

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::config::{ForwardedHeader, Http};

use element::Elements;

/// Own proxies in a row, at most: what is longer is no list of ours.
const MAX_PROXIES: usize = 16;

/// What the headers say of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forwarded {
    /// Nothing that counts: no proxy is believed, or the peer is none.
    Direct,
    /// It is this one.
    Client(IpAddr),
    /// The peer is believed, and did not set the header.
    Missing,
    /// The header is there, and its entry that counts says no address.
    NotUnderstood,
}

/// For whom the peer asks.
pub(super) fn client(http: &Http, headers: &HeaderMap, peer: IpAddr) -> Forwarded {
    let believes = http.trust_forwarded_for && (http.proxies.is_empty() || http.is_proxy(peer));
    if !believes {
        return Forwarded::Direct;
    }
    let lines = headers.get_all(http.forwarded_header.name()).iter();
    let mut last = Forwarded::Missing;
    for element in lines
        .rev()
        .flat_map(|line| Elements::of(line.as_bytes()))
        .take(MAX_PROXIES)
    {
        let node = match http.forwarded_header {
            ForwardedHeader::XForwardedFor => element::plain(element),
            ForwardedHeader::Forwarded => element::forwarded_for(element),
        };
        let Some(address) = node.as_deref().and_then(node::address) else {
            return Forwarded::NotUnderstood;
        };
        last = Forwarded::Client(address);
        if !http.is_proxy(address) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests;
