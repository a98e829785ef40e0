//! BER-TLV as smart cards use it (ISO/IEC 7816-4 §5.2.2, annex E): tags of one
//! to three bytes, definite lengths in their shortest form. Strict: anything
//! else is an error and never a guess, and no input makes the reader panic.

mod reader;
mod tag;
mod writer;

pub use reader::{Reader, Tlv, find, read, read_only, require};
pub use tag::Tag;
pub use writer::Writer;

/// Bytes that are not strict BER-TLV.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TlvError {
    /// The bytes end within a tag, a length or a value.
    #[error("data object is cut off")]
    Truncated,
    /// A tag of 00, of more than three bytes, or not in its shortest form.
    #[error("invalid tag")]
    InvalidTag,
    /// Indefinite, of more than three bytes, or not in its shortest form.
    #[error("invalid length")]
    InvalidLength,
    /// Something follows where one data object was all there should be.
    #[error("{0} bytes after the data object")]
    TrailingBytes(usize),
    /// The data object that has to be there is not.
    #[error("no data object {0}")]
    Missing(Tag),
}
