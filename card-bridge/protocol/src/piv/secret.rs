//! What a person or the server knows and the card checks: PIN and PUK. Both are
//! wiped on drop, compare in constant time, and never show in debug output.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const LENGTH: usize = 8;
const PADDING: u8 = 0xFF;

/// A PIN: 6 to 8 ASCII digits, padded with `FF` to 8 bytes (SP 800-73-4 part 2,
/// §2.4.3). In JSON it is the string of its digits, on the way from the page to
/// the bridge of the same machine and nowhere else.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Pin([u8; LENGTH]);

/// Not 6 to 8 ASCII digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a PIN is 6 to 8 digits")]
pub struct PinError;

impl Pin {
    /// Takes the digits of a PIN.
    ///
    /// # Errors
    /// [`PinError`] unless they are 6 to 8 ASCII digits.
    pub fn new(digits: &str) -> Result<Self, PinError> {
        let digits = digits.as_bytes();
        if digits.len() < 6 || !digits.iter().all(u8::is_ascii_digit) {
            return Err(PinError);
        }
        let mut pin = Self([PADDING; LENGTH]);
        pin.0
            .get_mut(..digits.len())
            .ok_or(PinError)?
            .copy_from_slice(digits);
        Ok(pin)
    }

    /// The eight bytes that the card compares.
    #[must_use]
    pub const fn padded(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// The digits alone.
    #[must_use]
    pub fn digits(&self) -> &str {
        let end = self
            .0
            .iter()
            .position(|byte| *byte == PADDING)
            .unwrap_or(LENGTH);
        // Only ASCII digits ever get in, so this is always UTF-8.
        self.0
            .get(..end)
            .and_then(|digits| str::from_utf8(digits).ok())
            .unwrap_or_default()
    }
}

impl core::str::FromStr for Pin {
    type Err = PinError;

    fn from_str(digits: &str) -> Result<Self, PinError> {
        Self::new(digits)
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.digits())
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl de::Visitor<'_> for Digits {
            type Value = Pin;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a PIN")
            }

            // serde's own errors would repeat what was there in their message.
            fn visit_str<E: de::Error>(self, digits: &str) -> Result<Pin, E> {
                Pin::new(digits).map_err(E::custom)
            }

            fn visit_string<E: de::Error>(self, digits: String) -> Result<Pin, E> {
                self.visit_str(&Zeroizing::new(digits))
            }

            fn visit_u64<E: de::Error>(self, _number: u64) -> Result<Pin, E> {
                Err(E::custom(PinError))
            }

            fn visit_i64<E: de::Error>(self, _number: i64) -> Result<Pin, E> {
                Err(E::custom(PinError))
            }

            fn visit_f64<E: de::Error>(self, _number: f64) -> Result<Pin, E> {
                Err(E::custom(PinError))
            }
        }

        // `any`, because asking for a string makes serde_json name the number that
        // it found instead; so Digits is asked about numbers, too.
        deserializer.deserialize_any(Digits)
    }
}

/// A PIN unblocking key: eight bytes. Ours are derived per card by the server.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Puk([u8; LENGTH]);

impl Puk {
    /// Takes the eight bytes of a PUK.
    #[must_use]
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// The eight bytes that the card compares.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

/// How many tries a PIN or PUK has left; 0 is blocked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct PinTries(pub u8);

macro_rules! secret {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}
    };
}

secret!(Pin);
secret!(Puk);

#[cfg(test)]
mod tests {
    use super::{Pin, PinError, Puk};

    #[test]
    fn a_pin_is_six_to_eight_ascii_digits() {
        for good in ["123456", "0000000", "98765432"] {
            assert_eq!(Pin::new(good).unwrap().digits(), good);
        }
        for bad in [
            "",
            "12345",
            "123456789",
            "12345a",
            "１２３４５６",
            "12345 ",
            "-123456",
        ] {
            assert_eq!(Pin::new(bad), Err(PinError), "{bad:?}");
        }
    }

    #[test]
    fn padding_is_ff() {
        assert_eq!(Pin::new("123456").unwrap().padded(), b"123456\xFF\xFF");
        assert_eq!(Pin::new("12345678").unwrap().padded(), b"12345678");
    }

    #[test]
    fn neither_debug_nor_a_refusal_shows_digits() {
        let shown = format!(
            "{:?} {:?}",
            Pin::new("482913").unwrap(),
            Puk::new(*b"48291377")
        );
        assert_eq!(shown, "Pin(…) Puk(…)");
        let error = serde_json::from_str::<Pin>("\"4829\"")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("4829"), "{error}");
    }

    #[test]
    fn a_pin_of_another_json_type_is_refused_without_being_shown() {
        for bad in [
            "482913",
            "-482913",
            "482913.5",
            "482913482913482913482913",
            "[482913]",
        ] {
            let error = serde_json::from_str::<Pin>(bad).unwrap_err().to_string();
            assert!(!error.contains("4829"), "{error}");
        }
    }

    #[test]
    fn json_is_the_digits() {
        let pin: Pin = serde_json::from_str("\"48\\u0032913\"").unwrap();
        assert_eq!(serde_json::to_string(&pin).unwrap(), "\"482913\"");
    }
}
