//! Putting an answer together from what transfers bring (CCID 1.1 §6: a message is one
//! transfer; USB 2.0 §5.8.3: which may come in several packets, and end with an empty
//! one). However the bytes are cut, the answer is the same.

use super::message::{Answer, AnswerHeader, HEADER, MessageError};

/// Empty transfers in a row that are taken for the end of a message before.
const MOST_EMPTY: u8 = 16;

/// The bytes of one answer, as far as they are there.
#[derive(Debug)]
pub(super) struct Assembly {
    /// dwMaxCCIDMessageLength.
    most: usize,
    packet: usize,
    bytes: Vec<u8>,
    empty: u8,
}

impl Assembly {
    pub(super) fn new(most: usize, packet: u16) -> Self {
        Self {
            most,
            packet: usize::from(packet.max(1)),
            bytes: Vec::new(),
            empty: 0,
        }
    }

    /// How many bytes to read next: a packet, and, once the header is there, what is
    /// missing, in whole packets. So a reader is never waited for which ends a message
    /// of whole packets with an empty one, nor one which does not.
    pub(super) fn wanted(&self) -> usize {
        let missing = match self.header() {
            Ok(Some(header)) => Self::total(&header).saturating_sub(self.bytes.len()),
            _ => 0,
        };
        missing
            .div_ceil(self.packet)
            .max(1)
            .saturating_mul(self.packet)
    }

    /// Takes the bytes of a transfer, and gives the answer once it is whole.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Option<Answer>, MessageError> {
        if bytes.is_empty() {
            self.empty += 1;
            return if self.empty > MOST_EMPTY {
                Err(MessageError::EmptyTransfers)
            } else {
                Ok(None)
            };
        }
        self.empty = 0;
        if self.bytes.len().saturating_add(bytes.len()) > self.most.max(HEADER) + self.packet {
            // More than any message and its last packet: not worth keeping.
            return Err(MessageError::TrailingBytes(bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
        let Some(header) = self.header()? else {
            return Ok(None);
        };
        let total = Self::total(&header);
        if total > self.most {
            return Err(MessageError::TooLong(header.length));
        }
        match self.bytes.len().checked_sub(total) {
            None => Ok(None),
            Some(0) => {
                let bytes = core::mem::take(&mut self.bytes);
                Ok(Some(Answer {
                    header,
                    data: bytes.get(HEADER..).unwrap_or_default().to_vec(),
                }))
            }
            Some(more) => Err(MessageError::TrailingBytes(more)),
        }
    }

    fn header(&self) -> Result<Option<AnswerHeader>, MessageError> {
        self.bytes
            .first_chunk()
            .map(AnswerHeader::parse)
            .transpose()
    }

    fn total(header: &AnswerHeader) -> usize {
        usize::try_from(header.length)
            .unwrap_or(usize::MAX)
            .saturating_add(HEADER)
    }
}
