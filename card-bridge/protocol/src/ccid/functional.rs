//! The functional descriptor (CCID 1.1 §5.1): what the reader is and does by itself.

use super::bytes::Fields;
use crate::atr::Protocol;

/// Its length.
const LENGTH: usize = 54;
/// Its bDescriptorType.
pub(super) const DESCRIPTOR_TYPE: u8 = 0x21;
/// The shortest dwMaxCCIDMessageLength that anything can be done with: the header, and
/// the longest answer to reset. (Readers of short APDUs have 271.)
const LEAST_MESSAGE: u32 = 10 + 33;
/// The longest message of the standard (§5.1, dwMaxCCIDMessageLength): the header, and
/// an extended APDU.
const MOST_MESSAGE: u32 = 10 + 65_544;

/// Bytes that are not a functional descriptor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FunctionalError {
    /// It has 54 bytes, and says so.
    #[error("functional descriptor of {0} bytes")]
    Length(usize),
    /// It is another descriptor.
    #[error("descriptor of type {0:02X} is not the functional one")]
    Type(u8),
    /// Messages so short carry no answer to reset.
    #[error("messages of {0} bytes are too short")]
    MessageLength(u32),
}

/// A reader that this is not written for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UnsupportedReader {
    /// It leaves single characters to the host: the host would keep the card's times.
    #[error("reader exchanges characters only")]
    CharacterLevel,
    /// It names more than one level of exchange.
    #[error("reader names several levels of exchange")]
    SeveralLevels,
    /// It carries neither T=0 nor T=1.
    #[error("reader carries neither T=0 nor T=1")]
    Protocols,
    /// There is no slot with this number.
    #[error("reader has no slot {0}")]
    Slot(u8),
}

/// What the host hands to the reader (§3.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExchangeLevel {
    /// What T=0 or T=1 makes of an APDU.
    Tpdu,
    /// APDUs of the short form.
    ShortApdu,
    /// APDUs of both forms, over several messages if need be.
    ExtendedApdu,
}

/// dwFeatures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Features(pub u32);

impl Features {
    const CONFIGURES: u32 = 0x02;
    const ACTIVATES: u32 = 0x04;
    const CHOOSES_VOLTAGE: u32 = 0x08;
    const CHANGES_CLOCK: u32 = 0x10;
    const CHANGES_RATE: u32 = 0x20;
    const NEGOTIATES: u32 = 0x40;
    const MAKES_PPS: u32 = 0x80;
    const EXCHANGES_IFSD: u32 = 0x400;
    const LEVELS: u32 = 0x7_0000;

    const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    /// Automatic parameter configuration based on ATR data.
    #[must_use]
    pub const fn configures_by_atr(self) -> bool {
        self.has(Self::CONFIGURES)
    }

    /// Automatic activation of the card on insertion, or automatic voltage selection:
    /// the host names no voltage.
    #[must_use]
    pub const fn chooses_voltage(self) -> bool {
        self.has(Self::CHOOSES_VOLTAGE | Self::ACTIVATES)
    }

    /// Automatic clock frequency and baud rate change according to Fi and Di.
    #[must_use]
    pub const fn changes_rate(self) -> bool {
        self.has(Self::CHANGES_RATE) && self.has(Self::CHANGES_CLOCK)
    }

    /// Automatic parameters negotiation: the host neither negotiates nor sets any.
    #[must_use]
    pub const fn negotiates(self) -> bool {
        self.has(Self::NEGOTIATES)
    }

    /// Automatic PPS according to the parameters that the host sets.
    #[must_use]
    pub const fn makes_pps(self) -> bool {
        self.has(Self::MAKES_PPS)
    }

    /// Automatic IFSD exchange as first exchange (T=1).
    #[must_use]
    pub const fn exchanges_ifsd(self) -> bool {
        self.has(Self::EXCHANGES_IFSD)
    }

    /// The level of exchange.
    ///
    /// # Errors
    /// [`UnsupportedReader::CharacterLevel`] or [`UnsupportedReader::SeveralLevels`].
    pub const fn level(self) -> Result<ExchangeLevel, UnsupportedReader> {
        match self.0 & Self::LEVELS {
            0 => Err(UnsupportedReader::CharacterLevel),
            0x1_0000 => Ok(ExchangeLevel::Tpdu),
            0x2_0000 => Ok(ExchangeLevel::ShortApdu),
            0x4_0000 => Ok(ExchangeLevel::ExtendedApdu),
            _ => Err(UnsupportedReader::SeveralLevels),
        }
    }
}

/// One of the voltages of bVoltageSupport and of bPowerSelect (§6.1.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Voltage {
    /// 5.0 V, class A.
    Five,
    /// 3.0 V, class B.
    Three,
    /// 1.8 V, class C.
    OnePointEight,
}

