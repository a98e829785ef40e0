//! `sign_statement`: the legal person's signature over an act.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardError,
    piv::PinStatus,
    statement::{Statement, StatementSignature},
};
use sha2::{Digest as _, Sha256};

use super::{PinSource, Piv, held::CardState};

/// Signs `statement` for the page at `origin`. Without a PIN, only while the
/// card is still verified by this page.
///
/// # Errors
/// [`CardError::PinRequired`], and those of login.
pub fn sign(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    statement: &Statement,
    pin: Option<&PinSource>,
) -> Result<StatementSignature, CardError> {
    let certificate = if let Some(pin) = pin {
        card.select()?;
        let certificate = card.certificate()?.ok_or(CardError::UnsupportedCard)?;
        state.is_verified = false;
        card.verify(pin)?;
        state.is_verified = true;
        certificate
    } else {
        // No SELECT: PIV is selected since this page verified the PIN, or
        // another program selected something else and the PIN is gone.
        if !state.is_verified || !matches!(card.pin_status(), Ok(PinStatus::Verified)) {
            state.is_verified = false;
            return Err(CardError::PinRequired);
        }
        card.certificate()?.ok_or(CardError::UnsupportedCard)?
    };
    let digest = Sha256::digest(statement.message(origin));
    let signature = card.sign(&digest.into())?;
    Ok(StatementSignature {
        certificate: BASE64_STANDARD.encode(certificate),
        signature: BASE64_STANDARD.encode(signature),
    })
}
