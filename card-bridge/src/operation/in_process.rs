//! What pages have done, on a software card in this process: for the demo and the
//! tests. There is no page, no reader and nobody who could lie, so nothing of
//! [`crate::pin_gate`] is asked; an installed bridge is built without this.

use card_protocol::{CardError, statement::StatementSignature, token::AuthToken};

use super::{PinSource, Piv, authenticate::token, held::CardState, sign::signature};
use crate::proposal::CheckedStatement;

/// Verifies the PIN and signs the login message.
///
/// # Errors
/// Those of [`Piv::verify`] and [`Piv::sign`].
pub fn authenticate(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    nonce: &str,
    pin: &PinSource,
) -> Result<AuthToken, CardError> {
    let certificate = verify(card, state, pin)?;
    token(card, &certificate, origin, nonce)
}

/// Verifies the PIN, if there is one, and signs a statement: in process, too, only
/// one that a server proposed to this card.
///
/// # Errors
/// [`CardError::NotProposed`] for another card, [`CardError::PinRequired`] if the card is not verified, and those of
/// [`Piv::verify`] and [`Piv::sign`].
pub fn sign(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    checked: &CheckedStatement,
    pin: Option<&PinSource>,
) -> Result<StatementSignature, CardError> {
    let certificate = match pin {
        Some(pin) => verify(card, state, pin)?,
        None => card.certificate()?.ok_or(CardError::UnsupportedCard)?,
    };
    checked.is_for_card(&certificate)?;
    signature(card, &certificate, origin, checked.statement())
}

fn verify(
    card: &mut Piv<'_>,
    state: &mut CardState,
    pin: &PinSource,
) -> Result<Vec<u8>, CardError> {
    card.select()?;
    let certificate = card.certificate()?.ok_or(CardError::UnsupportedCard)?;
    state.is_verified = false;
    card.verify(pin)?;
    state.pin_was_right();
    Ok(certificate)
}
