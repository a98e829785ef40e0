//! The tag of a data object, one to three bytes.

use core::fmt;

use super::TlvError;

/// A tag, written as the number its bytes make: `0x53`, `0x7F49`, `0x5FC105`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag(u32);

impl Tag {
    /// A tag from its number; `None` if that is no tag of one to three bytes.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        let tag = Self(number);
        match Self::read(significant(&number.to_be_bytes())) {
            Ok((read, [])) if read == tag => Some(tag),
            _ => None,
        }
    }

    /// A tag that the source code knows to be right.
    pub(crate) const fn known(number: u32) -> Self {
        Self(number)
    }

    /// The number that the tag's bytes make.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether the value is itself made of data objects.
    #[must_use]
    pub fn is_constructed(self) -> bool {
        significant(&self.0.to_be_bytes())
            .first()
            .is_some_and(|byte| byte & 0x20 != 0)
    }

    /// Adds the tag's bytes to `bytes`.
    pub(crate) fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(significant(&self.0.to_be_bytes()));
    }

    /// The tag at the front of `bytes`, and what follows it.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), TlvError> {
        let (&first, mut rest) = bytes.split_first().ok_or(TlvError::Truncated)?;
        if first == 0 {
            return Err(TlvError::InvalidTag);
        }
        let mut number = u32::from(first);
        if first & 0x1F != 0x1F {
            return Ok((Self(number), rest));
        }
        for position in 1..=2 {
            let (&next, after) = rest.split_first().ok_or(TlvError::Truncated)?;
            // Numbers below 31 fit the first byte, and a leading 80 is a zero.
            if position == 1 && (next == 0x80 || next < 0x1F) {
                return Err(TlvError::InvalidTag);
            }
            rest = after;
            number = number << 8 | u32::from(next);
            if next & 0x80 == 0 {
                return Ok((Self(number), rest));
            }
        }
        Err(TlvError::InvalidTag)
    }
}

/// The bytes of a number without its leading zeros.
fn significant(bytes: &[u8; 4]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:02X})", self.0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}
