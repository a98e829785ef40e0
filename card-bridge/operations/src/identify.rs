//! `identify`: what is public on a card, and whether a PIN may go to it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{CardError, CardFault, bridge::Identity, piv::PinStatus};

use crate::issuers::Issuers;
use crate::piv_card::Piv;

/// Reads chip id, certificate and the tries left for the PIN, and says what is wrong with
/// the card, as far as the server's `issuers` tell. A card with a fault is told of all the
/// same: the server may have something unfinished on it.
///
/// # Errors
/// [`CardError::UnsupportedCard`], and those of the reader.
pub async fn identify(card: &mut Piv<'_>, issuers: &Issuers) -> Result<Identity, CardError> {
    card.select().await?;
    let chip = card.chip().await?;
    let (certificate, fault) = match card.certificate().await {
        Ok(Some(der)) => {
            let fault = issuers.fault(&der).await;
            (Some(der), fault)
        }
        // A blank card has no chip id either.
        Ok(None) => (None, chip.map(|_| CardFault::NoCertificate)),
        Err(CardError::UnfitCard { reason }) => (None, Some(reason)),
        Err(error) => return Err(error),
    };
    let (pin_tries, pin_fault) = match card.pin_status().await {
        Ok(PinStatus::Verified) => (None, None),
        Ok(PinStatus::TriesLeft(tries)) => (Some(tries.0), None),
        Ok(PinStatus::Blocked) => (Some(0), None),
        Err(CardError::UnfitCard { reason }) => (None, Some(reason)),
        Err(error) => return Err(error),
    };
    Ok(Identity {
        chip,
        certificate: certificate.map(|der| BASE64_STANDARD.encode(der)),
        pin_tries,
        fault: fault.or(pin_fault),
    })
}
