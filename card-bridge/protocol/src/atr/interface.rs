//! The interface bytes of an answer to reset (ISO/IEC 7816-3 §8.2.3 and §8.3): which
//! protocols the card speaks, how fast, and how patiently it is waited for.

/// The longest answer to reset: TS and 32 bytes (§8.2.1).
const MOST_BYTES: usize = 33;
/// TA1 when there is none: Fi = 372, Di = 1 (§8.3).
pub const DEFAULT_RATES: u8 = 0x11;
/// WI when there is no TC2 (§10.2).
const DEFAULT_WAITING_INTEGER: u8 = 10;
/// IFSC when there is no TA for T=1 (§11.4.2).
const DEFAULT_IFSC: u8 = 32;
/// BWI and CWI when there is no TB for T=1 (§11.4.3).
const DEFAULT_WAITING_INTEGERS: u8 = 0x4D;

/// Bytes that are not an answer to reset.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AtrError {
    /// TS is neither of the two conventions.
    #[error("initial byte {0:02X} is no convention")]
    Initial(u8),
    /// The bytes end before what the format and interface bytes announce.
    #[error("answer to reset is cut off")]
    Truncated,
    /// There are more bytes than announced, or than any answer may have.
    #[error("{0} bytes too many in the answer to reset")]
    TrailingBytes(usize),
    /// TCK, where it has to be, does not match.
    #[error("wrong check byte in the answer to reset")]
    CheckByte,
}

/// How bits are coded on the card's line (§8.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Convention {
    /// TS = 3B.
    Direct,
    /// TS = 3F.
    Inverse,
}

/// A transmission protocol that carries commands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protocol {
    /// Half-duplex transmission of characters (§10).
    T0,
    /// Half-duplex transmission of blocks (§11).
    T1,
}

impl Protocol {
    /// T.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::T0 => 0,
            Self::T1 => 1,
        }
    }

    /// The protocol with this T, if it carries commands.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::T0),
            1 => Some(Self::T1),
            _ => None,
        }
    }
}

/// TA2: the card speaks one protocol and negotiates nothing (§8.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpecificMode {
    /// T.
    pub protocol: u8,
    /// The transmission parameters are none of TA1's, but known otherwise (bit 5).
    pub is_implicit: bool,
}

/// What T=1 takes from the answer to reset (§11.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlockParameters {
    /// The longest information field that the card receives, 1..=254.
    pub ifsc: u8,
    /// BWI in the upper half byte and CWI in the lower one.
    pub waiting_integers: u8,
    /// Blocks end with a CRC instead of an LRC.
    pub uses_crc: bool,
}

/// TA, TB and TC of one group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Group {
    /// The T of the TD before the group; the first group has none.
    protocol: Option<u8>,
    ta: Option<u8>,
    tb: Option<u8>,
    tc: Option<u8>,
}

/// An answer to reset, read strictly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Atr {
    convention: Convention,
    groups: Vec<Group>,
}

