//! What the interrupt endpoint tells a session.

use super::{Presence, Session};
use crate::ccid::{MessageError, Notification};

impl Session {
    /// Takes what came from the interrupt endpoint. A card that went or came has to be
    /// powered, also where the reader activates it by itself: it may be another one. What
    /// is running gets its own answer from the reader.
    ///
    /// # Errors
    /// [`MessageError`]. The bulk pipes go on.
    pub fn notified(&mut self, bytes: &[u8]) -> Result<Presence, MessageError> {
        let last = self.reader.functional.last_slot;
        match Notification::parse(bytes, last)? {
            Notification::SlotChange(states) => {
                let Some(state) = states.get(usize::from(self.slot)) else {
                    return Ok(Presence::Elsewhere);
                };
                if !state.is_present || state.has_changed {
                    self.card = None;
                }
                if !state.is_present {
                    return Ok(Presence::Absent);
                }
                Ok(Presence::Present {
                    is_new: state.has_changed,
                })
            }
            Notification::HardwareError { slot, .. } if slot == self.slot => {
                self.card = None;
                Ok(Presence::HardwareError)
            }
            Notification::HardwareError { .. } => Ok(Presence::Elsewhere),
        }
    }
}
