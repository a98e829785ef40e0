//! The epilogue of a block (ISO/IEC 7816-3 §11.3.4): LRC or CRC.

/// Error detection code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Checksum {
    /// One byte: the exclusive or of all others.
    Lrc,
    /// Two bytes, x¹⁶ + x¹² + x⁵ + 1 from FFFF on. The standard leaves the order of bits
    /// and bytes to ISO/IEC 13239; it is here as in the drivers of the field (libccid,
    /// openct): reflected, not complemented, the upper byte first.
    Crc,
}

impl Checksum {
    /// Its length.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Lrc => 1,
            Self::Crc => 2,
        }
    }

    /// Of prologue and information field.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Lrc => vec![bytes.iter().fold(0, |sum, byte| sum ^ byte)],
            Self::Crc => crc(bytes).to_be_bytes().to_vec(),
        }
    }
}

fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _bit| {
            if sum & 1 == 0 {
                sum >> 1
            } else {
                (sum >> 1) ^ 0x8408
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    #[test]
    fn checksums_are_known_ones() {
        // The block of a log of the field (LudovicRousseau/CCID#72).
        let block = [
            0x00, 0x40, 0x0B, 0x00, 0xA4, 0x04, 0x00, 0x06, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
        ];
        assert_eq!(Checksum::Lrc.of(&block), [0x9A]);
        // CRC-16/MCRF4XX of "123456789", which is this one: reflected, FFFF, no complement.
        assert_eq!(Checksum::Crc.of(b"123456789"), [0x6F, 0x91]);
    }
}
