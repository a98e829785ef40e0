//! One entry's node (RFC 7239 §6), and what stands for it in `X-Forwarded-For`:
//! an address with or without port and brackets; or `unknown`, or a name of the
//! proxy's own (`_hidden`), which say no address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The node's address, if it says one.
pub(super) fn address(node: &str) -> Option<IpAddr> {
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        let port = rest.strip_prefix(':');
        return (rest.is_empty() || port.is_some_and(is_port))
            .then(|| ipv6(address))
            .flatten();
    }
    if let Ok(address) = node.parse::<Ipv4Addr>() {
        return Some(IpAddr::V4(address));
    }
    // Without brackets, what follows the last colon is a port behind IPv4 only.
    if let Some((address, port)) = node.split_once(':')
        && let Ok(address) = address.parse::<Ipv4Addr>()
    {
        return is_port(port).then_some(IpAddr::V4(address));
    }
    ipv6(node)
}

/// Without a zone (RFC 4007 §11), which says something to its own machine only.
fn ipv6(text: &str) -> Option<IpAddr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "-"));
    let address: Ipv6Addr = address.parse().ok()?;
    let is_zone = !zone.is_empty() && zone.bytes().all(is_name);
    is_zone.then(|| IpAddr::V6(address).to_canonical())
}

/// A port, or a name for one (RFC 7239 §6.2).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(is_name),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}