impl Atr {
    /// Reads an answer to reset.
    ///
    /// # Errors
    /// [`AtrError`].
    pub fn parse(atr: &[u8]) -> Result<Self, AtrError> {
        if let Some(more @ 1..) = atr.len().checked_sub(MOST_BYTES) {
            return Err(AtrError::TrailingBytes(more));
        }
        let (&[initial, format], mut rest) = atr.split_first_chunk().ok_or(AtrError::Truncated)?;
        let convention = match initial {
            0x3B => Convention::Direct,
            0x3F => Convention::Inverse,
            other => return Err(AtrError::Initial(other)),
        };
        let mut groups = Vec::new();
        let (mut present, mut protocol) = (format >> 4, None);
        loop {
            groups.push(Group {
                protocol,
                ta: take(&mut rest, present & 0x01 != 0)?,
                tb: take(&mut rest, present & 0x02 != 0)?,
                tc: take(&mut rest, present & 0x04 != 0)?,
            });
            let Some(next) = take(&mut rest, present & 0x08 != 0)? else {
                break;
            };
            (present, protocol) = (next >> 4, Some(next & 0x0F));
        }
        let (_historical, rest) = rest
            .split_at_checked(usize::from(format & 0x0F))
            .ok_or(AtrError::Truncated)?;
        // TCK is there unless T=0 is all that is named (§8.2.5).
        let has_check = groups
            .iter()
            .any(|group| group.protocol.is_some_and(|t| t != 0));
        match (has_check, rest) {
            (false, []) => {}
            (true, []) => return Err(AtrError::Truncated),
            (true, [_check]) => {
                if atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte) != 0 {
                    return Err(AtrError::CheckByte);
                }
            }
            (_, more) => {
                return Err(AtrError::TrailingBytes(more.len() - usize::from(has_check)));
            }
        }
        Ok(Self { convention, groups })
    }

    /// TS.
    #[must_use]
    pub const fn convention(&self) -> Convention {
        self.convention
    }

    /// T of the protocol that the card speaks when nothing is negotiated: what TA2
    /// says, else the first one offered, else T=0 (§8.2.3, §8.3).
    #[must_use]
    pub fn first_protocol(&self) -> u8 {
        self.specific_mode().map_or_else(
            || {
                self.groups
                    .iter()
                    .find_map(|group| group.protocol)
                    .unwrap_or(0)
            },
            |mode| mode.protocol,
        )
    }

    /// Whether the card can be spoken to by `protocol`.
    #[must_use]
    pub fn offers(&self, protocol: Protocol) -> bool {
        let number = protocol.number();
        match self.specific_mode() {
            Some(mode) => mode.protocol == number,
            None => {
                self.first_protocol() == number
                    || self
                        .groups
                        .iter()
                        .any(|group| group.protocol == Some(number))
            }
        }
    }

    /// TA2, if the card is in specific mode.
    #[must_use]
    pub fn specific_mode(&self) -> Option<SpecificMode> {
        let ta2 = self.groups.get(1)?.ta?;
        Some(SpecificMode {
            protocol: ta2 & 0x0F,
            is_implicit: ta2 & 0x10 != 0,
        })
    }

    /// TA1, Fi and Di: how fast the card can be spoken to.
    #[must_use]
    pub fn rates(&self) -> Option<u8> {
        self.groups.first()?.ta
    }

    /// TC1: extra guard time.
    #[must_use]
    pub fn guard_time(&self) -> u8 {
        self.groups.first().and_then(|group| group.tc).unwrap_or(0)
    }

    /// TC2: the waiting integer of T=0.
    #[must_use]
    pub fn waiting_integer(&self) -> u8 {
        let group = self.groups.get(1);
        group
            .and_then(|group| group.tc)
            .unwrap_or(DEFAULT_WAITING_INTEGER)
    }

    /// What the first TA, TB and TC for T=1 after TD2 say, with the standard's values
    /// where they are missing or reserved.
    #[must_use]
    pub fn block_parameters(&self) -> BlockParameters {
        let of_blocks = || {
            self.groups
                .iter()
                .skip(2)
                .filter(|group| group.protocol == Some(1))
        };
        let ifsc = of_blocks().find_map(|group| group.ta);
        BlockParameters {
            ifsc: ifsc
                .filter(|ifsc| matches!(ifsc, 1..=254))
                .unwrap_or(DEFAULT_IFSC),
            waiting_integers: of_blocks()
                .find_map(|group| group.tb)
                .unwrap_or(DEFAULT_WAITING_INTEGERS),
            uses_crc: of_blocks()
                .find_map(|group| group.tc)
                .is_some_and(|tc| tc & 1 != 0),
        }
    }
}

/// The next byte, if it is announced.
fn take(rest: &mut &[u8], is_present: bool) -> Result<Option<u8>, AtrError> {
    if !is_present {
        return Ok(None);
    }
    let (&byte, tail) = rest.split_first().ok_or(AtrError::Truncated)?;
    *rest = tail;
    Ok(Some(byte))
}

#[cfg(test)]
mod tests {
    use super::{Atr, AtrError, BlockParameters, Convention, Protocol, SpecificMode};
    use crate::hex;

    fn atr(text: &str) -> Result<Atr, AtrError> {
        Atr::parse(&hex::decode(text).unwrap())
    }

