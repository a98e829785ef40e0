//! What passes in `XfrBlock`, by the level of exchange: what of it is a command for the
//! card, and what of the card's answer goes back (CCID 1.1 section 3.2).

use super::{
    options::{Level, Options},
    status::SlotError,
};
use crate::atr::ATR;

mod extended;
mod t0;
mod t1;

use self::{extended::Extended, t0::T0, t1::T1};

/// First byte of a PPS request (ISO/IEC 7816-3 section 9): no block of T=1 begins so,
/// and no command of T=0.
const PPSS: u8 = 0xFF;

/// What comes of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The card carries this out.
    Run(Vec<u8>),
    /// The host gets this.
    Say(Block),
    /// The host gets what the card is still busy with.
    Wait,
    /// The reader can do nothing with it.
    Fail(SlotError),
}

/// What `DataBlock` carries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// bChainParameter.
    pub(super) chain: u8,
    /// abData.
    pub(super) data: Vec<u8>,
}

impl Block {
    const fn whole(data: Vec<u8>) -> Self {
        Self { chain: 0, data }
    }
}

/// The state between two blocks; a card that is powered begins with a new one.
pub(super) enum Exchange {
    /// [`Level::ExtendedApdu`]
    Extended(Extended),
    /// [`Level::ShortApdu`]
    Short,
    /// [`Level::TpduT1`]
    T1(T1),
    /// [`Level::TpduT0`]
    T0(T0),
}

impl Exchange {
    pub(super) fn new(options: &Options) -> Self {
        match options.level {
            Level::ExtendedApdu => Self::Extended(Extended::new(options.longest_message())),
            Level::ShortApdu => Self::Short,
            Level::TpduT1 => Self::T1(T1::new(options.block)),
            Level::TpduT0 => Self::T0(T0::default()),
        }
    }

    /// A block from the host. `level` is wLevelParameter, which only extended APDUs use.
    pub(super) fn block(&mut self, level: u16, data: Vec<u8>) -> Step {
        const LEVEL_PARAMETER: u8 = 8;
        if level != 0 && !matches!(self, Self::Extended(_)) {
            return Step::Fail(SlotError::At(LEVEL_PARAMETER));
        }
        match self {
            Self::Extended(state) => state.block(level, &data),
            Self::Short if data.len() < 4 => Step::Fail(SlotError::At(1)),
            Self::Short => Step::Run(data),
            Self::T1(_) | Self::T0(_) if data.first() == Some(&PPSS) => agree(data),
            Self::T1(state) => state.block(&data),
            Self::T0(state) => state.command(&data),
        }
    }

    /// What the card answered to what it was to run.
    pub(super) fn finished(&mut self, answer: Vec<u8>) -> Block {
        match self {
            Self::Extended(state) => state.finished(answer),
            Self::Short => Block::whole(answer),
            Self::T1(state) => state.finished(answer),
            Self::T0(state) => state.finished(answer),
        }
    }

    /// What the host began, it does not go on with. Blocks and commands are the card's,
    /// which is told nothing.
    pub(super) fn abort(&mut self, options: &Options) {
        if let Self::Extended(_) = self {
            *self = Self::new(options);
        }
    }

    /// The card is not ready: whether it says so itself, in a block of its own.
    pub(super) fn is_slow(&mut self) -> Option<Block> {
        match self {
            Self::T1(state) => state.ask_for_time(),
            _ => None,
        }
    }
}

/// The card takes whatever the host proposes, if it came through whole.
fn agree(request: Vec<u8>) -> Step {
    if request.len() < 3 || checksum(&request) != 0 {
        return Step::Fail(SlotError::Mute);
    }
    Step::Say(Block::whole(request))
}

/// The exclusive or of all bytes: LRC, TCK, PCK.
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The answer to reset: the card's own, unless the blocks of a protocol are passed.
pub(super) fn atr(options: &Options, own: Vec<u8>) -> Vec<u8> {
    // TS, T0, TD1, then the historical bytes and the check byte.
    let Some(historical) = ATR.get(3..ATR.len() - 1) else {
        return own;
    };
    match options.level {
        Level::ExtendedApdu | Level::ShortApdu => own,
        // TD1: TD2 follows. TD2: TA3 follows, T=1. TA3: IFSC.
        Level::TpduT1 => {
            let head = [0x3B, 0x8A, 0x81, 0x11, options.block];
            let mut atr = [&head[..], historical].concat();
            let body = atr.get(1..).unwrap_or_default();
            atr.push(checksum(body));
            atr
        }
        // No interface bytes: T=0 alone, and no check byte. Of the card's capabilities
        // (ISO/IEC 7816-4 section 12.1.1.9) extended lengths are left out.
        Level::TpduT0 => {
            const CAPABILITIES: usize = 6;
            let mut atr = [&[0x3B, 0x0A][..], historical].concat();
            if let Some(third) = atr.get_mut(CAPABILITIES) {
                *third &= !0x40;
            }
            atr
        }
    }
}
