//! How a command went: bStatus and bError (CCID 1.1 section 6.2.6).

/// Why a command failed (table 6.2-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotError {
    /// Whoever asked aborted it.
    Aborted,
    /// The card does not answer, has no power, or is not there.
    Mute,
    /// The card's answer is longer than a message may be.
    Overrun,
    /// Another command of this slot is not answered yet.
    Busy,
    /// This reader does not know the command.
    NotSupported,
    /// What is wrong stands at this place of the message.
    At(u8),
}

impl SlotError {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Aborted => 0xFF,
            Self::Mute => 0xFE,
            Self::Overrun => 0xFC,
            Self::Busy => 0xE0,
            Self::NotSupported => 0,
            Self::At(place) => place,
        }
    }
}

/// bmICCStatus: the card in the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icc {
    /// It is there and has power.
    Active = 0,
    /// It is there.
    Inactive = 1,
    /// There is none.
    Absent = 2,
}

/// bmCommandStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// It was not.
    Failed(SlotError),
    /// The card asks for this many times the wait that it has.
    TimeExtension(u8),
}

impl Outcome {
    /// bStatus and bError.
    pub(super) const fn bytes(self, icc: Icc) -> [u8; 2] {
        let icc = icc as u8;
        match self {
            Self::Done => [icc, 0],
            Self::Failed(error) => [0x40 | icc, error.code()],
            Self::TimeExtension(times) => [0x80 | icc, times],
        }
    }
}
