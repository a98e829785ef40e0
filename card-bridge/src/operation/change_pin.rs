//! `change_pin`: a new PIN for who knows the present one.

use card_protocol::{
    CardError, Pin,
    bridge::Empty,
    piv::{self, PinStatus},
};

use super::{Piv, done, held::CardState};

/// Changes the PIN.
///
/// # Errors
/// [`CardError::WrongPin`], [`CardError::PinBlocked`], and those of the card.
pub fn change_pin(
    card: &mut Piv<'_>,
    state: &mut CardState,
    old: &Pin,
    new: &Pin,
) -> Result<Empty, CardError> {
    card.select()?;
    card.commit()?;
    let status = card.send(piv::change_pin(old, new))?.status();
    // Cards differ in whether a changed PIN counts as verified; if it does,
    // the card has to be reset when the page goes.
    state.is_verified = matches!(card.pin_status(), Ok(PinStatus::Verified));
    done(status)?;
    Ok(Empty {})
}
