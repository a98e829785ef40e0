//! `change_pin`: a new PIN for who knows the present one.

use card_protocol::{
    CardError, Pin,
    bridge::Empty,
    piv::{self, PinStatus},
};

use crate::pin_try::PinTry;
use crate::{
    card_state::CardState,
    piv_card::{Piv, done},
};

/// Changes the PIN of the chosen card.
///
/// # Errors
/// [`CardError::WrongPin`], [`CardError::PinBlocked`], and those of
/// [`PinTry::send`].
pub async fn change_pin(
    card: &mut Piv<'_>,
    state: &mut CardState,
    old: &Pin,
    new: &Pin,
    attempt: &PinTry<'_>,
) -> Result<Empty, CardError> {
    attempt
        .send(
            card,
            state,
            async |card: &mut Piv<'_>, state: &mut CardState| {
                card.commit()?;
                let status = card.send(piv::change_pin(old, new)).await?.status();
                // Cards differ in whether a changed PIN counts as verified.
                let is_verified = matches!(card.pin_status().await, Ok(PinStatus::Verified));
                done(status)?;
                if is_verified {
                    state.pin_was_right();
                }
                Ok(())
            },
        )
        .await?;
    Ok(Empty {})
}
