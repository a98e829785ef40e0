//! Messages on the interrupt pipe (CCID 1.1 §6.3): a card came or went, or the reader
//! found an electrical fault.

use super::message::MessageError;

/// What the reader tells by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notification {
    /// `RDR_to_PC_NotifySlotChange` (§6.3.1): every slot's state.
    SlotChange(Vec<SlotState>),
    /// `RDR_to_PC_HardwareError` (§6.3.2).
    HardwareError {
        /// bSlot.
        slot: u8,
        /// bSeq of the command before.
        sequence: u8,
        /// bHardwareErrorCode: 01 is an overcurrent.
        code: u8,
    },
}

/// Two bits of bmSlotICCState.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SlotState {
    /// A card is there.
    pub is_present: bool,
    /// It came or went since the last notification.
    pub has_changed: bool,
}

impl Notification {
    /// Reads what came from the interrupt pipe of a reader whose last slot is
    /// `last_slot`.
    ///
    /// # Errors
    /// [`MessageError::Type`] or [`MessageError::Notification`].
    pub fn parse(bytes: &[u8], last_slot: u8) -> Result<Self, MessageError> {
        match *bytes {
            [0x50, ref states @ ..] => {
                let slots = usize::from(last_slot) + 1;
                // The length of a full packet is all right: some readers pad.
                if states.len() < slots.div_ceil(4) || states.len() > 64 {
                    return Err(MessageError::Notification(bytes.len()));
                }
                let pairs = states
                    .iter()
                    .flat_map(|byte| (0..4).map(move |at| byte >> (2 * at)));
                Ok(Self::SlotChange(
                    pairs
                        .take(slots)
                        .map(|pair| SlotState {
                            is_present: pair & 1 != 0,
                            has_changed: pair & 2 != 0,
                        })
                        .collect(),
                ))
            }
            [0x51, slot, sequence, code] => Ok(Self::HardwareError {
                slot,
                sequence,
                code,
            }),
            [0x51, ..] | [] => Err(MessageError::Notification(bytes.len())),
            [other, ..] => Err(MessageError::Type(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Notification, SlotState};
    use crate::ccid::MessageError;

    #[test]
    fn notifications_are_read() {
        let state = |is_present, has_changed| SlotState {
            is_present,
            has_changed,
        };
        for (bytes, last, expected) in [
            (
                &[0x50, 0x03][..],
                0,
                Ok(Notification::SlotChange(vec![state(true, true)])),
            ),
            (
                &[0x50, 0x02],
                0,
                Ok(Notification::SlotChange(vec![state(false, true)])),
            ),
            (
                &[0x50, 0b0110_0100, 0b11],
                4,
                Ok(Notification::SlotChange(vec![
                    state(false, false),
                    state(true, false),
                    state(false, true),
                    state(true, false),
                    state(true, true),
                ])),
            ),
            (
                &[0x51, 1, 9, 1],
                1,
                Ok(Notification::HardwareError {
                    slot: 1,
                    sequence: 9,
                    code: 1,
                }),
            ),
            (&[0x50], 0, Err(MessageError::Notification(1))),
            (&[0x50, 0x03], 4, Err(MessageError::Notification(2))),
            (&[0x51, 0, 0], 0, Err(MessageError::Notification(3))),
            (&[0x80, 0, 0], 0, Err(MessageError::Type(0x80))),
            (&[], 0, Err(MessageError::Notification(0))),
        ] {
            assert_eq!(Notification::parse(bytes, last), expected, "{bytes:02X?}");
        }
    }
}
