//! How long a connection may take for what, and how many there may be.

use std::time::Duration;

use crate::config::Http;

/// The limits of a listener.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(super) all: usize,
    /// Connections of one client at once.
    pub(super) of_a_client: usize,
    /// Who stands for many clients, and has no limit of its own.
    pub(super) http: Http,
    /// From the first byte of a request's head, or from the connection, to the head's end.
    pub(super) head: Duration,
    /// From one answer to the next request.
    pub(super) idle: Duration,
    /// How long a client may take nothing of an answer that is there.
    pub(super) stall: Duration,
}

/// From when on an answer has to be taken at [`SLOWEST`] at least.
pub(super) const SLOW_ALLOWANCE: Duration = Duration::from_mins(1);

/// Bytes in a second, of the time in which the client is waited for.
pub(super) const SLOWEST: u64 = 1024;

/// A half-sent head gets so long once the server is to stop.
pub(super) const HEAD_AT_A_STOP: Duration = Duration::from_secs(2);

impl Limits {
    /// Those of the portal.
    pub(crate) fn of(http: &Http) -> Self {
        let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            all: count(http.connections),
            of_a_client: count(http.connections_per_client),
            http: http.clone(),
            head: Duration::from_secs(10),
            // Longer than proxies keep a connection between two clicks.
            idle: Duration::from_mins(1),
            stall: Duration::from_secs(30),
        }
    }

    /// Those of a listener for a few machines.
    pub(crate) fn for_a_few() -> Self {
        Self {
            all: 32,
            of_a_client: 32,
            ..Self::of(&Http::default())
        }
    }
}
