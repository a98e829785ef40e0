//! Readers with their own pin pad (PC/SC part 10, revision 2.02.09): the PIN
//! goes from the pad to the card and never enters this machine.

use card_protocol::{CardError, StatusWord};
use pcsc::{Card, ctl_code};

use super::error;

/// `CM_IOCTL_GET_FEATURE_REQUEST` (§2.2).
const GET_FEATURES: u16 = 3400;
/// `FEATURE_VERIFY_PIN_DIRECT` (§2.3).
const VERIFY_PIN_DIRECT: u8 = 0x06;

/// `PIN_VERIFY_STRUCTURE` (§2.5.2) for PIV's VERIFY: 6 to 8 ASCII digits,
/// padded with FF to 8 bytes.
const VERIFY: [u8; 32] = [
    30, 30,   // seconds for the first and each further key
    0x82, // ASCII, left justified, in bytes
    0x08, // a block of 8 bytes
    0x00, // no length in front
    8, 6,    // at most 8, at least 6 digits
    0x02, // ends with the confirm key
    0x01, // one message on the reader's display
    0x04, 0x08, // in Chinese (zh-CN, 0x0804)
    0x00, // message 0
    0, 0, 0, // T=1 prologue: the driver makes it
    13, 0, 0, 0, // length of the command template
    0x00, 0x20, 0x00, 0x80, 0x08, // VERIFY
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
];

/// Whether the reader can verify a PIN by itself.
pub(super) fn is_there(card: &Card) -> bool {
    matches!(feature(card, VERIFY_PIN_DIRECT), Ok(Some(_)))
}

/// Waits for the PIN on the reader's pad and hands on the card's status word.
pub(super) fn verify(card: &Card) -> Result<StatusWord, CardError> {
    let code = feature(card, VERIFY_PIN_DIRECT)
        .map_err(error::working)?
        .ok_or(CardError::ReaderError)?;
    let mut buffer = [0; 16];
    let answer = card
        .control(code.into(), &VERIFY, &mut buffer)
        .map_err(error::working)?;
    match *answer {
        // Time out, cancel key (§2.5.2.1, table 9).
        [0x64, 0x00 | 0x01] => Err(CardError::Cancelled),
        [sw1, sw2] => Ok(StatusWord::from_bytes([sw1, sw2])),
        _ => Err(CardError::ReaderError),
    }
}

/// The control code of a feature of the reader.
fn feature(card: &Card, tag: u8) -> Result<Option<u32>, pcsc::Error> {
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    let features = card.control(ctl_code(GET_FEATURES.into()), &[], &mut buffer)?;
    Ok(find(features, tag))
}

/// Finds `tag` in a list of tag, length (always 4), control code (big endian).
fn find(features: &[u8], tag: u8) -> Option<u32> {
    features.chunks_exact(6).find_map(|entry| match *entry {
        [found, 4, a, b, c, d] if found == tag => Some(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{VERIFY, find};

    #[test]
    fn feature_is_found_by_its_tag() {
        let list = [0x12, 4, 0x42, 0x33, 0, 0x12, 0x06, 4, 0x42, 0x33, 0, 0x06];
        assert_eq!(find(&list, 0x06), Some(0x4233_0006));
        assert_eq!(find(&list, 0x07), None);
        assert_eq!(find(&list[..11], 0x06), None);
        assert_eq!(find(&[], 0x06), None);
    }

    #[test]
    fn command_template_has_the_length_it_announces() {
        assert_eq!(usize::from(VERIFY[15]), VERIFY.len() - 19);
    }
}
