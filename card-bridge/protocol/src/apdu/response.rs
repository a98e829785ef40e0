//! The response APDU: data, then the two bytes of the status word.

use super::{ApduError, StatusWord};

/// What a card answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    data: Vec<u8>,
    status: StatusWord,
}

impl Response {
    /// A response with data, as a card makes it.
    #[must_use]
    pub fn new(data: impl Into<Vec<u8>>, status: StatusWord) -> Self {
        Self {
            data: data.into(),
            status,
        }
    }

    /// Reads the bytes of one response APDU.
    ///
    /// # Errors
    /// [`ApduError::TruncatedStatus`] if there are fewer than two bytes.
    pub fn parse(apdu: &[u8]) -> Result<Self, ApduError> {
        let Some((data, status)) = apdu.split_last_chunk::<2>() else {
            return Err(ApduError::TruncatedStatus(apdu.len()));
        };
        Ok(Self {
            data: data.to_vec(),
            status: StatusWord::from_bytes(*status),
        })
    }

    /// The bytes of this response as one APDU.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.data.len() + 2);
        bytes.extend_from_slice(&self.data);
        bytes.extend_from_slice(&self.status.to_bytes());
        bytes
    }

    /// The data, whatever the status says.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The status word.
    #[must_use]
    pub const fn status(&self) -> StatusWord {
        self.status
    }

    /// The data of a command that the card carried out (`9000`).
    ///
    /// # Errors
    /// The status word, if it is any other.
    pub fn success(&self) -> Result<&[u8], StatusWord> {
        if self.status.is_success() {
            Ok(&self.data)
        } else {
            Err(self.status)
        }
    }
}
