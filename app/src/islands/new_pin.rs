//! What is asked of the two fields of a new PIN before the card is asked, the
//! same for 修改密码 and 解锁. The rules themselves are [`PinPolicy`]'s.

use card_protocol::{CardError, Pin, PinPolicy, PinWeakness, bridge::PinText};

use crate::{
    components::notice::Trouble,
    text::{errors, new_pin as text},
};

/// Why what was typed is no new PIN. Both fields have to be typed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The policy does not take it.
    Weak(PinWeakness),
    /// It was typed differently the second time.
    Different,
}

/// Checks what was typed.
pub(super) fn check_new_pin(
    policy: PinPolicy,
    new: &PinText,
    again: &PinText,
) -> Result<(), Unfit> {
    // What is no PIN at all has the wrong length, or is no digits.
    let pin = Pin::new(&new.0).map_err(|_form| Unfit::Weak(PinWeakness::Length))?;
    policy.check(&pin).map_err(Unfit::Weak)?;
    if new.0 != again.0 {
        return Err(Unfit::Different);
    }
    Ok(())
}

impl From<Unfit> for Trouble {
    fn from(what: Unfit) -> Self {
        match what {
            Unfit::Weak(weakness) => errors::card_sentences(CardError::WeakPin { weakness }).into(),
            Unfit::Different => Self::plain(&text::DIFFERENT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_has_its_own_name() {
        let strict = PinPolicy::default();
        let long = PinPolicy {
            min_digits: 8,
            ..strict
        };
        let weak = |weakness| Err(Unfit::Weak(weakness));
        for (policy, new, again, expected) in [
            (strict, "", "", weak(PinWeakness::Length)),
            (strict, "12345", "12345", weak(PinWeakness::Length)),
            (strict, "123456789", "123456789", weak(PinWeakness::Length)),
            (strict, "12345a", "12345a", weak(PinWeakness::Length)),
            (
                strict,
                "１２３４５６",
                "１２３４５６",
                weak(PinWeakness::Length),
            ),
            (strict, "123456", "123456", weak(PinWeakness::Run)),
            (strict, "87654321", "87654321", weak(PinWeakness::Run)),
            (strict, "000000", "000000", weak(PinWeakness::Repeat)),
            (strict, "121212", "121212", weak(PinWeakness::Repeat)),
            (strict, "246813", "246814", Err(Unfit::Different)),
            (strict, "246813", "246813", Ok(())),
            (long, "246813", "246813", weak(PinWeakness::Length)),
            (long, "24681357", "24681357", Ok(())),
        ] {
            let pin = |text: &str| PinText(String::from(text));
            let checked = check_new_pin(policy, &pin(new), &pin(again));
            assert_eq!(checked, expected, "{new}");
        }
    }
}
