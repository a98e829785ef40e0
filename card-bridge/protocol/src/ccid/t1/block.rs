//! Blocks (ISO/IEC 7816-3 §11.3): node address, protocol control byte, length,
//! information field, epilogue.

use super::Checksum;
use crate::ccid::MessageBytes;

/// The node address of a host and a card that name none.
const NAD: u8 = 0x00;
/// Bit of an I-block's PCB: N(S).
const SEQUENCE: u8 = 0x40;
/// Bit of an I-block's PCB: another block of the chain follows.
const MORE: u8 = 0x20;
/// Bit of an R-block's PCB: N(R).
const EXPECTED: u8 = 0x10;
/// Bit of an S-block's PCB: a response and not a request.
const RESPONSE: u8 = 0x20;

/// Why a block is invalid: what an R-block says of it (§11.3.2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Invalid {
    /// Parity, or the epilogue.
    Check,
    /// Any other error, or no block in time.
    Other,
}

impl Invalid {
    const fn code(self) -> u8 {
        match self {
            Self::Check => 1,
            Self::Other => 2,
        }
    }
}

/// What an S-block is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Supervision {
    /// Both ends begin anew.
    Resynch,
    /// The longest information field.
    Ifs,
    /// The chain ends here.
    Abort,
    /// More time.
    WaitingTime,
}

impl Supervision {
    const fn code(self) -> u8 {
        match self {
            Self::Resynch => 0,
            Self::Ifs => 1,
            Self::Abort => 2,
            Self::WaitingTime => 3,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Resynch),
            1 => Some(Self::Ifs),
            2 => Some(Self::Abort),
            3 => Some(Self::WaitingTime),
            _ => None,
        }
    }
}

/// A valid block of the card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Block<'a> {
    /// Information.
    I {
        sequence: bool,
        more: bool,
        data: &'a [u8],
    },
    /// Receive ready: the number of the I-block that is expected.
    R { expected: bool },
    /// A request about the protocol itself.
    Request(Supervision, &'a [u8]),
    /// The answer to such a request.
    Response(Supervision, &'a [u8]),
}

impl<'a> Block<'a> {
    /// Reads a block whose information field is at most `ifsd` long. Bytes that the
    /// reader puts after the block are none of it.
    pub(super) fn parse(bytes: &'a [u8], checksum: Checksum, ifsd: u8) -> Result<Self, Invalid> {
        let Some(&[nad, pcb, length]) = bytes.first_chunk() else {
            return Err(Invalid::Other);
        };
        let end = 3 + usize::from(length);
        let (Some(body), Some(epilogue)) =
            (bytes.get(..end), bytes.get(end..end + checksum.length()))
        else {
            return Err(Invalid::Other);
        };
        if checksum.of(body) != epilogue {
            return Err(Invalid::Check);
        }
        let data = body.get(3..).unwrap_or_default();
        if nad != NAD || length == 0xFF || length > ifsd {
            return Err(Invalid::Other);
        }
        let block = match pcb {
            0x00..=0x7F if pcb & !(SEQUENCE | MORE) == 0 => Some(Self::I {
                sequence: pcb & SEQUENCE != 0,
                more: pcb & MORE != 0,
                data,
            }),
            0x80..=0xBF if matches!(pcb & !EXPECTED, 0x80..=0x82) && data.is_empty() => {
                Some(Self::R {
                    expected: pcb & EXPECTED != 0,
                })
            }
            0xC0..=0xFF => Supervision::from_code(pcb & 0x1F).map(|supervision| {
                if pcb & RESPONSE == 0 {
                    Self::Request(supervision, data)
                } else {
                    Self::Response(supervision, data)
                }
            }),
            _ => None,
        };
        block.ok_or(Invalid::Other)
    }
}

/// An I-block. `data` is at most 254 bytes: the caller has seen to it.
pub(super) fn information(
    sequence: bool,
    more: bool,
    data: &[u8],
    checksum: Checksum,
) -> MessageBytes {
    let sequence = if sequence { SEQUENCE } else { 0 };
    let more = if more { MORE } else { 0 };
    build(sequence | more, data, checksum)
}

/// An R-block: an acknowledgement, or what was wrong.
pub(super) fn ready(expected: bool, error: Option<Invalid>, checksum: Checksum) -> MessageBytes {
    let expected = if expected { EXPECTED } else { 0 };
    build(
        0x80 | expected | error.map_or(0, Invalid::code),
        &[],
        checksum,
    )
}

/// A request of ours.
pub(super) fn request(supervision: Supervision, data: &[u8], checksum: Checksum) -> MessageBytes {
    build(0xC0 | supervision.code(), data, checksum)
}

/// The answer to a request of the card.
pub(super) fn response(supervision: Supervision, data: &[u8], checksum: Checksum) -> MessageBytes {
    build(0xC0 | RESPONSE | supervision.code(), data, checksum)
}

fn build(pcb: u8, data: &[u8], checksum: Checksum) -> MessageBytes {
    let [.., length] = data.len().to_be_bytes();
    let body = MessageBytes::concat(&[&[NAD, pcb, length], data]);
    MessageBytes::concat(&[&body, &checksum.of(&body)])
}

#[cfg(test)]
mod tests {
    use super::{Block, Invalid, Supervision};
    use crate::ccid::t1::Checksum;

    fn read(body: &[u8], ifsd: u8) -> Result<String, Invalid> {
        let bytes = [body, &Checksum::Lrc.of(body)].concat();
        Block::parse(&bytes, Checksum::Lrc, ifsd).map(|block| format!("{block:?}"))
    }

    #[test]
    fn blocks_are_read_strictly() {
        let wtx = format!("{:?}", Block::Request(Supervision::WaitingTime, &[2]));
        assert_eq!(read(&[0, 0xC3, 1, 2], 254), Ok(wtx));
        let ack = format!("{:?}", Block::R { expected: true });
        assert_eq!(read(&[0, 0x90, 0], 254), Ok(ack.clone()));
        assert_eq!(read(&[0, 0x92, 0], 254), Ok(ack));
        for body in [
            // A node address, reserved bits of I, R and S, an R-block with data.
            &[0x12, 0x00, 0][..],
            &[0, 0x01, 0],
            &[0, 0xA0, 0],
            &[0, 0x83, 0],
            &[0, 0xC4, 0],
            &[0, 0x80, 1, 7],
            // Longer than the host takes.
            &[0, 0x00, 3, 1, 2, 3],
        ] {
            assert_eq!(read(body, 2), Err(Invalid::Other), "{body:02X?}");
        }
        for (bytes, expected) in [
            (&[][..], Invalid::Other),
            (&[0, 0, 2, 0x90, 0], Invalid::Other),
            (&[0, 0, 2, 0x90, 0, 0x93], Invalid::Check),
        ] {
            assert_eq!(Block::parse(bytes, Checksum::Lrc, 254), Err(expected));
        }
        let padded = [0, 0, 2, 0x90, 0, 0x92, 0xAA];
        assert!(Block::parse(&padded, Checksum::Lrc, 254).is_ok());
        assert_eq!(
            Block::parse(&padded[..6], Checksum::Crc, 254),
            Err(Invalid::Other)
        );
    }
}
