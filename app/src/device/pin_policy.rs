//! What a new 登录密码 must look like. The card itself takes any 6 to 8
//! bytes, so this is checked before it is asked.

/// Why a PIN is not accepted as a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinWeakness {
    /// Not 6 to 8 digits.
    Form,
    /// One digit only, like `000000`.
    AllEqual,
    /// Digits in a row, like `123456` or `87654321`.
    Run,
}

/// The fewest digits of a PIN (SP 800-73-4 part 2 §2.4.3).
pub const MIN_DIGITS: usize = 6;

/// The most digits of a PIN (SP 800-73-4 part 2 §2.4.3).
pub const MAX_DIGITS: usize = 8;

/// Whether a text has the form of a PIN: 6 to 8 digits.
#[must_use]
pub fn has_pin_form(pin: &str) -> bool {
    (MIN_DIGITS..=MAX_DIGITS).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks a new PIN.
///
/// # Errors
///
/// What is weak about it.
pub fn check_new_pin(pin: &str) -> Result<(), PinWeakness> {
    if !has_pin_form(pin) {
        return Err(PinWeakness::Form);
    }
    let steps_are = |step: i16| {
        let digits = pin.bytes().map(i16::from);
        digits
            .clone()
            .zip(digits.skip(1))
            .all(|(a, b)| b - a == step)
    };
    if steps_are(0) {
        return Err(PinWeakness::AllEqual);
    }
    if steps_are(1) || steps_are(-1) {
        return Err(PinWeakness::Run);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_pins_are_named() {
        for (pin, expected) in [
            ("", Err(PinWeakness::Form)),
            ("12345", Err(PinWeakness::Form)),
            ("123456789", Err(PinWeakness::Form)),
            ("12345a", Err(PinWeakness::Form)),
            ("１２３４５６", Err(PinWeakness::Form)),
            ("000000", Err(PinWeakness::AllEqual)),
            ("88888888", Err(PinWeakness::AllEqual)),
            ("123456", Err(PinWeakness::Run)),
            ("87654321", Err(PinWeakness::Run)),
            ("345678", Err(PinWeakness::Run)),
            ("135790", Ok(())),
            ("890123", Ok(())),
            ("112233", Ok(())),
            ("20261122", Ok(())),
        ] {
            assert_eq!(check_new_pin(pin), expected, "{pin}");
        }
    }
}
