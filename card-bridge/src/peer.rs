//! Whose the other end of a connection is. A port of the loopback interface is
//! open to every user of the machine; the bridge serves the one that it runs as
//! and nobody else, the superuser included (ADR 34).

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "peer/proc_net.rs"]
mod system;
#[cfg(any(windows, target_os = "macos"))]
#[path = "peer/owner_pid.rs"]
mod system;

use std::{io, net::SocketAddr};

/// The two ends of a connection, as the bridge's socket names them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ends {
    /// The bridge's own.
    pub own: SocketAddr,
    /// The page's.
    pub peer: SocketAddr,
}

/// Why nobody is served on a connection.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The other end is another user's.
    #[error("the other end is another user's")]
    OtherUser,
    /// The system does not list the other end: it is gone again, or it is in
    /// another network namespace.
    #[error("the system does not list the other end")]
    Unknown,
    /// The system's list can't be read.
    #[error("the system's list of connections: {0}")]
    Unreadable(#[from] io::Error),
}

/// Whether the other end is held by the user of this process. Blocks for as
/// long as the system needs for its list of connections.
///
/// # Errors
/// [`PeerError`]; whoever is not certain to be this user is refused.
pub fn check(ends: &Ends) -> Result<(), PeerError> {
    system::check(ends)
}

/// Which of `ports` a page would reach, on this machine, somebody else than this user
/// at. `own` is a listening socket of this process, by which its user is known. Blocks
/// like [`check`].
///
/// # Errors
/// When the system's list can't be read, or lacks `own`.
pub fn held_by_others(ports: &[u16], own: SocketAddr) -> io::Result<Vec<u16>> {
    system::held_by_others(ports, own)
}

/// Whether a listening socket at this address takes what is sent to 127.0.0.1, where
/// pages look for the bridge.
fn takes_loopback(address: std::net::IpAddr) -> bool {
    address.is_unspecified() || address == std::net::IpAddr::from([127, 0, 0, 1])
}

#[cfg(not(any(
    windows,
    target_os = "linux",
    target_os = "android",
    target_os = "macos"
)))]
mod system {
    use std::{io, net::SocketAddr};

    use super::{Ends, PeerError};

    /// Nobody can be told apart.
    pub(super) fn held_by_others(_ports: &[u16], _own: SocketAddr) -> io::Result<Vec<u16>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Nobody is served where nobody can be told apart.
    pub(super) fn check(_ends: &Ends) -> Result<(), PeerError> {
        Err(PeerError::Unreadable(
            std::io::ErrorKind::Unsupported.into(),
        ))
    }
}
