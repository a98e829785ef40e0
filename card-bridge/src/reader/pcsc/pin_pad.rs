//! Readers with their own pin pad (PC/SC part 10, revision 2.02.09): the PIN
//! goes from the pad to the card and never enters this machine.

use card_protocol::{CardError, StatusWord};
use pcsc::Card;

use super::{error, features::feature};

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

#[cfg(test)]
mod tests {
    use super::VERIFY;

    #[test]
    fn command_template_has_the_length_it_announces() {
        assert_eq!(usize::from(VERIFY[15]), VERIFY.len() - 19);
    }
}
