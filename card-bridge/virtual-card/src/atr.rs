//! The answer to reset of every virtual card.

/// T=1 only. The historical bytes say (ISO/IEC 7816-4 section 12.1): selection
/// by full and by partial name, command chaining, extended lengths; then
/// `VPIV` as the issuer's data, so that a log shows at once which card is a
/// virtual one.
pub const ATR: [u8; 14] = [
    0x3B, 0x8A, 0x01, // T0: TD1 follows, 10 historical bytes; TD1: T=1
    0x80, 0x73, 0xC0, 0x01, 0xC0, // card capabilities
    0x54, b'V', b'P', b'I', b'V', // card issuer's data
    0x34, // check byte: the exclusive or of all bytes after 3B
];

#[cfg(test)]
mod tests {
    use super::ATR;

    #[test]
    fn check_byte_is_right() {
        assert_eq!(ATR[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
    }

    #[test]
    fn historical_bytes_are_as_many_as_announced() {
        assert_eq!(usize::from(ATR[1] & 0x0F), ATR.len() - 4);
    }
}
