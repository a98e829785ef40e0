//! What a new PIN has to look like, as the server configures it. It is checked
//! where the PIN is typed: by the page for the person's sake, and by the bridge
//! before the card gets it. The card itself takes any 6 to 8 digits.

use serde::{Deserialize, Serialize};

use crate::piv::Pin;

/// The rules for a new PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinPolicy {
    /// Fewest digits, 6 to 8.
    pub min_digits: u8,
    /// Most digits, 6 to 8.
    pub max_digits: u8,
    /// Whether digits in a row, such as `123456` or `876543`, are refused.
    pub no_runs: bool,
    /// Whether one digit repeated, such as `000000`, or one pair of digits
    /// repeated, such as `121212`, is refused.
    pub no_repeats: bool,
}

/// What is wrong with a new PIN. It does not repeat the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PinWeakness {
    /// Fewer or more digits than the policy wants.
    #[error("the new PIN is too short or too long")]
    Length,
    /// Digits in a row.
    #[error("the new PIN is a run of digits")]
    Run,
    /// The same digit, or pair of digits, again and again.
    #[error("the new PIN repeats one digit or pair")]
    Repeat,
}

impl Default for PinPolicy {
    fn default() -> Self {
        Self {
            min_digits: 6,
            max_digits: 8,
            no_runs: true,
            no_repeats: true,
        }
    }
}

impl PinPolicy {
    /// Whether the policy can be kept at all: 6 to 8 digits.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        6 <= self.min_digits && self.min_digits <= self.max_digits && self.max_digits <= 8
    }

    /// Checks a new PIN.
    ///
    /// # Errors
    ///
    /// What is weak about it.
    pub fn check(&self, pin: &Pin) -> Result<(), PinWeakness> {
        let digits = pin.digits().as_bytes();
        let fits =
            (usize::from(self.min_digits)..=usize::from(self.max_digits)).contains(&digits.len());
        if !fits {
            return Err(PinWeakness::Length);
        }
        let is_run = |up: bool| {
            digits.windows(2).all(|pair| match *pair {
                [a, b] if up => a + 1 == b,
                [a, b] => a == b + 1,
                _ => false,
            })
        };
        if self.no_runs && (is_run(true) || is_run(false)) {
            return Err(PinWeakness::Run);
        }
        let repeats = |period: usize| {
            digits
                .iter()
                .zip(digits.iter().skip(period))
                .all(|(a, b)| a == b)
        };
        if self.no_repeats && (repeats(1) || repeats(2)) {
            return Err(PinWeakness::Repeat);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_refuses_what_it_names_and_no_more() {
        let strict = PinPolicy::default();
        let lax = PinPolicy {
            no_runs: false,
            no_repeats: false,
            ..strict
        };
        let long = PinPolicy {
            min_digits: 8,
            ..strict
        };
        for (policy, pin, expected) in [
            (strict, "190724", Ok(())),
            (strict, "123457", Ok(())),
            (strict, "112233", Ok(())),
            (strict, "123456", Err(PinWeakness::Run)),
            (strict, "87654321", Err(PinWeakness::Run)),
            (strict, "000000", Err(PinWeakness::Repeat)),
            (strict, "12121212", Err(PinWeakness::Repeat)),
            (lax, "123456", Ok(())),
            (lax, "000000", Ok(())),
            (long, "190724", Err(PinWeakness::Length)),
            (long, "19072455", Ok(())),
        ] {
            assert_eq!(policy.check(&Pin::new(pin).unwrap()), expected, "{pin}");
        }
        assert!(strict.is_sound() && long.is_sound());
        let unsound = PinPolicy {
            min_digits: 8,
            max_digits: 7,
            ..strict
        };
        assert!(!unsound.is_sound());
    }
}
