//! Nonces: single use, found by their hash.

use card_domain::CardId;
use jiff::Timestamp;

use super::digest::{NonceHash, TokenHash};

/// What a nonce is for. The names in storage never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NonceKind {
    /// A login challenge.
    Login,
    /// The proposal of an act.
    Act,
    /// The proposal of operations on cards in the reader.
    Operation,
}

impl NonceKind {
    /// The stable name in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Act => "act",
            Self::Operation => "operation",
        }
    }

    /// The kind with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Login, Self::Act, Self::Operation]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A nonce that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// SHA-256 of the nonce, which itself is not kept.
    pub hash: NonceHash,
    /// What it is for.
    pub kind: NonceKind,
    /// The session it was given to; a login challenge has none.
    pub session: Option<TokenHash>,
    /// The card that the act is about.
    pub card: Option<CardId>,
    /// What the caller has to remember with it, for example the proposed statement.
    pub payload: Option<String>,
    /// After this it is refused.
    pub expires_at: Timestamp,
}
