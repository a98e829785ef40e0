//! What ends a session's command without a result.

use super::{
    UnsupportedReader, message::MessageError, pps::PpsError, slot_error::SlotError, t1::T1Error,
};
use crate::{CardError, atr::AtrError};

/// Why there is no result. Except after [`Self::Message`] the session goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SessionError {
    /// The reader broke the rules of messages: it has to be reset.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The reader says that the command failed.
    #[error("reader: {0}")]
    Reader(SlotError),
    /// There is no card in the slot.
    #[error("no card in the slot")]
    CardAbsent,
    /// The card was taken out: the reader says that there is none.
    #[error("card was removed")]
    CardRemoved,
    /// The card does not answer, or has no power any more: a bad contact, or it was taken
    /// out and another one may be there.
    #[error("card is mute")]
    CardMute,
    /// An electrical fault of card or reader.
    #[error("hardware error")]
    HardwareError,
    /// The slot is busy with another command.
    #[error("slot is busy")]
    SlotBusy,
    /// The reader says that the command was aborted, and nobody asked for that.
    #[error("command was aborted")]
    Aborted,
    /// The card's answer to reset makes no sense.
    #[error(transparent)]
    Atr(#[from] AtrError),
    /// Card and reader have no protocol, or no transmission parameters, in common.
    #[error("card and reader have no protocol in common")]
    NothingInCommon,
    /// The card did not agree to protocol and parameters.
    #[error(transparent)]
    Pps(#[from] PpsError),
    /// The card broke the block protocol.
    #[error(transparent)]
    T1(#[from] T1Error),
    /// The card's answer is longer than the limit.
    #[error("card answered with more than {0} bytes")]
    ResponseTooLong(usize),
    /// The reader's answer did not come to an end.
    #[error("answer did not come to an end in {0} rounds")]
    TooManyRounds(u32),
    /// The APDU is none that this level of exchange carries, or longer than the
    /// reader's messages.
    #[error("reader does not carry an APDU of {0} bytes like this one")]
    NotCarried(usize),
    /// No card is powered.
    #[error("no card is powered")]
    NotActivated,
    /// The caller's own mistake: another command is still running.
    #[error("another command is running")]
    Running,
    /// The reader broke the rules of messages before.
    #[error("reader is out of step")]
    OutOfStep,
}

impl SessionError {
    /// Whether only a reset of the reader, and a new session, help.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Message(_) | Self::OutOfStep)
    }
}

impl From<SessionError> for CardError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::CardAbsent | SessionError::NotActivated => Self::NoCard,
            SessionError::CardRemoved => Self::CardRemoved,
            // A command that we abort ends with an outcome (`Outcome::Aborted`). What the
            // reader aborts by itself the card may have carried out.
            SessionError::CardMute
            | SessionError::T1(T1Error::Unresponsive)
            | SessionError::Aborted => Self::CardMute,
            SessionError::SlotBusy | SessionError::Running => Self::Busy,
            SessionError::Atr(_) | SessionError::NothingInCommon | SessionError::Pps(_) => {
                Self::UnsupportedCard
            }
            SessionError::Message(_)
            | SessionError::Reader(_)
            | SessionError::HardwareError
            | SessionError::T1(_)
            | SessionError::ResponseTooLong(_)
            | SessionError::TooManyRounds(_)
            | SessionError::NotCarried(_)
            | SessionError::OutOfStep => Self::ReaderError,
        }
    }
}

impl From<UnsupportedReader> for CardError {
    fn from(_unsupported: UnsupportedReader) -> Self {
        Self::ReaderError
    }
}

#[cfg(test)]
mod tests {
    use super::SessionError;
    use crate::{
        CardError,
        atr::AtrError,
        ccid::{MessageError, PpsError, SlotError, t1::T1Error},
    };

    #[test]
    fn each_error_has_one_that_a_person_can_be_told() {
        for (error, expected) in [
            (SessionError::CardAbsent, CardError::NoCard),
            (SessionError::NotActivated, CardError::NoCard),
            (SessionError::CardRemoved, CardError::CardRemoved),
            (SessionError::CardMute, CardError::CardMute),
            (T1Error::Unresponsive.into(), CardError::CardMute),
            (T1Error::Resynchronised.into(), CardError::ReaderError),
            (SessionError::SlotBusy, CardError::Busy),
            (SessionError::Running, CardError::Busy),
            (SessionError::Aborted, CardError::CardMute),
            (AtrError::CheckByte.into(), CardError::UnsupportedCard),
            (PpsError.into(), CardError::UnsupportedCard),
            (SessionError::NothingInCommon, CardError::UnsupportedCard),
            (SessionError::HardwareError, CardError::ReaderError),
            (
                SessionError::Reader(SlotError::Overrun),
                CardError::ReaderError,
            ),
            (MessageError::Type(9).into(), CardError::ReaderError),
            (SessionError::OutOfStep, CardError::ReaderError),
        ] {
            assert_eq!(CardError::from(error), expected, "{error}");
            let is_fatal = matches!(error, SessionError::Message(_) | SessionError::OutOfStep);
            assert_eq!(error.is_fatal(), is_fatal);
        }
    }
}
