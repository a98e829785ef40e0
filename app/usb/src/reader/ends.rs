//! How a device is begun anew with, and how it is given back.

use std::time::Duration;

use super::{Notices, ReaderError, State, TRANSFER, UsbReader};
use crate::port::PortError;

/// How long after a transfer that failed the browser may take to say that the device was
/// pulled: Chromium rejects what was under way first, and not by that name.
const PULLED: Duration = Duration::from_millis(500);
/// How often it is looked whether it said so.
const LISTEN: Duration = Duration::from_millis(50);

impl UsbReader {
    /// Resets the device and begins anew with it; the card has no power afterwards. Where
    /// the system does not let a browser reset a device, it is given back and taken again:
    /// then the reader may still be at its old command, whose answer has an old number.
    ///
    /// # Errors
    /// [`ReaderError`]: it is still lost.
    pub async fn recover(&self) -> Result<(), ReaderError> {
        self.is_at_hand()?;
        tracing::warn!("a USB reader is reset");
        let sequence = self.state.borrow().session.next_sequence();
        let fresh = State::new(self.interface, self.rates.clone(), sequence)
            .map_err(|_was_supported| ReaderError::Lost)?;
        // Before anything is waited for: whoever drops this finds it lost.
        *self.state.borrow_mut() = State {
            is_lost: true,
            notices: Notices::Settling,
            ..fresh
        };
        let reset = self.within(TRANSFER, self.port.reset()).await;
        // Anything else is no reason to give up: it is not to be had everywhere.
        if reset == Err(PortError::Gone) {
            return Err(PortError::Gone.into());
        }
        self.is_at_hand()?;
        self.give_back().await;
        self.is_at_hand()?;
        let taken = self.take_again().await;
        // It may have ended meanwhile: then nobody else gives it back.
        if taken.is_err() || self.is_ended.get() {
            self.give_back().await;
        }
        match taken {
            Err(error) if self.was_pulled(error).await => Err(PortError::Gone.into()),
            Err(error) => Err(error.into()),
            Ok(()) => {
                self.is_at_hand()?;
                self.state.borrow_mut().is_lost = false;
                Ok(())
            }
        }
    }

    async fn take_again(&self) -> Result<(), PortError> {
        self.within(TRANSFER, self.port.open()).await?;
        if self.is_ended.get() {
            return Err(PortError::Gone);
        }
        self.within(TRANSFER, self.port.claim(self.address)).await
    }

    /// From here on the device is spoken to no more: it was pulled, or is given back.
    pub(crate) fn end(&self) {
        self.is_ended.set(true);
    }

    /// Whether it was said that the device is spoken to no more.
    pub(crate) fn is_ended(&self) -> bool {
        self.is_ended.get()
    }

    pub(super) fn is_at_hand(&self) -> Result<(), ReaderError> {
        if self.is_ended.get() {
            return Err(PortError::Gone.into());
        }
        Ok(())
    }

    /// Gives the device back, for good and once: then it may be somebody else's.
    pub async fn close(&self) {
        self.end();
        if !self.is_given_back.replace(true) {
            self.give_back().await;
        }
    }

    /// The same for a device that may be in the midst of something: it is reset first, so
    /// that its card forgets what was verified, where the system lets a browser do so.
    pub(crate) async fn abandon(&self) {
        self.end();
        if self.is_given_back.replace(true) {
            return;
        }
        if let Err(error) = self.within(TRANSFER, self.port.reset()).await {
            tracing::warn!(%error, "a card that may stay verified");
        }
        self.give_back().await;
    }

    async fn give_back(&self) {
        let closing = async {
            self.port.close().await;
            Ok(())
        };
        if self.within(TRANSFER, closing).await.is_err() {
            tracing::warn!("a USB device takes its time to be given back");
        }
    }

    /// Whether a transfer failed because the device was pulled, as the browser says in a
    /// moment.
    pub(super) async fn was_pulled(&self, error: PortError) -> bool {
        if error == PortError::Other {
            let begun = self.clock.now().steady;
            while !self.is_ended.get() && self.clock.now().steady.saturating_sub(begun) < PULLED {
                self.clock.sleep(LISTEN).await;
            }
        }
        error == PortError::Gone || self.is_ended.get()
    }
}
