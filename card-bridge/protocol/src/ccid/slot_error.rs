//! Why a command to the reader failed: bError when bmCommandStatus is 1 (CCID 1.1
//! §6.2.6, table 6.2-2).

/// What the reader says.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum SlotError {
    /// `FF`: the host aborted the command.
    #[error("command was aborted")]
    CommandAborted,
    /// `FE`: the card does not answer, or there is none.
    #[error("card is mute")]
    IccMute,
    /// `FD`: parity error while talking to the card.
    #[error("parity error")]
    ParityError,
    /// `FC`: the card said more than the reader had room for.
    #[error("overrun")]
    Overrun,
    /// `FB`: something is wrong electrically.
    #[error("hardware error")]
    Hardware,
    /// `F8`: the answer to reset has a bad TS.
    #[error("bad initial byte in the answer to reset")]
    BadAtrTs,
    /// `F7`: the answer to reset has a bad TCK.
    #[error("bad check byte in the answer to reset")]
    BadAtrTck,
    /// `F6`: the reader does not carry the card's protocol.
    #[error("reader does not carry the card's protocol")]
    IccProtocolNotSupported,
    /// `F5`: the reader does not power the card's class.
    #[error("reader does not carry the card's class")]
    IccClassNotSupported,
    /// `F4`: a procedure byte that does not fit (T=0).
    #[error("procedure byte conflict")]
    ProcedureByteConflict,
    /// `F3`: the protocol is switched off.
    #[error("protocol is deactivated")]
    DeactivatedProtocol,
    /// `F2`: the reader is busy with what it does by itself.
    #[error("busy with an automatic sequence")]
    BusyWithAutoSequence,
    /// `F0`: nobody typed a PIN at the reader.
    #[error("no PIN was typed in time")]
    PinTimeout,
    /// `EF`: somebody cancelled at the reader.
    #[error("PIN was cancelled")]
    PinCancelled,
    /// `E0`: a second command to a slot that has one.
    #[error("slot is busy")]
    SlotBusy,
    /// `00`: the reader has no such command.
    #[error("reader does not know the command")]
    CommandNotSupported,
    /// `01` to `7F`: the field at this index of the message is wrong or not supported.
    #[error("reader does not take field {0} of the message")]
    Parameter(u8),
    /// `81` to `C0`: the maker's own.
    #[error("maker's error {0:02X}")]
    Vendor(u8),
    /// The others, which the standard keeps.
    #[error("reserved error {0:02X}")]
    Reserved(u8),
}

impl SlotError {
    /// What bError means.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0xFF => Self::CommandAborted,
            0xFE => Self::IccMute,
            0xFD => Self::ParityError,
            0xFC => Self::Overrun,
            0xFB => Self::Hardware,
            0xF8 => Self::BadAtrTs,
            0xF7 => Self::BadAtrTck,
            0xF6 => Self::IccProtocolNotSupported,
            0xF5 => Self::IccClassNotSupported,
            0xF4 => Self::ProcedureByteConflict,
            0xF3 => Self::DeactivatedProtocol,
            0xF2 => Self::BusyWithAutoSequence,
            0xF0 => Self::PinTimeout,
            0xEF => Self::PinCancelled,
            0xE0 => Self::SlotBusy,
            0x00 => Self::CommandNotSupported,
            0x01..=0x7F => Self::Parameter(code),
            0x81..=0xC0 => Self::Vendor(code),
            _ => Self::Reserved(code),
        }
    }

    /// bError.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::CommandAborted => 0xFF,
            Self::IccMute => 0xFE,
            Self::ParityError => 0xFD,
            Self::Overrun => 0xFC,
            Self::Hardware => 0xFB,
            Self::BadAtrTs => 0xF8,
            Self::BadAtrTck => 0xF7,
            Self::IccProtocolNotSupported => 0xF6,
            Self::IccClassNotSupported => 0xF5,
            Self::ProcedureByteConflict => 0xF4,
            Self::DeactivatedProtocol => 0xF3,
            Self::BusyWithAutoSequence => 0xF2,
            Self::PinTimeout => 0xF0,
            Self::PinCancelled => 0xEF,
            Self::SlotBusy => 0xE0,
            Self::CommandNotSupported => 0x00,
            Self::Parameter(code) | Self::Vendor(code) | Self::Reserved(code) => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SlotError;

    #[test]
    fn every_code_is_one_error_and_back() {
        for code in 0..=u8::MAX {
            assert_eq!(SlotError::from_code(code).code(), code);
        }
        let named = (0x80..=u8::MAX)
            .map(SlotError::from_code)
            .filter(|error| !matches!(error, SlotError::Vendor(_) | SlotError::Reserved(_)));
        assert_eq!(named.count(), 15);
        assert_eq!(SlotError::from_code(0xC0), SlotError::Vendor(0xC0));
        assert_eq!(SlotError::from_code(0x80), SlotError::Reserved(0x80));
        assert_eq!(SlotError::from_code(0xC1), SlotError::Reserved(0xC1));
    }
}
