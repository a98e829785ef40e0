//! What may differ between two keys.

use std::time::Duration;

/// bInterfaceClass of the key's interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InterfaceClass {
    /// `FF`: a page may claim it.
    #[default]
    VendorSpecific,
    /// `0B`: smart card. Browsers keep it from pages; libccid takes any.
    SmartCard,
}

impl InterfaceClass {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::VendorSpecific => 0xFF,
            Self::SmartCard => 0x0B,
        }
    }
}

/// The level of exchange (CCID 1.1 section 5.1, dwFeatures).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Whole APDUs of any length, in several blocks where one is too small.
    #[default]
    ExtendedApdu,
    /// Whole APDUs with short lengths.
    ShortApdu,
    /// The blocks of T=1: whoever asks keeps its rules.
    TpduT1,
    /// The commands of T=0.
    TpduT0,
}

/// How a key is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who may open it.
    pub class: InterfaceClass,
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
    /// iSerialNumber, by which two keys of a kind differ.
    pub serial: String,
    /// What is passed in `XfrBlock`.
    pub level: Level,
    /// Whether it has the endpoint that tells of cards that come and go.
    pub has_interrupt: bool,
    /// dwMaxCCIDMessageLength of a key for extended APDUs; the others have 271.
    pub longest_message: u32,
    /// IFSC of a key at [`Level::TpduT1`] (ISO/IEC 7816-3 section 11.4.2).
    pub block: u8,
    /// How long the card takes for each command, besides.
    pub slow: Duration,
    /// When whoever waits for the card is told to go on waiting.
    pub patience: Duration,
}

impl Options {
    /// dwMaxCCIDMessageLength: the header and the longest `abData`.
    pub(super) const fn longest_message(&self) -> u32 {
        match self.level {
            Level::ExtendedApdu => self.longest_message,
            // CCID 1.1 section 5.1: a short APDU of 261 bytes.
            Level::ShortApdu | Level::TpduT1 | Level::TpduT0 => 271,
        }
    }
}

impl Default for Options {
    /// pid.codes' number for tests (1209:0001), extended APDUs, an interrupt endpoint.
    fn default() -> Self {
        Self {
            class: InterfaceClass::default(),
            vendor: 0x1209,
            product: 0x0001,
            serial: "VPIV0001".to_owned(),
            level: Level::default(),
            has_interrupt: true,
            longest_message: 2058,
            block: 254,
            slow: Duration::ZERO,
            patience: Duration::from_secs(1),
        }
    }
}
