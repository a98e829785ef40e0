//! A connection to a card in a real reader: shared, with a transaction per
//! operation, and brought back after another program's reset; while a PIN is
//! verified on it, the card's only one.

use std::ffi::CString;

use card_protocol::{CardError, StatusWord, atr};
use pcsc::{Card, Context, Error, Protocol, Protocols, ShareMode, Transaction};

use super::{error, features, pin_pad, place::Place};
use crate::reader::{CardAccess, CardConnection, Disposition};

/// How often in a row another program may reset the card under our feet.
const MAX_RESETS: u32 = 3;

/// A connection.
pub(super) struct PcscConnection {
    /// Where the card is, and how to ask for it.
    place: Place,
    /// Always there until the connection is dropped.
    card: Option<Card>,
    /// For responses; PC/SC wants all its room in advance.
    buffer: Vec<u8>,
    /// Card and reader carry extended lengths, as far as they say.
    is_extended: bool,
    /// Exclusive: no other program is connected, and none can be.
    mode: ShareMode,
    /// What becomes of the card when this ends.
    at_end: Disposition,
    /// The card was reset outside of a transaction, and nobody was told yet.
    was_reset: bool,
}

impl PcscConnection {
    pub(super) fn open(context: Context, reader: CString) -> Result<Self, CardError> {
        let place = Place { context, reader };
        let card = place
            .context
            .connect(&place.reader, ShareMode::Shared, Protocols::ANY)
            .map_err(|error| place.connecting(error))?;
        let is_extended = card
            .status2_owned()
            .is_ok_and(|status| atr::carries_extended(status.atr()))
            && !features::is_short_only(&card);
        Ok(Self {
            place,
            is_extended,
            card: Some(card),
            buffer: vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED],
            mode: ShareMode::Shared,
            at_end: Disposition::Leave,
            was_reset: false,
        })
    }

    /// Connects anew with this mode.
    fn reconnect(
        &mut self,
        mode: ShareMode,
        disposition: pcsc::Disposition,
    ) -> Result<(), CardError> {
        let card = self.card.as_mut().ok_or(CardError::CardRemoved)?;
        card.reconnect(mode, Protocols::ANY, disposition)
            .map_err(|error| self.place.connecting(error))
    }

    fn part(&mut self, disposition: pcsc::Disposition) {
        if let Some(card) = self.card.take()
            && let Err((card, error)) = card.disconnect(disposition)
        {
            tracing::debug!(%error, "disconnecting from a card that is gone");
            drop(card);
        }
    }
}

impl CardConnection for PcscConnection {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        let mode = self.mode;
        let place = &self.place;
        let card = self.card.as_mut().ok_or(CardError::CardRemoved)?;
        let mut resets = 0;
        loop {
            let error = match card.transaction() {
                Ok(transaction) => {
                    work(&mut PcscAccess {
                        place,
                        transaction: &transaction,
                        buffer: &mut self.buffer,
                        was_reset: std::mem::take(&mut self.was_reset) || resets > 0,
                        is_extended: self.is_extended,
                    });
                    if let Err((transaction, error)) = transaction.end(pcsc::Disposition::LeaveCard)
                    {
                        tracing::debug!(%error, "ending a transaction");
                        drop(transaction);
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            if error != Error::ResetCard || resets == MAX_RESETS {
                let meaning = match error {
                    Error::CommError | Error::InvalidHandle => CardError::NoReader,
                    error => error::working(error),
                };
                if meaning == CardError::CardRemoved {
                    // What is in the reader by now is another's to reset.
                    self.at_end = Disposition::Leave;
                }
                return Err(meaning);
            }
            resets += 1;
            card.reconnect(mode, Protocols::ANY, pcsc::Disposition::LeaveCard)
                .map_err(|error| place.connecting(error))?;
        }
    }

    fn take_alone(&mut self) -> Result<(), CardError> {
        if self.mode == ShareMode::Exclusive {
            return Ok(());
        }
        // A reconnection would hide that another program reset the card.
        let mut was_reset = false;
        self.transaction(&mut |card| was_reset = card.was_reset())?;
        self.was_reset |= was_reset;
        self.reconnect(ShareMode::Exclusive, pcsc::Disposition::LeaveCard)?;
        self.mode = ShareMode::Exclusive;
        Ok(())
    }

    fn reset_at_end(&mut self) {
        self.at_end = Disposition::Reset;
    }

    fn reset(&mut self) -> Result<(), CardError> {
        self.reconnect(ShareMode::Shared, pcsc::Disposition::ResetCard)?;
        self.mode = ShareMode::Shared;
        self.at_end = Disposition::Leave;
        self.was_reset = true;
        Ok(())
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) {
        if disposition == Disposition::Reset {
            self.at_end = Disposition::Reset;
        }
    }
}

impl Drop for PcscConnection {
    fn drop(&mut self) {
        // PC/SC's own default would reset every card under other programs.
        self.part(match self.at_end {
            Disposition::Leave => pcsc::Disposition::LeaveCard,
            Disposition::Reset => pcsc::Disposition::ResetCard,
        });
    }
}

struct PcscAccess<'a, 'card> {
    place: &'a Place,
    transaction: &'a Transaction<'card>,
    buffer: &'a mut [u8],
    was_reset: bool,
    is_extended: bool,
}

impl CardAccess for PcscAccess<'_, '_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        match self.transaction.transmit(apdu, self.buffer) {
            // Some drivers call it an answer that a card was pulled.
            Ok(answer) if answer.len() < 2 => Err(self.place.broken()),
            Ok(answer) => Ok(answer.to_vec()),
            Err(error) => Err(self.place.working(error)),
        }
    }

    fn is_t0(&self) -> bool {
        self.transaction
            .status2_owned()
            .is_ok_and(|status| status.protocol2() == Some(Protocol::T0))
    }

    fn carries_extended(&self) -> bool {
        self.is_extended
    }

    fn was_reset(&self) -> bool {
        self.was_reset
    }

    fn verify_on_pin_pad(&mut self) -> Result<StatusWord, CardError> {
        pin_pad::verify(self.transaction)
    }
}
