//! `sign_statement`: the legal person's signature over an act, which the server
//! proposed to this very card.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardError,
    piv::PinStatus,
    statement::{Statement, StatementSignature},
};
use sha2::{Digest as _, Sha256};

use super::{PinSource, Piv, held::CardState};
use crate::{pin_gate::PinTry, proposal::CheckedStatement};

/// Signs a statement for the page at `origin` with the chosen card. Without a
/// PIN, only while it is still verified by this page.
///
/// # Errors
/// [`CardError::PinRequired`], [`CardError::OtherCard`], those of login, and
/// [`CardError::NotProposed`] if the server proposed it to another card: then no
/// PIN is tried.
pub(crate) fn sign(
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
        attempt.verify(card, state, pin)?
    } else {
        // No SELECT: PIV is selected since this page verified the PIN, or
        // another program selected something else and the PIN is gone.
        if !state.is_verified || !matches!(card.pin_status(), Ok(PinStatus::Verified)) {
            state.is_verified = false;
            return Err(CardError::PinRequired);
        }
        attempt.chosen(card)?
    };
    signature(card, &certificate, origin, checked.statement())
}

/// The signature of a card that is verified.
pub(super) fn signature(
    card: &mut Piv<'_>,
    certificate: &[u8],
    origin: &str,
    statement: &Statement,
) -> Result<StatementSignature, CardError> {
    let digest = Sha256::digest(statement.message(origin));
    let signature = card.sign(&digest.into())?;
    Ok(StatementSignature {
        certificate: BASE64_STANDARD.encode(certificate),
        signature: BASE64_STANDARD.encode(signature),
    })
}
