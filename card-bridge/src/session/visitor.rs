//! Who comes in, where, and who is sent away at once.

use std::sync::Arc;

use tokio::time::timeout;

use super::{SEND, end};
use crate::{config::Allowed, socket::Socket};

/// Why a page has to go: the close code, and the reason for whoever reads it.
pub(super) type Reason = (u16, &'static str);

/// The page's origin is not allowed.
pub const ORIGIN_NOT_ALLOWED: Reason = (4403, "origin_not_allowed");
/// The page's origin has too many here, or all together have.
pub const TOO_MANY_PAGES: Reason = (4429, "too_many_pages");
/// Where a page came in.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// The bridge's own port.
    pub port: u16,
    /// The ports of the fixed list that somebody else held when the bridge started.
    pub held: Arc<[u16]>,
}

/// Who comes, by the handshake.
#[derive(Clone, Debug)]
pub enum Visitor {
    /// A page of an allowed origin.
    Allowed(Allowed),
    /// A page of another origin that may be told so.
    NotAllowed(String),
}

/// Tells a page why it has to go.
pub async fn send_away(mut socket: Socket, (code, reason): Reason) {
    end(&timeout(SEND, socket.close(code, reason)).await);
}
