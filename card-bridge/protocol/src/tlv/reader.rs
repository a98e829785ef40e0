//! Reading data objects: one, all of a sequence, or the one with a given tag.

use super::{Tag, TlvError};

/// One data object; its value borrows from the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// The tag.
    pub tag: Tag,
    /// The value.
    pub value: &'a [u8],
}

/// The data object at the front of `bytes`, and what follows it.
///
/// # Errors
/// [`TlvError`] if there is none, or not in strict form.
pub fn read(bytes: &[u8]) -> Result<(Tlv<'_>, &[u8]), TlvError> {
    let (tag, rest) = Tag::read(bytes)?;
    let (length, rest) = read_length(rest)?;
    let (value, rest) = rest.split_at_checked(length).ok_or(TlvError::Truncated)?;
    Ok((Tlv { tag, value }, rest))
}

/// The value of the one data object that `bytes` is, which has to have `tag`.
///
/// # Errors
/// [`TlvError::Missing`] if it is another, [`TlvError::TrailingBytes`] if
/// something follows, or what [`read`] says.
pub fn read_only(bytes: &[u8], tag: Tag) -> Result<&[u8], TlvError> {
    let (tlv, rest) = read(bytes)?;
    if tlv.tag != tag {
        return Err(TlvError::Missing(tag));
    }
    if rest.is_empty() {
        Ok(tlv.value)
    } else {
        Err(TlvError::TrailingBytes(rest.len()))
    }
}

/// The value of the first data object with `tag` in a sequence of them. The
/// whole sequence has to be well formed.
///
/// # Errors
/// [`TlvError`] if it is not.
pub fn find(bytes: &[u8], tag: Tag) -> Result<Option<&[u8]>, TlvError> {
    let mut found = None;
    for tlv in Reader::new(bytes) {
        let tlv = tlv?;
        if tlv.tag == tag && found.is_none() {
            found = Some(tlv.value);
        }
    }
    Ok(found)
}

/// As [`find`], for a data object that has to be there.
///
/// # Errors
/// [`TlvError::Missing`] if it is not, or what [`find`] says.
pub fn require(bytes: &[u8], tag: Tag) -> Result<&[u8], TlvError> {
    find(bytes, tag)?.ok_or(TlvError::Missing(tag))
}

/// Iterates over a sequence of data objects; ends after the first error.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Tlv<'a>, TlvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match read(self.rest) {
            Ok((tlv, rest)) => {
                self.rest = rest;
                Some(Ok(tlv))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl core::iter::FusedIterator for Reader<'_> {}

fn read_length(bytes: &[u8]) -> Result<(usize, &[u8]), TlvError> {
    let (&first, rest) = bytes.split_first().ok_or(TlvError::Truncated)?;
    let (count, shortest) = match first {
        0..=0x7F => return Ok((usize::from(first), rest)),
        0x81 => (1, 0x80),
        0x82 => (2, 0x100),
        0x83 => (3, 0x1_0000),
        _ => return Err(TlvError::InvalidLength),
    };
    let (digits, rest) = rest.split_at_checked(count).ok_or(TlvError::Truncated)?;
    let length = digits
        .iter()
        .fold(0, |length, digit| length << 8 | usize::from(*digit));
    if length < shortest {
        Err(TlvError::InvalidLength)
    } else {
        Ok((length, rest))
    }
}
