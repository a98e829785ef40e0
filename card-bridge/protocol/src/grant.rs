//! A grant: the server's word that a page of its origin may use the bridge, for
//! a short time, in one connection. Without one the bridge tells nobody which
//! card is in.
//!
//! The bridge gives the page a nonce of this very connection, the server signs a
//! grant over it, the page brings it back. So a grant is of no use to another
//! connection, and its time is counted from the moment at which the bridge gave
//! the nonce out: whatever the machine's own clock says ([`Grant::issued_at`]).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    hex,
    signed::{ServerSigned, Signed},
};

/// The version of grants.
pub const VERSION: u8 = 1;

/// The longest life of a grant that a bridge takes, in seconds.
pub const MAX_LIFE_SECONDS: i64 = 15 * 60;

/// Most CAs that a grant names.
pub const MAX_ISSUERS: usize = 64;

/// Bytes of a connection's nonce; it is their base64.
pub const NONCE_LENGTH: usize = 32;

/// A bridge that takes [`Grant::issuers`] begins its nonces with this, the rest is random:
/// whoever carries a nonce to the server can't have them left out.
pub const NONCE_MARK: [u8; 8] = *b"issuers:";

/// A grant, as [`SignedGrant::body`](Signed::body) has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Always [`VERSION`].
    pub version: u8,
    /// The origin whose page may bring it.
    pub origin: String,
    /// The nonce that the bridge gave out for it, as it was given.
    pub nonce: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The public keys of the server's CAs: uncompressed SEC 1 points on P-256 (a browser
    /// reads no others), in base64. Only a
    /// card whose certificate one of them signed gets a PIN. None over a nonce without
    /// [`NONCE_MARK`]: a bridge of version 3 of the protocol takes no field that it does
    /// not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuers: Option<Vec<String>>,
    /// The server's time when it signed (Unix seconds). From this and the time
    /// that went by since the nonce was given out the bridge knows the server's
    /// time.
    pub issued_at: i64,
    /// From this second on (the server's time) it is over.
    pub expires_at: i64,
}

/// A grant as the server hands it out.
pub type SignedGrant = Signed<Grant>;

impl ServerSigned for Grant {
    const DOMAIN: &'static [u8] = b"ic-card-grant:1\n";
}

/// What a page may use the bridge for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To log in: see the readers, prove a card, and finish what the server
    /// finds unfinished on it. Nothing is signed for an act.
    Login,
    /// What a session may, too: sign what the server proposes to its card, and
    /// change a PIN.
    Session(SessionScope),
}

/// The session that a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionScope {
    /// [`session_id`] of the session's token hash: says whether two grants are
    /// of the same session, and nothing else.
    pub session: String,
    /// SHA-256 of the certificate of the session's card, hex.
    pub certificate_sha256: String,
}

/// The name of a session in its grants, from the hash by which the server knows
/// its token. Whoever reads it learns neither.
#[must_use]
pub fn session_id(token_hash: &[u8; 32]) -> String {
    let digest = Sha256::new()
        .chain_update(b"ic-card-session:1\n")
        .chain_update(token_hash)
        .finalize();
    hex::encode(&digest)
}