impl Voltage {
    /// In the order in which they are tried: what most cards of the field are made for
    /// first, as other drivers do.
    pub const ALL: [Self; 3] = [Self::Five, Self::Three, Self::OnePointEight];

    const fn bit(self) -> u8 {
        match self {
            Self::Five => 0x01,
            Self::Three => 0x02,
            Self::OnePointEight => 0x04,
        }
    }
}

/// The functional descriptor. Fields that nothing here asks for (dwSynchProtocols,
/// dwMechanical, wLcdLayout) are read past.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FunctionalDescriptor {
    /// bcdCCID: 0x0110 for 1.1.
    pub version: u16,
    /// bMaxSlotIndex: the number of the last slot.
    pub last_slot: u8,
    /// bVoltageSupport; see [`Self::supports_voltage`].
    pub voltages: u8,
    /// dwProtocols; see [`Self::carries`].
    pub protocols: u32,
    /// dwDefaultClock, in kHz.
    pub default_clock: u32,
    /// dwMaximumClock, in kHz.
    pub maximum_clock: u32,
    /// bNumClockSupported: 0 for whatever lies between default and maximum.
    pub clocks: u8,
    /// dwDataRate, in bit/s.
    pub default_rate: u32,
    /// dwMaxDataRate, in bit/s.
    pub maximum_rate: u32,
    /// bNumDataRatesSupported: 0 for all between default and maximum.
    pub rates: u8,
    /// dwMaxIFSD: the longest information field that the reader takes from the card.
    pub maximum_ifsd: u32,
    /// dwFeatures.
    pub features: Features,
    /// dwMaxCCIDMessageLength, header included.
    pub maximum_message: u32,
    /// bClassGetResponse: FF for the class of the command.
    pub get_response_class: u8,
    /// bClassEnvelope: FF for the class of the command.
    pub envelope_class: u8,
    /// bPINSupport: bit 0 verifies, bit 1 modifies a PIN with the reader's own keys.
    pub pin_support: u8,
    /// bMaxCCIDBusySlots.
    pub busy_slots: u8,
}

impl FunctionalDescriptor {
    /// Reads the descriptor, beginning with its bLength.
    ///
    /// # Errors
    /// [`FunctionalError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FunctionalError> {
        let wrong_length = FunctionalError::Length(bytes.len());
        let mut fields = Fields(bytes);
        let is_whole = bytes.len() == LENGTH && fields.byte().map(usize::from) == Some(LENGTH);
        let kind = fields.byte().filter(|_| is_whole).ok_or(wrong_length)?;
        if kind != DESCRIPTOR_TYPE {
            return Err(FunctionalError::Type(kind));
        }
        let descriptor = Self::read(fields).ok_or(wrong_length)?;
        match descriptor.maximum_message {
            LEAST_MESSAGE.. => Ok(descriptor),
            short => Err(FunctionalError::MessageLength(short)),
        }
    }

    fn read(mut fields: Fields<'_>) -> Option<Self> {
        let version = fields.word()?;
        let last_slot = fields.byte()?;
        let voltages = fields.byte()?;
        let protocols = fields.double_word()?;
        let default_clock = fields.double_word()?;
        let maximum_clock = fields.double_word()?;
        let clocks = fields.byte()?;
        let default_rate = fields.double_word()?;
        let maximum_rate = fields.double_word()?;
        let rates = fields.byte()?;
        let maximum_ifsd = fields.double_word()?;
        let _synchronous = fields.double_word()?;
        let _mechanical = fields.double_word()?;
        let features = Features(fields.double_word()?);
        let maximum_message = fields.double_word()?.min(MOST_MESSAGE);
        let get_response_class = fields.byte()?;
        let envelope_class = fields.byte()?;
        let _display = fields.word()?;
        Some(Self {
            version,
            last_slot,
            voltages,
            protocols,
            default_clock,
            maximum_clock,
            clocks,
            default_rate,
            maximum_rate,
            rates,
            maximum_ifsd,
            features,
            maximum_message,
            get_response_class,
            envelope_class,
            pin_support: fields.byte()?,
            busy_slots: fields.byte()?,
        })
    }

    /// Whether the reader can power a card with this voltage.
    #[must_use]
    pub const fn supports_voltage(&self, voltage: Voltage) -> bool {
        self.voltages & voltage.bit() != 0
    }

    /// Whether the reader carries this protocol.
    #[must_use]
    pub const fn carries(&self, protocol: Protocol) -> bool {
        self.protocols & (1 << protocol.number()) != 0
    }

    /// The longest data of one message.
    #[must_use]
    pub fn maximum_data(&self) -> usize {
        let data = self.maximum_message.saturating_sub(10);
        usize::try_from(data).unwrap_or(usize::MAX)
    }
}
