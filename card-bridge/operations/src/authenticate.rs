//! `authenticate`: the login. PIN and signature happen in one transaction.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardError,
    token::{ALGORITHM, AuthToken, FORMAT, login_message},
};
use sha2::{Digest as _, Sha256};

use crate::pin_try::PinTry;
use crate::{
    card_state::CardState,
    piv_card::{PinSource, Piv},
};

/// Name and version of this bridge in the form of Web eID.
const APP_VERSION: &str = concat!(
    "https://card-bridge.example/releases/",
    env!("CARGO_PKG_VERSION")
);

/// Whether a challenge is one: base64 of 32 to 96 bytes. Anything else might
/// be a message whose signature means something elsewhere.
#[must_use]
pub fn is_nonce(nonce: &str) -> bool {
    BASE64_STANDARD
        .decode(nonce)
        .is_ok_and(|bytes| (32..=96).contains(&bytes.len()))
}

/// Verifies the PIN and signs the login message for the page at `origin`.
///
/// # Errors
/// Those of [`PinTry::verify`] and [`Piv::sign`].
pub async fn authenticate(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    nonce: &str,
    pin: &PinSource,
    attempt: &PinTry<'_>,
) -> Result<AuthToken, CardError> {
    let certificate = attempt.verify(card, state, pin).await?;
    token(card, &certificate, origin, nonce).await
}

/// The token of a card that has just been verified.
pub(crate) async fn token(
    card: &mut Piv<'_>,
    certificate: &[u8],
    origin: &str,
    nonce: &str,
) -> Result<AuthToken, CardError> {
    let digest = Sha256::digest(login_message(origin, nonce));
    let signature = card.sign(&digest.into()).await?;
    Ok(AuthToken {
        unverified_certificate: BASE64_STANDARD.encode(certificate),
        algorithm: ALGORITHM.to_owned(),
        signature: BASE64_STANDARD.encode(signature),
        format: FORMAT.to_owned(),
        app_version: APP_VERSION.to_owned(),
        origin: origin.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};

    use super::is_nonce;

    #[test]
    fn only_random_looking_text_is_a_nonce() {
        for (length, good) in [(31, false), (32, true), (96, true), (97, false)] {
            assert_eq!(is_nonce(&BASE64_STANDARD.encode(vec![7; length])), good);
        }
        assert!(!is_nonce(""));
        assert!(!is_nonce("我同意"));
    }
}
