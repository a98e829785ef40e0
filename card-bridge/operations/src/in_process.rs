//! What pages have done, on a software card in this process: for the demo and the
//! tests. There is no page, no reader and nobody who could lie, so nothing of
//! [`crate::pin_try`] is asked; an installed bridge is built without this.

use card_protocol::{CardError, statement::StatementSignature, token::AuthToken};

use crate::proposal::CheckedStatement;
use crate::{
    authenticate::token,
    card_state::CardState,
    piv_card::{PinSource, Piv},
    sign::signature,
};

/// Verifies the PIN and signs the login message.
///
/// # Errors
/// Those of [`Piv::verify`] and [`Piv::sign`].
pub async fn authenticate(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    nonce: &str,
    pin: &PinSource,
) -> Result<AuthToken, CardError> {
    let certificate = verify(card, state, pin).await?;
    token(card, &certificate, origin, nonce).await
}

/// Verifies the PIN, if there is one, and signs a statement: in process, too, only
/// one that a server proposed to this card.
///
/// # Errors
/// [`CardError::NotProposed`] for another card, [`CardError::PinRequired`] if the card is not verified, and those of
/// [`Piv::verify`] and [`Piv::sign`].
pub async fn sign(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    checked: &CheckedStatement,
    pin: Option<&PinSource>,
) -> Result<StatementSignature, CardError> {
    let certificate = match pin {
        Some(pin) => verify(card, state, pin).await?,
        None => card
            .certificate()
            .await?
            .ok_or(CardError::UnsupportedCard)?,
    };
    checked.is_for_card(&certificate)?;
    signature(card, &certificate, origin, checked.statement()).await
}

async fn verify(
    card: &mut Piv<'_>,
    state: &mut CardState,
    pin: &PinSource,
) -> Result<Vec<u8>, CardError> {
    card.select().await?;
    let certificate = card
        .certificate()
        .await?
        .ok_or(CardError::UnsupportedCard)?;
    state.is_verified = false;
    card.verify(pin).await?;
    state.pin_was_right();
    Ok(certificate)
}
