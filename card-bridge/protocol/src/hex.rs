//! Hexadecimal text of bytes in messages: lower case out, either case in.

use core::fmt::Write as _;

/// The bytes as lower-case hexadecimal digits.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The bytes of an even number of hexadecimal digits; `None` for anything else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    // Of the full size from the start: growing would leave copies behind, and
    // what stands there may be a secret.
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for digits in text.as_bytes().chunks_exact(2) {
        bytes.push(byte(digits)?);
    }
    Some(bytes)
}

/// Exactly `N` bytes from `2 * N` hexadecimal digits; `None` for anything else.
#[must_use]
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

fn byte(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    Some(digit(*high)? << 4 | digit(*low)?)
}

fn digit(ascii: u8) -> Option<u8> {
    u8::try_from(char::from(ascii).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_array, encode};

    #[test]
    fn reads_both_cases_and_nothing_else() {
        assert_eq!(decode_array("00fF"), Some([0x00, 0xFF]));
        for bad in [
            "",
            "00f",
            "00ff0",
            "0x0f",
            "+0ff",
            "00f\u{e9}",
            "00 f",
            "00ff00",
        ] {
            assert_eq!(decode_array::<2>(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn writes_lower_case() {
        assert_eq!(encode(&[0x00, 0xA5, 0xFF]), "00a5ff");
        assert_eq!(decode(&encode(&[1, 2, 0xAB])), Some(vec![1, 2, 0xAB]));
        assert_eq!(decode(""), Some(Vec::new()));
    }
}
