//! Messages on the bulk endpoints: ten bytes and `abData` (CCID 1.1 sections 6.1, 6.2).

use super::status::{Icc, Outcome};

pub(super) const HEADER: usize = 10;

/// bMessageType from the host (table 6.1-1).
pub(super) mod command {
    pub(crate) const SET_PARAMETERS: u8 = 0x61;
    pub(crate) const ICC_POWER_ON: u8 = 0x62;
    pub(crate) const ICC_POWER_OFF: u8 = 0x63;
    pub(crate) const GET_SLOT_STATUS: u8 = 0x65;
    pub(crate) const SECURE: u8 = 0x69;
    pub(crate) const ESCAPE: u8 = 0x6B;
    pub(crate) const GET_PARAMETERS: u8 = 0x6C;
    pub(crate) const RESET_PARAMETERS: u8 = 0x6D;
    pub(crate) const XFR_BLOCK: u8 = 0x6F;
    pub(crate) const ABORT: u8 = 0x72;
    pub(crate) const SET_DATA_RATE: u8 = 0x73;
}

/// bMessageType to the host (table 6.2-1): which one answers a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `RDR_to_PC_DataBlock`.
    DataBlock = 0x80,
    /// `RDR_to_PC_SlotStatus`.
    SlotStatus = 0x81,
    /// `RDR_to_PC_Parameters`.
    Parameters = 0x82,
    /// `RDR_to_PC_Escape`.
    Escape = 0x83,
    /// `RDR_to_PC_DataRateAndClockFrequency`.
    DataRate = 0x84,
}

impl Kind {
    /// What answers a command. One that is not known is answered by the slot's status.
    pub(super) const fn answering(command: u8) -> Self {
        match command {
            command::ICC_POWER_ON | command::XFR_BLOCK | command::SECURE => Self::DataBlock,
            command::GET_PARAMETERS | command::RESET_PARAMETERS | command::SET_PARAMETERS => {
                Self::Parameters
            }
            command::ESCAPE => Self::Escape,
            command::SET_DATA_RATE => Self::DataRate,
            _ => Self::SlotStatus,
        }
    }
}

/// A message from the host.
#[derive(Clone)]
pub(super) struct Command {
    /// bMessageType.
    pub(super) code: u8,
    /// bSlot.
    pub(super) slot: u8,
    /// bSeq.
    pub(super) seq: u8,
    /// The three bytes that each command uses in its own way.
    pub(super) specific: [u8; 3],
    /// abData.
    pub(super) data: Vec<u8>,
}

impl Command {
    /// wLevelParameter of `XfrBlock`.
    pub(super) const fn level_parameter(&self) -> u16 {
        let [_, low, high] = self.specific;
        u16::from_le_bytes([low, high])
    }
}

/// What is there of a message.
pub(super) enum Incoming {
    /// The rest is still to come.
    Partial,
    /// All of it.
    Whole(Command),
    /// Its dwLength is not that of what came, or more than this reader takes.
    WrongLength(Command),
}

/// Looks whether a message is complete. A short packet ends one (USB 2.0 section 5.8.3).
pub(super) fn assemble(bytes: &[u8], longest: u32, is_ended: bool) -> Option<Incoming> {
    let Some((head, data)) = bytes.split_first_chunk::<HEADER>() else {
        // What has no header can't be answered.
        return (!is_ended).then_some(Incoming::Partial);
    };
    let &[code, l0, l1, l2, l3, slot, seq, a, b, c] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let mut command = Command {
        code,
        slot,
        seq,
        specific: [a, b, c],
        data: Vec::new(),
    };
    let limit = longest.saturating_sub(u32::try_from(HEADER).unwrap_or(u32::MAX));
    let has = u32::try_from(data.len()).unwrap_or(u32::MAX);
    if length > limit || has > length || (has < length && is_ended) {
        return Some(Incoming::WrongLength(command));
    }
    if has < length {
        return Some(Incoming::Partial);
    }
    command.data = data.to_vec();
    Some(Incoming::Whole(command))
}

/// A message to the host; `specific` is its last byte, which each kind uses in its own way.
pub(super) fn answer(
    kind: Kind,
    (slot, seq): (u8, u8),
    (outcome, icc): (Outcome, Icc),
    specific: u8,
    data: &[u8],
) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let [status, error] = outcome.bytes(icc);
    let mut bytes = vec![kind as u8];
    bytes.extend(length);
    bytes.extend([slot, seq, status, error, specific]);
    bytes.extend_from_slice(data);
    bytes
}
