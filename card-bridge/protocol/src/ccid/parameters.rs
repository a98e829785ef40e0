//! The protocol data structures of `SetParameters` and of its answer (CCID 1.1 §6.1.7,
//! §6.2.3).

use super::{bytes::Fields, bytes::MessageBytes, message::MessageError};
use crate::atr::{Atr, Convention, DEFAULT_RATES, Protocol};

/// The bit of bmTCCKS for the inverse convention.
const INVERSE: u8 = 0x02;

/// Parameters of the protocol between reader and card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parameters {
    /// bProtocolNum 00.
    T0(T0Parameters),
    /// bProtocolNum 01.
    T1(T1Parameters),
}

/// abProtocolDataStructure for T=0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct T0Parameters {
    /// bmFindexDindex, coded as TA1.
    pub rates: u8,
    /// bmTCCKST0: bit 1 is the inverse convention.
    pub checks: u8,
    /// bGuardTimeT0.
    pub guard_time: u8,
    /// bWaitingIntegerT0.
    pub waiting_integer: u8,
    /// bClockStop.
    pub clock_stop: u8,
}

/// abProtocolDataStructure for T=1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct T1Parameters {
    /// bmFindexDindex, coded as TA1.
    pub rates: u8,
    /// bmTCCKST1: bit 0 is the CRC, bit 1 the inverse convention, 0001 above them.
    pub checks: u8,
    /// bGuardTimeT1.
    pub guard_time: u8,
    /// bWaitingIntegersT1: BWI and CWI.
    pub waiting_integers: u8,
    /// bClockStop.
    pub clock_stop: u8,
    /// bIFSC.
    pub ifsc: u8,
    /// bNadValue.
    pub nad: u8,
}

impl Parameters {
    /// What the card's answer to reset says, with the rates that were agreed.
    #[must_use]
    pub fn from_atr(atr: &Atr, protocol: Protocol, rates: Option<u8>) -> Self {
        let rates = rates.unwrap_or(DEFAULT_RATES);
        let inverse = match atr.convention() {
            Convention::Direct => 0,
            Convention::Inverse => INVERSE,
        };
        match protocol {
            Protocol::T0 => Self::T0(T0Parameters {
                rates,
                checks: inverse,
                guard_time: atr.guard_time(),
                waiting_integer: atr.waiting_integer(),
                clock_stop: 0,
            }),
            Protocol::T1 => {
                let block = atr.block_parameters();
                Self::T1(T1Parameters {
                    rates,
                    checks: 0x10 | inverse | u8::from(block.uses_crc),
                    guard_time: atr.guard_time(),
                    waiting_integers: block.waiting_integers,
                    clock_stop: 0,
                    ifsc: block.ifsc,
                    nad: 0,
                })
            }
        }
    }

    /// bProtocolNum.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::T0(_) => Protocol::T0,
            Self::T1(_) => Protocol::T1,
        }
    }

    /// abProtocolDataStructure.
    pub(super) fn encode(self) -> MessageBytes {
        match self {
            Self::T0(t0) => MessageBytes::concat(&[&[
                t0.rates,
                t0.checks,
                t0.guard_time,
                t0.waiting_integer,
                t0.clock_stop,
            ]]),
            Self::T1(t1) => MessageBytes::concat(&[&[
                t1.rates,
                t1.checks,
                t1.guard_time,
                t1.waiting_integers,
                t1.clock_stop,
                t1.ifsc,
                t1.nad,
            ]]),
        }
    }

    /// Reads what the reader says is set.
    ///
    /// # Errors
    /// [`MessageError::Parameters`].
    pub fn parse(protocol: u8, data: &[u8]) -> Result<Self, MessageError> {
        let read = || {
            let mut fields = Fields(data);
            let parameters = match protocol {
                0 => Self::T0(T0Parameters {
                    rates: fields.byte()?,
                    checks: fields.byte()?,
                    guard_time: fields.byte()?,
                    waiting_integer: fields.byte()?,
                    clock_stop: fields.byte()?,
                }),
                1 => Self::T1(T1Parameters {
                    rates: fields.byte()?,
                    checks: fields.byte()?,
                    guard_time: fields.byte()?,
                    waiting_integers: fields.byte()?,
                    clock_stop: fields.byte()?,
                    ifsc: fields.byte()?,
                    nad: fields.byte()?,
                }),
                _ => return None,
            };
            fields.0.is_empty().then_some(parameters)
        };
        read().ok_or(MessageError::Parameters)
    }
}
