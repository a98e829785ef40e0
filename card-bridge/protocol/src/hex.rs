//! Hexadecimal text of the crate's identifiers: lower case out, either case in.

use core::fmt;

/// Writes `bytes` as lower-case hexadecimal digits.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads exactly `N` bytes from `2 * N` hexadecimal digits.
pub(crate) fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N.checked_mul(2)? {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let (high, low) = (digits.first()?, digits.last()?);
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

fn digit(ascii: u8) -> Option<u8> {
    let value = char::from(ascii).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_both_cases_and_nothing_else() {
        assert_eq!(read("00fF"), Some([0x00, 0xFF]));
        for bad in ["", "00f", "00ff0", "0x0f", "+0ff", "00f\u{e9}", "00 f"] {
            assert_eq!(read::<2>(bad), None, "{bad:?}");
        }
    }
}