    #[test]
    fn answers_of_the_field_are_read() {
        // (answer, first T, T=0, T=1, TA1, IFSC, BWI and CWI): a security key's and a
        // newer one's, a JavaCard's with both protocols, OpenPGP's, T=0 alone, nothing.
        for (text, first, t0, t1, ta1, ifsc, integers) in [
            (
                "3BFD1300008131FE158073C021C057597562694B657940",
                1,
                false,
                true,
                Some(0x13),
                254,
                0x15,
            ),
            (
                "3BFA1800008131FE454A546178436F72655631B2",
                1,
                false,
                true,
                Some(0x18),
                254,
                0x45,
            ),
            (
                "3BD518FF81B1FE451FC38073C821106F",
                1,
                false,
                true,
                Some(0x18),
                254,
                0x45,
            ),
            (
                "3B6E00004573744549442076657220312E30",
                0,
                true,
                false,
                None,
                32,
                0x4D,
            ),
            (
                "3BF2180002C10A31FE58C80874",
                1,
                false,
                true,
                Some(0x18),
                254,
                0x58,
            ),
            ("3B80800101", 0, true, true, None, 32, 0x4D),
            ("3B00", 0, true, false, None, 32, 0x4D),
        ] {
            let atr = atr(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(atr.convention(), Convention::Direct);
            assert_eq!(atr.first_protocol(), first, "{text}");
            assert_eq!(atr.offers(Protocol::T0), t0, "{text}");
            assert_eq!(atr.offers(Protocol::T1), t1, "{text}");
            assert_eq!(atr.rates(), ta1, "{text}");
            assert_eq!(atr.block_parameters().ifsc, ifsc, "{text}");
            assert_eq!(atr.block_parameters().waiting_integers, integers, "{text}");
            assert!(!atr.block_parameters().uses_crc);
            assert_eq!(atr.specific_mode(), None);
        }
    }

    #[test]
    fn parameters_of_both_protocols_are_told_apart() {
        // TA2 is the specific mode, TC2 T=0's, and T=1's come after TD2.
        let atr = atr("3FD21805D1010C71403501900086").unwrap();
        assert_eq!(atr.convention(), Convention::Inverse);
        assert_eq!(atr.guard_time(), 5);
        assert_eq!(atr.waiting_integer(), 12);
        let mode = SpecificMode {
            protocol: 1,
            is_implicit: false,
        };
        assert_eq!(atr.specific_mode(), Some(mode));
        assert!(atr.offers(Protocol::T1) && !atr.offers(Protocol::T0));
        let expected = BlockParameters {
            ifsc: 0x40,
            waiting_integers: 0x35,
            uses_crc: true,
        };
        assert_eq!(atr.block_parameters(), expected);
    }

    #[test]
    fn a_reserved_length_is_the_standard_s() {
        for (text, ifsc) in [
            ("3B808131007021", 32),
            ("3B808131FF7021", 32),
            ("3B808131107021", 16),
        ] {
            let mut bytes = hex::decode(text).unwrap();
            bytes.pop();
            let check = bytes.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
            bytes.push(check);
            assert_eq!(
                Atr::parse(&bytes).unwrap().block_parameters().ifsc,
                ifsc,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_answer_to_reset_is_refused() {
        for (text, expected) in [
            ("", AtrError::Truncated),
            ("3B", AtrError::Truncated),
            ("A2131091", AtrError::Initial(0xA2)),
            ("3B01", AtrError::Truncated),
            ("3BF0", AtrError::Truncated),
            ("3B8001", AtrError::Truncated),
            ("3B800182", AtrError::CheckByte),
            ("3B80018100", AtrError::TrailingBytes(1)),
            ("3B0000", AtrError::TrailingBytes(1)),
            // T=0 alone has no check byte.
            ("3B800080", AtrError::TrailingBytes(1)),
        ] {
            assert_eq!(atr(text), Err(expected), "{text}");
        }
        assert_eq!(Atr::parse(&[0x3B; 34]), Err(AtrError::TrailingBytes(1)));
    }
}
