//! What the card answers: data and a status word.

use iso7816::Status;

/// A response before it is cut to what the terminal expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    /// The data field.
    pub(crate) data: Vec<u8>,
    /// SW1 SW2.
    pub(crate) status: u16,
}

impl Response {
    /// An answer with data, which always means `9000`.
    pub(crate) fn success(data: Vec<u8>) -> Self {
        Self {
            data,
            status: Status::Success.into(),
        }
    }

    /// An answer without data.
    pub(crate) fn status(status: Status) -> Self {
        Self {
            data: Vec::new(),
            status: status.into(),
        }
    }

    /// The bytes on the wire.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.data;
        bytes.extend_from_slice(&self.status.to_be_bytes());
        bytes
    }
}
