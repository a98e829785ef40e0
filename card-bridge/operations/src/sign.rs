//! `sign_statement`: the legal person's signature over an act, which the server
//! proposed to this very card.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardError,
    piv::PinStatus,
    statement::{Statement, StatementSignature},
};
use sha2::{Digest as _, Sha256};

use crate::{
    card_state::CardState,
    piv_card::{PinSource, Piv},
};
use crate::{pin_try::PinTry, proposal::CheckedStatement};

/// Signs a statement for the page at `origin` with the chosen card. Without a
/// PIN, only while it is still verified by this page.
///
/// # Errors
/// [`CardError::PinRequired`], [`CardError::OtherCard`], those of login, and
/// [`CardError::NotProposed`] if the server proposed it to another card: then no
/// PIN is tried.
pub async fn sign(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    checked: &CheckedStatement,
    pin: Option<&PinSource>,
    attempt: &PinTry<'_>,
) -> Result<StatementSignature, CardError> {
    let attempt = PinTry {
        proposed: Some(checked),
        ..*attempt
    };
    let certificate = if let Some(pin) = pin {
        attempt.verify(card, state, pin).await?
    } else {
        if !state.is_verified || !is_verified(card).await? {
            state.is_verified = false;
            return Err(CardError::PinRequired);
        }
        attempt.chosen(card).await?
    };
    signature(card, &certificate, origin, checked.statement()).await
}

/// Whether the card says that its PIN is verified. PIV is selected since this page
/// verified it, unless something else was selected in between: then it is selected again,
/// and the card asked once more.
async fn is_verified(card: &mut Piv<'_>) -> Result<bool, CardError> {
    match card.pin_status().await {
        Ok(status) => return Ok(status == PinStatus::Verified),
        Err(CardError::UnfitCard { .. }) => {}
        Err(error) => return Err(error),
    }
    card.select().await?;
    Ok(matches!(card.pin_status().await, Ok(PinStatus::Verified)))
}

/// The signature of a card that is verified.
pub(crate) async fn signature(
    card: &mut Piv<'_>,
    certificate: &[u8],
    origin: &str,
    statement: &Statement,
) -> Result<StatementSignature, CardError> {
    let digest = Sha256::digest(statement.message(origin));
    let signature = card.sign(&digest.into()).await?;
    Ok(StatementSignature {
        certificate: BASE64_STANDARD.encode(certificate),
        signature: BASE64_STANDARD.encode(signature),
    })
}
