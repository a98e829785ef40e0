//! The authentication token of Web eID (`web-eid:1.0`): what the card signs
//! for a login, and the form in which the signature reaches the server.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::signed::{ServerSigned, Signed};

/// The token form that we make and accept.
pub const FORMAT: &str = "web-eid:1.0";

/// The one signature algorithm of the cards: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
pub const ALGORITHM: &str = "ES256";

/// A login token, as the bridge makes it and the server checks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthToken {
    /// The certificate of slot 9A as the card holds it, DER in base64. Not verified by anybody yet.
    pub unverified_certificate: String,
    /// Always [`ALGORITHM`].
    pub algorithm: String,
    /// The signature over [`login_message`], `r ‖ s` (64 bytes) in base64.
    pub signature: String,
    /// Always [`FORMAT`].
    pub format: String,
    /// Name and version of the bridge, an address of its site.
    pub app_version: String,
    /// The origin that the bridge signed for: that of the WebSocket handshake.
    /// A hint for a better refusal only; the signature is what binds it.
    pub origin: String,
}

/// The version of [`LoginChallenge`].
pub const CHALLENGE_VERSION: u8 = 1;

/// A login nonce with the server's word that it gave it out, for one origin:
/// the bridge has no other one signed. It says no time; the server takes each
/// nonce once, and not for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginChallenge {
    /// Always [`CHALLENGE_VERSION`].
    pub version: u8,
    /// The origin whose page may have it signed.
    pub origin: String,
    /// 32 random bytes in base64; single use.
    pub nonce: String,
}

/// A challenge as the server hands it out.
pub type SignedChallenge = Signed<LoginChallenge>;

impl ServerSigned for LoginChallenge {
    const DOMAIN: &'static [u8] = b"ic-card-challenge:1\n";
}

/// The message that the card signs with ES256 for a login:
/// `SHA-256(origin) ‖ SHA-256(nonce)`. The card is given the SHA-256 of it.
///
/// `nonce` is the challenge exactly as the server wrote it (base64 text).
#[must_use]
pub fn login_message(origin: &str, nonce: &str) -> [u8; 64] {
    let mut message = [0; 64];
    let (left, right) = message.split_at_mut(32);
    left.copy_from_slice(&Sha256::digest(origin.as_bytes()));
    right.copy_from_slice(&Sha256::digest(nonce.as_bytes()));
    message
}
