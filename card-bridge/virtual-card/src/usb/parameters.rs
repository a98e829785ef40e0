//! The parameters of the protocol between reader and card (CCID 1.1 section 6.1.7).

use super::{
    options::{Level, Options},
    status::SlotError,
};

/// Where `abProtocolDataStructure` begins in the message: errors name a place in it.
const START: u8 = 10;
const PROTOCOL_NUMBER: u8 = 7;
const LENGTH: u8 = 1;

/// What the card's answer to reset says, and what was set since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// bProtocolNum.
    pub(super) protocol: u8,
    /// abProtocolDataStructure.
    pub(super) data: Vec<u8>,
}

impl Parameters {
    /// Those that `ResetParameters` returns to.
    pub(super) fn of(options: &Options) -> Self {
        match options.level {
            // Fi/Di, TCCKS, guard time, waiting integer, clock stop
            Level::TpduT0 => Self {
                protocol: 0,
                data: vec![0x11, 0x00, 0x00, 0x0A, 0x00],
            },
            // Fi/Di, LRC, guard time, BWI and CWI, clock stop, IFSC, NAD
            Level::TpduT1 | Level::ShortApdu | Level::ExtendedApdu => Self {
                protocol: 1,
                data: vec![0x11, 0x10, 0x00, 0x4D, 0x00, options.block, 0x00],
            },
        }
    }

    /// Takes what the host sets.
    ///
    /// # Errors
    /// The place of what this reader can't do.
    pub(super) fn set(&mut self, protocol: u8, data: &[u8]) -> Result<(), SlotError> {
        if protocol != self.protocol {
            return Err(SlotError::At(PROTOCOL_NUMBER));
        }
        if data.len() != self.data.len() {
            return Err(SlotError::At(LENGTH));
        }
        let is_good = |place: usize, value: u8| match (protocol, place) {
            // No bits are sent anywhere, so any speed but "reserved" will do.
            (_, 0) => !matches!(value >> 4, 7 | 8 | 14 | 15) && value & 0x0F != 0,
            // Direct or inverse convention.
            (0, 1) => value & !0x02 == 0,
            // A redundancy code of one byte; direct or inverse convention.
            (1, 1) => value & !0x02 == 0x10,
            (_, 4) => value <= 3,
            (1, 5) => (1..=254).contains(&value),
            // NAD: one card, no addresses.
            (1, 6) => value == 0,
            _ => true,
        };
        let wrong = data
            .iter()
            .zip(START..)
            .enumerate()
            .find(|(place, (value, _))| !is_good(*place, **value));
        if let Some((_, (_, place))) = wrong {
            return Err(SlotError::At(place));
        }
        self.data = data.to_vec();
        Ok(())
    }
}
