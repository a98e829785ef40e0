//! PIN and PUK: verifying, asking for the tries left, changing, unblocking
//! (SP 800-73-4 part 2, §3.2.1 to §3.2.3).

use zeroize::Zeroizing;

use super::{
    PivError,
    secret::{Pin, PinTries, Puk},
    slot::{PIN_REFERENCE, PUK_REFERENCE},
};
use crate::apdu::{Command, StatusMeaning, StatusWord};

/// VERIFY: presents the PIN. A wrong one costs a try and answers `63CX`.
#[must_use]
pub fn verify_pin(pin: &Pin) -> Command {
    Command::new(0x00, 0x20, 0x00, PIN_REFERENCE).with_data(pin.padded().as_slice())
}

/// VERIFY without data: asks whether the PIN is verified, and costs nothing.
/// [`PinStatus::from_status`] reads the answer.
#[must_use]
pub const fn verify_status() -> Command {
    Command::new(0x00, 0x20, 0x00, PIN_REFERENCE)
}

/// CHANGE REFERENCE DATA for `reference` ([`PIN_REFERENCE`] or
/// [`PUK_REFERENCE`]), from the padded `old` to the padded `new`.
#[must_use]
pub fn change_reference(reference: u8, old: &[u8; 8], new: &[u8; 8]) -> Command {
    with_pair(Command::new(0x00, 0x24, 0x00, reference), old, new)
}

/// CHANGE REFERENCE DATA for the PIN.
#[must_use]
pub fn change_pin(old: &Pin, new: &Pin) -> Command {
    change_reference(PIN_REFERENCE, old.padded(), new.padded())
}

/// CHANGE REFERENCE DATA for the PUK.
#[must_use]
pub fn change_puk(old: &Puk, new: &Puk) -> Command {
    change_reference(PUK_REFERENCE, old.as_bytes(), new.as_bytes())
}

/// RESET RETRY COUNTER: unblocks the PIN with the PUK and sets a new one. A
/// wrong PUK costs one of the PUK's tries.
#[must_use]
pub fn reset_retry_counter(puk: &Puk, new_pin: &Pin) -> Command {
    let command = Command::new(0x00, 0x2C, 0x00, PIN_REFERENCE);
    with_pair(command, puk.as_bytes(), new_pin.padded())
}

fn with_pair(command: Command, first: &[u8], second: &[u8]) -> Command {
    let mut data = Zeroizing::new(Vec::with_capacity(16));
    data.extend_from_slice(first);
    data.extend_from_slice(second);
    // Moves the buffer; nothing is left behind to wipe.
    command.with_data(core::mem::take(&mut *data))
}

/// Where the PIN stands, as the answer to VERIFY with or without data,
/// CHANGE REFERENCE DATA or RESET RETRY COUNTER says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PinStatus {
    /// Verified (or: done).
    Verified,
    /// Not verified, or wrong; so many tries are left, at least one.
    TriesLeft(PinTries),
    /// No try is left.
    Blocked,
}

impl PinStatus {
    /// Reads the status word of such an answer.
    ///
    /// # Errors
    /// [`PivError::Status`] if the card says something else.
    pub fn from_status(status: StatusWord) -> Result<Self, PivError> {
        match status.meaning() {
            StatusMeaning::Success => Ok(Self::Verified),
            StatusMeaning::TriesLeft(0) | StatusMeaning::AuthenticationBlocked => Ok(Self::Blocked),
            StatusMeaning::TriesLeft(tries) => Ok(Self::TriesLeft(PinTries(tries))),
            _ => Err(PivError::Status(status)),
        }
    }
}
