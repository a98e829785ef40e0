//! Writing data objects, with lengths in their shortest form.

use super::Tag;

/// Collects data objects.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Starts with nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Adds a data object.
    ///
    /// (A value of 16 MiB or more is written correctly, but the reader of this
    /// crate refuses it: no card has such a thing.)
    #[must_use]
    pub fn push(mut self, tag: Tag, value: &[u8]) -> Self {
        tag.write(&mut self.bytes);
        write_length(&mut self.bytes, value.len());
        self.bytes.extend_from_slice(value);
        self
    }

    /// Adds a data object whose value is the data objects of `inner`.
    #[must_use]
    pub fn nest(self, tag: Tag, inner: &Self) -> Self {
        self.push(tag, &inner.bytes)
    }

    /// The bytes of all data objects, in order.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn write_length(bytes: &mut Vec<u8>, length: usize) {
    let digits = length.to_be_bytes();
    if let (Ok(short), true) = (u8::try_from(length), length < 0x80) {
        bytes.push(short);
        return;
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    let [.., count] = digits.len().to_be_bytes();
    bytes.push(0x80 | count);
    bytes.extend_from_slice(digits);
}
