//! What the reader can do: the 54 bytes of the class that follow the interface's
//! descriptor (CCID 1.1 section 5.1).

use super::options::{Level, Options};

pub(super) const LENGTH: u8 = 54;
/// bDescriptorType: functional descriptor of the class.
const TYPE: u8 = 0x21;
const RELEASE: u16 = 0x0110;

/// In kHz. The cards have no clock; what stands here is what ISO/IEC 7816-3 begins with.
pub(super) const CLOCK: u32 = 4000;
/// In bits per second, of that clock by 372.
pub(super) const DATA_RATE: u32 = 10752;

/// dwFeatures: what the reader does by itself.
mod feature {
    pub(super) const VOLTAGE: u32 = 0x08;
    pub(super) const CLOCK: u32 = 0x10;
    pub(super) const BAUD_RATE: u32 = 0x20;
    /// Parameters from the answer to reset, PPS, and IFSD: at the levels of APDUs only.
    pub(super) const PARAMETERS: u32 = 0x02;
    pub(super) const PPS: u32 = 0x80;
    pub(super) const IFSD: u32 = 0x400;
    pub(super) const TPDU: u32 = 0x0001_0000;
    pub(super) const SHORT_APDU: u32 = 0x0002_0000;
    pub(super) const EXTENDED_APDU: u32 = 0x0004_0000;
}

/// dwProtocols: a bit for each protocol that the reader speaks with the card.
pub(super) const fn protocols(level: Level) -> u32 {
    match level {
        Level::TpduT0 => 1,
        Level::ExtendedApdu | Level::ShortApdu | Level::TpduT1 => 2,
    }
}

const fn features(level: Level) -> u32 {
    use feature::{
        BAUD_RATE, CLOCK, EXTENDED_APDU, IFSD, PARAMETERS, PPS, SHORT_APDU, TPDU, VOLTAGE,
    };
    let electrical = VOLTAGE | CLOCK | BAUD_RATE;
    let protocol = PARAMETERS | PPS | IFSD;
    match level {
        Level::ExtendedApdu => electrical | protocol | EXTENDED_APDU,
        Level::ShortApdu => electrical | protocol | SHORT_APDU,
        Level::TpduT1 | Level::TpduT0 => electrical | TPDU,
    }
}

pub(super) fn class_descriptor(options: &Options) -> Vec<u8> {
    const NONE: u32 = 0;
    const MAX_IFSD: u32 = 254;
    let mut bytes = vec![LENGTH, TYPE];
    bytes.extend(RELEASE.to_le_bytes());
    // bMaxSlotIndex, bVoltageSupport (5 V, 3 V, 1.8 V)
    bytes.extend([0, 7]);
    bytes.extend(protocols(options.level).to_le_bytes());
    // Default and highest clock, and how many there are in between.
    bytes.extend(CLOCK.to_le_bytes());
    bytes.extend(CLOCK.to_le_bytes());
    bytes.push(0);
    bytes.extend(DATA_RATE.to_le_bytes());
    bytes.extend(DATA_RATE.to_le_bytes());
    bytes.push(0);
    bytes.extend(MAX_IFSD.to_le_bytes());
    // dwSynchProtocols, dwMechanical
    bytes.extend(NONE.to_le_bytes());
    bytes.extend(NONE.to_le_bytes());
    bytes.extend(features(options.level).to_le_bytes());
    bytes.extend(options.longest_message().to_le_bytes());
    // bClassGetResponse, bClassEnvelope: the command's own class
    bytes.extend([0xFF, 0xFF]);
    // wLcdLayout, bPINSupport, bMaxCCIDBusySlots
    bytes.extend([0, 0, 0, 1]);
    bytes
}
