//! PIN and PUK: verifying, asking for the tries left, changing, unblocking
//! (SP 800-73-4 part 2, §3.2.1 to §3.2.3).

use zeroize::Zeroizing;

use super::{
    PivError,
    secret::{Pin, PinTries, Puk},
    slot::{PIN_REFERENCE, PUK_REFERENCE},
};
use crate::apdu::{Command, Ins, StatusMeaning, StatusWord};

/// VERIFY: presents the PIN. A wrong one costs a try and answers `63CX`.
#[must_use]
pub fn verify_pin(pin: &Pin) -> Command {
    command(Ins::Verify, PIN_REFERENCE).with_data(pin.padded().as_slice())
}

/// VERIFY without data: asks whether the PIN is verified, and costs nothing.
/// [`PinStatus::from_status`] reads the answer.
#[must_use]
pub const fn verify_status() -> Command {
    command(Ins::Verify, PIN_REFERENCE)
}

/// CHANGE REFERENCE DATA for `reference` ([`PIN_REFERENCE`] or
/// [`PUK_REFERENCE`]), from the padded `old` to the padded `new`.
#[must_use]
pub fn change_reference(reference: u8, old: &[u8; 8], new: &[u8; 8]) -> Command {
    with_secrets(command(Ins::ChangeReferenceData, reference), &[old, new])
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
    with_secrets(
        command(Ins::ResetRetryCounter, PIN_REFERENCE),
        &[puk.as_bytes(), new_pin.padded()],
    )
}

/// CHANGE REFERENCE DATA for the PIN up to the new one, which whoever sends the
/// command appends: the form of a program's
/// [`NewPin`](crate::program::Step::NewPin).
#[must_use]
pub fn change_pin_to_appended(old: &Pin) -> Command {
    with_secrets(
        command(Ins::ChangeReferenceData, PIN_REFERENCE),
        &[old.padded()],
    )
}

/// RESET RETRY COUNTER up to the new PIN, which is appended in the same way.
#[must_use]
pub fn reset_retry_counter_to_appended(puk: &Puk) -> Command {
    with_secrets(
        command(Ins::ResetRetryCounter, PIN_REFERENCE),
        &[puk.as_bytes()],
    )
}

const fn command(instruction: Ins, reference: u8) -> Command {
    Command::new(0x00, instruction.code(), 0x00, reference)
}

fn with_secrets(command: Command, secrets: &[&[u8; 8]]) -> Command {
    let mut data = Zeroizing::new(Vec::with_capacity(8 * secrets.len()));
    for secret in secrets {
        data.extend_from_slice(*secret);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_appended_pin_makes_the_whole_command() {
        let (old, new) = (Pin::new("123456").unwrap(), Pin::new("48291377").unwrap());
        let puk = Puk::new(*b"12345678");
        for (begun, whole) in [
            (change_pin_to_appended(&old), change_pin(&old, &new)),
            (
                reset_retry_counter_to_appended(&puk),
                reset_retry_counter(&puk, &new),
            ),
        ] {
            let data = [begun.data(), new.padded()].concat();
            assert_eq!(begun.with_data(data), whole);
        }
    }
}
