//! Application protocol data units (ISO/IEC 7816-4 §5): the command sent to a
//! card and its instruction, the response that comes back, and the status word
//! at its end.

mod command;
mod instruction;
mod response;
mod status;

pub use command::{CHAINING_BIT, Command, CommandBytes, MAX_EXTENDED_LE, MAX_SHORT_LE};
pub(crate) use command::{encode_extended, encode_short};
pub use instruction::Ins;
pub use response::Response;
pub use status::{StatusMeaning, StatusWord};

/// Bytes that are not an APDU.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ApduError {
    /// A command needs at least the four bytes of its header.
    #[error("command of {0} bytes has no complete header")]
    TruncatedHeader(usize),
    /// The length fields do not add up to the number of bytes there are.
    #[error("command's length fields do not fit its {0} bytes")]
    WrongLength(usize),
    /// More data than an extended APDU can carry.
    #[error("{0} bytes of command data are more than 65535")]
    DataTooLong(usize),
    /// An expected length of 0, or of more than 65536 bytes.
    #[error("expected length {0} is not between 1 and 65536")]
    ExpectedLength(u32),
    /// A response needs at least the two bytes of its status word.
    #[error("response of {0} bytes has no status word")]
    TruncatedStatus(usize),
}
