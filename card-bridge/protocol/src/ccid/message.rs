//! Messages on the bulk pipes: `PC_to_RDR` (CCID 1.1 §6.1) and `RDR_to_PC` (§6.2).

use super::{
    bytes::{Fields, MessageBytes},
    functional::Voltage,
    parameters::Parameters,
    slot_error::SlotError,
};

/// The length of every message's header.
pub const HEADER: usize = 10;

/// The reader broke the rules of messages. What follows on the pipe makes no sense
/// any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// No message of readers has this bMessageType.
    #[error("unknown message type {0:02X}")]
    Type(u8),
    /// dwLength makes the message longer than dwMaxCCIDMessageLength.
    #[error("message of {0} bytes of data is too long")]
    TooLong(u32),
    /// More bytes than dwLength announced.
    #[error("{0} bytes after the message")]
    TrailingBytes(usize),
    /// bmICCStatus or bmCommandStatus is 3, which the standard keeps.
    #[error("reserved status {0:02X}")]
    Status(u8),
    /// An answer of another kind than the command's.
    #[error("answer of type {0:02X} to another command")]
    Kind(u8),
    /// A protocol data structure of no protocol's length.
    #[error("parameters make no sense")]
    Parameters,
    /// bChainParameter does not fit what went before.
    #[error("unexpected chain parameter {0:02X}")]
    Chain(u8),
    /// Too many transfers without a byte.
    #[error("nothing but empty transfers")]
    EmptyTransfers,
    /// Too many answers to commands of before.
    #[error("{0} answers to other commands")]
    LateAnswers(u32),
    /// Too many requests for more time.
    #[error("reader asked for more time {0} times")]
    TimeExtensions(u32),
    /// A notification on the interrupt pipe that does not add up.
    #[error("notification of {0} bytes makes no sense")]
    Notification(usize),
}

/// A command to the reader.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    /// §6.1.1; `None` leaves the voltage to the reader.
    IccPowerOn(Option<Voltage>),
    /// §6.1.2.
    IccPowerOff,
    /// §6.1.3.
    GetSlotStatus,
    /// §6.1.4. Its data may hold a PIN, so nothing here prints it.
    XfrBlock(Transfer<'a>),
    /// §6.1.5.
    GetParameters,
    /// §6.1.6.
    ResetParameters,
    /// §6.1.7.
    SetParameters(&'a Parameters),
    /// §6.1.13.
    Abort,
    /// §6.1.14: kHz and bit/s.
    SetDataRateAndClockFrequency(u32, u32),
}

/// What an `XfrBlock` carries.
#[derive(Clone, Copy)]
pub(super) struct Transfer<'a> {
    /// bBWI: how many block waiting times the reader waits for the card.
    pub(super) waiting: u8,
    /// wLevelParameter.
    pub(super) level: u16,
    pub(super) data: &'a [u8],
}

impl core::fmt::Debug for Transfer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Transfer({} bytes)", self.data.len())
    }
}

/// bMessageType of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnswerKind {
    /// `80`, §6.2.1.
    DataBlock,
    /// `81`, §6.2.2.
    SlotStatus,
    /// `82`, §6.2.3.
    Parameters,
    /// `83`, §6.2.4: to a command that is not sent from here.
    Escape,
    /// `84`, §6.2.5.
    DataRateAndClockFrequency,
}

impl AnswerKind {
    /// The kind with this bMessageType.
    ///
    /// # Errors
    /// [`MessageError::Type`].
    pub const fn from_code(code: u8) -> Result<Self, MessageError> {
        match code {
            0x80 => Ok(Self::DataBlock),
            0x81 => Ok(Self::SlotStatus),
            0x82 => Ok(Self::Parameters),
            0x83 => Ok(Self::Escape),
            0x84 => Ok(Self::DataRateAndClockFrequency),
            other => Err(MessageError::Type(other)),
        }
    }

    /// bMessageType.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::DataBlock => 0x80,
            Self::SlotStatus => 0x81,
            Self::Parameters => 0x82,
            Self::Escape => 0x83,
            Self::DataRateAndClockFrequency => 0x84,
        }
    }
}

