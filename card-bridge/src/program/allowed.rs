//! The commands that a program may hold. A server's signature is needed for
//! each, and still none can use the holder's key or set a PIN that the holder
//! did not type.

use card_protocol::{
    Command, Ins,
    piv::{MANAGEMENT_KEY, PIN_REFERENCE, PUK_REFERENCE, Slot, is_piv_aid},
};

/// The PIN of a blank card.
const FACTORY_PIN: &[u8] = b"123456\xFF\xFF";

/// What a program is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// A page handed it in.
    Page,
    /// A card is being made.
    Enroll,
}

/// Whether a program may hold `command`; `takes_pin` says that the bridge adds
/// a PIN to it.
pub(super) fn is_allowed(command: &Command, takes_pin: bool, purpose: Purpose) -> bool {
    let (0, Some(instruction)) = (command.class(), command.ins()) else {
        return false;
    };
    let p2 = command.p2();
    let data = command.data();
    if takes_pin {
        // The present PIN or the PUK is in front.
        return matches!(
            instruction,
            Ins::ChangeReferenceData | Ins::ResetRetryCounter
        ) && p2 == PIN_REFERENCE
            && data.len() == 8;
    }
    match instruction {
        Ins::Select => is_piv_aid(data),
        Ins::GetData
        | Ins::PutData
        | Ins::Generate
        | Ins::GetMetadata
        | Ins::SetManagementKey
        | Ins::SetPinRetries => true,
        // Between server and card only. A card that is being made also has to
        // prove that it has its new key.
        Ins::GeneralAuthenticate => {
            p2 == MANAGEMENT_KEY
                || purpose == Purpose::Enroll && p2 == Slot::Authentication.reference()
        }
        // The PUK; a PIN is the terminal's.
        Ins::ChangeReferenceData => p2 == PUK_REFERENCE,
        // Asking for the tries left, or the PIN of a blank card.
        Ins::Verify => data.is_empty() || purpose == Purpose::Enroll && data == FACTORY_PIN,
        // With a secret in it; and what the bridge's own exchange sends.
        Ins::ResetRetryCounter | Ins::GetResponse => false,
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::{Command, Pin, Puk, piv};

    use super::{Purpose, is_allowed};

    #[test]
    fn a_page_can_neither_use_the_key_nor_try_a_pin() {
        let pin = Pin::new("123456").unwrap();
        let puk = Puk::new(*b"12345678");
        let sign = piv::sign(piv::Slot::Authentication, piv::Algorithm::P256, &[0; 32]).unwrap();
        for (command, page, enroll) in [
            (piv::select(), true, true),
            (piv::get_data(piv::DataObject::Chuid), true, true),
            (piv::put_data(piv::DataObject::Chuid, &[1]), true, true),
            (piv::verify_status(), true, true),
            (piv::change_puk(&puk, &puk), true, true),
            (piv::verify_pin(&pin), false, true),
            (sign, false, true),
            (piv::verify_pin(&Pin::new("123457").unwrap()), false, false),
            (piv::change_pin(&pin, &pin), false, false),
            (piv::reset_retry_counter(&puk, &pin), false, false),
            (Command::new(0x80, 0xCB, 0x3F, 0xFF), false, false),
            (
                Command::new(0x00, 0xA4, 0x04, 0x00).with_data([0xD2, 0x76, 0, 1, 0x24]),
                false,
                false,
            ),
            (Command::new(0x00, 0xFB, 0x00, 0x00), false, false),
            (Command::new(0x00, 0xF9, 0x9A, 0x00), false, false),
        ] {
            assert_eq!(
                is_allowed(&command, false, Purpose::Page),
                page,
                "{command:?}"
            );
            assert_eq!(
                is_allowed(&command, false, Purpose::Enroll),
                enroll,
                "{command:?}"
            );
        }
    }

    #[test]
    fn a_new_pin_goes_into_its_two_commands_only() {
        for (instruction, p2, length, good) in [
            (0x24, 0x80, 8, true),
            (0x2C, 0x80, 8, true),
            (0x24, 0x81, 8, false),
            (0x24, 0x80, 0, false),
            (0xDB, 0x80, 8, false),
            (0x20, 0x80, 0, false),
        ] {
            let command = Command::new(0, instruction, 0, p2).with_data(vec![0; length]);
            assert_eq!(
                is_allowed(&command, true, Purpose::Page),
                good,
                "{command:?}"
            );
        }
    }
}
