//! Protocol and parameters selection (ISO/IEC 7816-3 §9): the one exchange by which a
//! card in negotiable mode is asked for a protocol and for more speed.

use super::bytes::MessageBytes;
use crate::atr::Protocol;

/// PPSS.
const INITIAL: u8 = 0xFF;
/// Bit of PPS0: PPS1 follows.
const HAS_RATES: u8 = 0x10;

/// The card did not agree.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("card does not agree to protocol and parameters")]
pub struct PpsError;

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Pps {
    pub(super) protocol: Protocol,
    /// PPS1.
    pub(super) rates: Option<u8>,
}

impl Pps {
    /// PPSS, PPS0, PPS1 if there is one, PCK.
    pub(super) fn request(self) -> MessageBytes {
        Self::encode(self.protocol, self.rates)
    }

    fn encode(protocol: Protocol, rates: Option<u8>) -> MessageBytes {
        let Some(rates) = rates else {
            let format = protocol.number();
            return MessageBytes::concat(&[&[INITIAL, format, INITIAL ^ format]]);
        };
        let format = HAS_RATES | protocol.number();
        MessageBytes::concat(&[&[INITIAL, format, rates, INITIAL ^ format ^ rates]])
    }

    /// The rates that are in use from now on. A card that echoes the request agrees to
    /// all of it, and one that leaves PPS1 out stays at the default (§9.3).
    pub(super) fn confirm(self, response: &[u8]) -> Result<Option<u8>, PpsError> {
        if response == &*self.request() {
            Ok(self.rates)
        } else if response == &*Self::encode(self.protocol, None) {
            Ok(None)
        } else {
            Err(PpsError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pps, PpsError};
    use crate::atr::Protocol;

    #[test]
    fn a_card_agrees_to_all_to_the_protocol_or_to_nothing() {
        let pps = Pps {
            protocol: Protocol::T1,
            rates: Some(0x18),
        };
        assert_eq!(*pps.request(), [0xFF, 0x11, 0x18, 0xF6]);
        for (response, expected) in [
            (&[0xFF, 0x11, 0x18, 0xF6][..], Ok(Some(0x18))),
            (&[0xFF, 0x01, 0xFE], Ok(None)),
            // Another protocol, other rates, a wrong check byte, one too many, nothing.
            (&[0xFF, 0x00, 0xFF], Err(PpsError)),
            (&[0xFF, 0x11, 0x13, 0xFD], Err(PpsError)),
            (&[0xFF, 0x11, 0x18, 0xF7], Err(PpsError)),
            (&[0xFF, 0x01, 0xFE, 0x00], Err(PpsError)),
            (&[], Err(PpsError)),
        ] {
            assert_eq!(pps.confirm(response), expected, "{response:02X?}");
        }
    }
}
