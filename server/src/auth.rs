//! Logging in with a card: the challenge, the check of the token, the session.

mod challenge;
mod login;
mod token;

/// The longest certificate and token fields that are looked at, in characters.
const MAX_FIELD: usize = 8192;
