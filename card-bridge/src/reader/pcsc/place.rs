//! Where a card is, and what an error there means: the service's own word for it is the
//! same for a card that was pulled as for one that is broken, and for a memory card as for
//! one that is being reset.

use std::{ffi::CString, time::Duration};

use card_protocol::{CardError, CardFault, atr};
use pcsc::{Context, Error, ReaderState, State};

use super::error;

/// How long the service may take to see that a card is gone: pcscd looks each 400 ms.
/// The first answer comes at once, each further one with the next change of anything.
const SEES_REMOVAL: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(600),
    Duration::from_millis(600),
];

/// A reader, for whoever is connected to the card in it.
pub(super) struct Place {
    pub(super) context: Context,
    pub(super) reader: CString,
}

impl Place {
    /// While connecting to a card.
    pub(super) fn connecting(&self, error: Error) -> CardError {
        // Also while another program resets the card.
        if error == Error::ProtoMismatch
            && let Some(atr) = self.atr()
            && !atr::takes_commands(&atr)
        {
            tracing::info!("a card that takes no commands");
            return CardError::UnfitCard {
                reason: CardFault::NoProtocol,
            };
        }
        error::connecting(error)
    }

    /// In the middle of an operation: a card that was pulled is that, whatever the driver
    /// said of the command that it cut off.
    pub(super) fn working(&self, error: Error) -> CardError {
        match error::working(error) {
            // A security key is its own reader.
            CardError::NoReader if is_readers_end(error) => CardError::CardRemoved,
            CardError::ReaderError => self.broken(),
            meaning => meaning,
        }
    }

    /// What it means that no answer came, or half of one.
    pub(super) fn broken(&self) -> CardError {
        if self.is_removed() {
            tracing::info!("the card was pulled");
            return CardError::CardRemoved;
        }
        CardError::ReaderError
    }

    /// Waits until the service sees that the card is gone, if it is.
    fn is_removed(&self) -> bool {
        let mut state = [ReaderState::new(self.reader.clone(), State::UNAWARE)];
        for wait in SEES_REMOVAL {
            match self.context.get_status_change(wait, &mut state) {
                Ok(()) | Err(Error::Timeout) => {}
                Err(Error::UnknownReader | Error::ReaderUnavailable) => return true,
                Err(_) => return false,
            }
            let [state] = &mut state;
            let gone = State::EMPTY | State::UNKNOWN | State::UNAVAILABLE;
            if state.event_state().intersects(gone) {
                return true;
            }
            state.sync_current_state();
        }
        false
    }

    /// The answer to reset of the card in it.
    fn atr(&self) -> Option<Vec<u8>> {
        let mut state = [ReaderState::new(self.reader.clone(), State::UNAWARE)];
        self.context
            .get_status_change(Duration::ZERO, &mut state)
            .ok()?;
        let [state] = &state;
        let is_there = state.event_state().contains(State::PRESENT);
        is_there.then(|| state.atr().to_vec())
    }
}

/// Whether the reader is gone, and not the service.
const fn is_readers_end(error: Error) -> bool {
    matches!(error, Error::UnknownReader | Error::ReaderUnavailable)
}
