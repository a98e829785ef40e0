//! Administrators' tokens, for making cards.

use card_domain::EnterpriseId;
use jiff::Timestamp;

use super::digest::TokenHash;

/// An administrator's token; only its hash is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminToken {
    /// SHA-256 of the token.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// After this it is refused.
    pub expires_at: Timestamp,
    /// What it is for, in its maker's words.
    pub note: String,
    /// The one enterprise whose cards it makes; none is any.
    pub enterprise: Option<EnterpriseId>,
}
