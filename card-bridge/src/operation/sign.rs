//! `sign_statement`: the legal person's signature over an act, which the server
//! proposed to this very card.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{CardError, piv::PinStatus, statement::StatementSignature};
use sha2::{Digest as _, Sha256};

use super::{PinSource, Piv, held::CardState};
use crate::proposal::CheckedStatement;

/// Signs a statement for the page at `origin`. Without a PIN, only while the
/// card is still verified by this page.
///
/// # Errors
/// [`CardError::PinRequired`], those of login, and
/// [`CardError::NotProposed`] if the server proposed it to another card: then no
/// PIN is tried.
pub fn sign(
    card: &mut Piv<'_>,
    state: &mut CardState,
    origin: &str,
    checked: &CheckedStatement,
    pin: Option<&PinSource>,
) -> Result<StatementSignature, CardError> {
    let certificate = if let Some(pin) = pin {
        card.select()?;
        let certificate = card.certificate()?.ok_or(CardError::UnsupportedCard)?;
        checked.is_for_card(&certificate)?;
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
        let certificate = card.certificate()?.ok_or(CardError::UnsupportedCard)?;
        checked.is_for_card(&certificate)?;
        certificate
    };
    let digest = Sha256::digest(checked.statement().message(origin));
    let signature = card.sign(&digest.into())?;
    Ok(StatementSignature {
        certificate: BASE64_STANDARD.encode(certificate),
        signature: BASE64_STANDARD.encode(signature),
    })
}