impl Request<'_> {
    const fn code(&self) -> u8 {
        match self {
            Self::IccPowerOn(_) => 0x62,
            Self::IccPowerOff => 0x63,
            Self::GetSlotStatus => 0x65,
            Self::XfrBlock(_) => 0x6F,
            Self::GetParameters => 0x6C,
            Self::ResetParameters => 0x6D,
            Self::SetParameters(_) => 0x61,
            Self::Abort => 0x72,
            Self::SetDataRateAndClockFrequency(..) => 0x73,
        }
    }

    /// What answers it.
    pub(super) const fn answer(&self) -> AnswerKind {
        match self {
            Self::IccPowerOn(_) | Self::XfrBlock(_) => AnswerKind::DataBlock,
            Self::IccPowerOff | Self::GetSlotStatus | Self::Abort => AnswerKind::SlotStatus,
            Self::GetParameters | Self::ResetParameters | Self::SetParameters(_) => {
                AnswerKind::Parameters
            }
            Self::SetDataRateAndClockFrequency(..) => AnswerKind::DataRateAndClockFrequency,
        }
    }

    /// The last three bytes of the header.
    const fn specific(&self) -> [u8; 3] {
        match self {
            Self::IccPowerOn(None)
            | Self::IccPowerOff
            | Self::GetSlotStatus
            | Self::GetParameters
            | Self::ResetParameters
            | Self::Abort
            | Self::SetDataRateAndClockFrequency(..) => [0; 3],
            Self::IccPowerOn(Some(Voltage::Five)) => [1, 0, 0],
            Self::IccPowerOn(Some(Voltage::Three)) => [2, 0, 0],
            Self::IccPowerOn(Some(Voltage::OnePointEight)) => [3, 0, 0],
            Self::XfrBlock(transfer) => {
                let [low, high] = transfer.level.to_le_bytes();
                [transfer.waiting, low, high]
            }
            Self::SetParameters(parameters) => [parameters.protocol().number(), 0, 0],
        }
    }

    /// The bytes of the message.
    pub(super) fn encode(&self, slot: u8, sequence: u8) -> MessageBytes {
        match self {
            Self::XfrBlock(transfer) => self.frame(slot, sequence, transfer.data),
            Self::SetParameters(parameters) => self.frame(slot, sequence, &parameters.encode()),
            Self::SetDataRateAndClockFrequency(clock, rate) => {
                let data = [clock.to_le_bytes(), rate.to_le_bytes()].concat();
                self.frame(slot, sequence, &data)
            }
            _ => self.frame(slot, sequence, &[]),
        }
    }

    fn frame(&self, slot: u8, sequence: u8, data: &[u8]) -> MessageBytes {
        // (What is sent is cut to dwMaxCCIDMessageLength before.)
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
        MessageBytes::concat(&[
            &[self.code()],
            &length,
            &[slot, sequence],
            &self.specific(),
            data,
        ])
    }
}

/// bmICCStatus: what is in the slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IccStatus {
    /// A card, powered.
    Active,
    /// A card, not powered.
    Inactive,
    /// No card.
    Absent,
}

/// bmCommandStatus.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CommandStatus {
    /// Processed without error.
    Processed,
    /// Failed.
    Failed(SlotError),
    /// Not ready yet: more time, so many times the block or work waiting time.
    TimeExtension(u8),
}

/// The header of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AnswerHeader {
    /// bMessageType.
    pub kind: AnswerKind,
    /// dwLength.
    pub length: u32,
    /// bSlot.
    pub slot: u8,
    /// bSeq: the command's.
    pub sequence: u8,
    /// bmICCStatus.
    pub icc: IccStatus,
    /// bmCommandStatus and bError.
    pub status: CommandStatus,
    /// The last byte: bChainParameter, bClockStatus or bProtocolNum.
    pub specific: u8,
}

impl AnswerHeader {
    /// Reads the ten bytes.
    ///
    /// # Errors
    /// [`MessageError::Type`] or [`MessageError::Status`].
    pub fn parse(header: &[u8; HEADER]) -> Result<Self, MessageError> {
        let &[
            kind,
            l0,
            l1,
            l2,
            l3,
            slot,
            sequence,
            status,
            error,
            specific,
        ] = header;
        let icc = match status & 0x03 {
            0 => IccStatus::Active,
            1 => IccStatus::Inactive,
            2 => IccStatus::Absent,
            _ => return Err(MessageError::Status(status)),
        };
        Ok(Self {
            kind: AnswerKind::from_code(kind)?,
            length: u32::from_le_bytes([l0, l1, l2, l3]),
            slot,
            sequence,
            icc,
            status: match status >> 6 {
                0 => CommandStatus::Processed,
                1 => CommandStatus::Failed(SlotError::from_code(error)),
                2 => CommandStatus::TimeExtension(error),
                _ => return Err(MessageError::Status(status)),
            },
            specific,
        })
    }
}

/// An answer of the reader.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// Its header.
    pub header: AnswerHeader,
    /// abData.
    pub data: Vec<u8>,
}

/// dwClockFrequency in kHz and dwDataRate in bit/s, as the reader set them (§6.2.5).
///
/// # Errors
/// [`MessageError::Parameters`].
pub fn parse_clock_and_rate(data: &[u8]) -> Result<(u32, u32), MessageError> {
    let mut fields = Fields(data);
    match (fields.double_word(), fields.double_word(), fields.0) {
        (Some(clock), Some(rate), []) => Ok((clock, rate)),
        _ => Err(MessageError::Parameters),
    }
}
