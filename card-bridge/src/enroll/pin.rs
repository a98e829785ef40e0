//! A random PIN that nobody guesses first.

use card_protocol::Pin;
use zeroize::Zeroizing;

/// The digits of a random PIN.
const LENGTH: usize = 6;

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system's random generator failed: {0}")]
pub struct RandomError(#[from] getrandom::Error);

/// Six random digits: no digit more than twice, no run such as 345 or 876.
///
/// # Errors
/// [`RandomError`].
pub fn random_pin() -> Result<Pin, RandomError> {
    loop {
        let mut bytes = Zeroizing::new([0; 4 * LENGTH]);
        getrandom::fill(bytes.as_mut_slice())?;
        // 250 is the largest multiple of 10 in a byte: every digit is as likely.
        let digits = bytes.iter().filter(|byte| **byte < 250);
        let text = digits.take(LENGTH).map(|byte| char::from(b'0' + byte % 10));
        let mut pin = Zeroizing::new(String::with_capacity(LENGTH));
        pin.extend(text);
        if is_hard_to_guess(&pin)
            && let Ok(pin) = Pin::new(&pin)
        {
            return Ok(pin);
        }
    }
}

fn is_hard_to_guess(pin: &str) -> bool {
    let digits = pin.as_bytes();
    let is_run = |three: &[u8]| match *three {
        [a, b, c] => a + 1 == b && b + 1 == c || a == b + 1 && b == c + 1,
        _ => false,
    };
    let is_frequent = |digit| pin.matches(char::from(digit)).count() > 2;
    digits.len() == LENGTH
        && !digits.iter().copied().any(is_frequent)
        && !digits.windows(3).any(is_run)
}

#[cfg(test)]
mod tests {
    use super::{Pin, is_hard_to_guess, random_pin};

    #[test]
    fn what_everybody_tries_first_is_not_chosen() {
        for bad in [
            "123456", "654321", "111222", "888888", "190345", "98761", "112131", "",
        ] {
            assert!(!is_hard_to_guess(bad), "{bad}");
        }
        for good in ["190724", "112255", "902413"] {
            assert!(is_hard_to_guess(good), "{good}");
        }
    }

    #[test]
    fn chosen_pins_differ() {
        let pins: Vec<_> = (0..50).map(|_| random_pin().unwrap()).collect();
        assert!(pins.iter().all(|pin| is_hard_to_guess(pin.digits())));
        let mut digits: Vec<_> = pins.iter().map(Pin::digits).collect();
        digits.sort_unstable();
        digits.dedup();
        assert!(digits.len() > 40);
    }
}
