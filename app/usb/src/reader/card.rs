//! The card in a reader, as operations see it.

use std::time::Duration;

use async_trait::async_trait;
use card_operations::access::CardAccess;
use card_protocol::{
    CardError,
    ccid::{Outcome, SessionError},
};

use super::{Patience, ReaderError, UsbReader};
use crate::cancel::CancelToken;

/// A card that has power, for one operation.
pub(crate) struct PoweredCard<'a> {
    reader: &'a UsbReader,
    stop: &'a CancelToken,
    /// When all answers have to be there, by the clock that nobody sets.
    until: Option<Duration>,
}

impl<'a> PoweredCard<'a> {
    pub(crate) const fn new(
        reader: &'a UsbReader,
        stop: &'a CancelToken,
        until: Option<Duration>,
    ) -> Self {
        Self {
            reader,
            stop,
            until,
        }
    }
}

#[async_trait(?Send)]
impl CardAccess for PoweredCard<'_> {
    async fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        let patience = Patience::of(self.reader, self.stop, self.until);
        let sent = self.reader.run(|session| session.transmit(apdu), &patience);
        match sent.await {
            Ok(Outcome::Response(response)) => Ok(response),
            Ok(_) => Err(CardError::ReaderError),
            Err(error) => {
                tracing::info!(%error, "an APDU has no answer");
                if let ReaderError::Session(SessionError::CardAbsent | SessionError::CardRemoved) =
                    error
                {
                    self.reader.state.borrow_mut().was_absent = true;
                }
                Err(match error {
                    // It was there when the operation began.
                    ReaderError::Session(SessionError::CardAbsent | SessionError::NotActivated) => {
                        CardError::CardRemoved
                    }
                    error => error.into(),
                })
            }
        }
    }

    fn is_t0(&self) -> bool {
        self.reader.state.borrow().session.is_over_t0()
    }

    fn carries_extended(&self) -> bool {
        self.reader.state.borrow().session.carries_extended()
    }
}
