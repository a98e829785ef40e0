//! `identify`: what is public on a card.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{CardError, bridge::Identity, piv::PinStatus};

use super::Piv;

/// Reads chip id, certificate and the tries left for the PIN.
///
/// # Errors
/// [`CardError::UnsupportedCard`], and those of the reader.
pub fn identify(card: &mut Piv<'_>) -> Result<Identity, CardError> {
    card.select()?;
    let chip = card.chip()?;
    let certificate = card.certificate()?;
    let pin_tries = match card.pin_status()? {
        PinStatus::Verified => None,
        PinStatus::TriesLeft(tries) => Some(tries.0),
        PinStatus::Blocked => Some(0),
    };
    Ok(Identity {
        chip,
        certificate: certificate.map(|der| BASE64_STANDARD.encode(der)),
        pin_tries,
    })
}
