//! Bytes on their way to the reader, and the reading of numbers that come from there.

use core::{fmt, ops::Deref};

use zeroize::Zeroizing;

/// A message or a block. It may hold a PIN, so it is wiped on drop, and shown by its
/// length only.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct MessageBytes(Zeroizing<Vec<u8>>);

impl MessageBytes {
    /// Takes the parts one after the other. The room is made at once: a vector that
    /// grows leaves what it held behind.
    pub(super) fn concat(parts: &[&[u8]]) -> Self {
        let length = parts.iter().map(|part| part.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }
}

impl Deref for MessageBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for MessageBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for MessageBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageBytes({} bytes)", self.0.len())
    }
}

/// Little-endian fields, one after the other.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (&field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(field)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    pub(super) fn word(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub(super) fn double_word(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}
