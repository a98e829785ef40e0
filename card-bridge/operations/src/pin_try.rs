//! One try of a PIN on a card: it has to be the card that was chosen, it has to
//! have a try that may be used, and the origin one too. Only then is the PIN
//! sent, once.

mod budget;
mod last_try;
#[cfg(test)]
mod tests;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{CardError, CardFault, piv::PinStatus};

pub use self::{
    budget::Budget,
    last_try::{LastTries, LastTry},
};
use crate::{
    card_state::CardState,
    issuers::Issuers,
    moment::Moment,
    piv_card::{PinSource, Piv},
    proposal::CheckedStatement,
};

/// What has to hold for a try.
#[derive(Clone, Copy, Debug)]
pub struct PinTry<'a> {
    /// Whose page it is.
    pub origin: &'a str,
    /// The certificate of the card that was chosen, in base64.
    pub card: &'a str,
    /// What it is to sign: then it has to be the card of that, too.
    pub proposed: Option<&'a CheckedStatement>,
    /// Where it is.
    pub reader: &'a str,
    /// Which insertion that is, by the system's word; `None` while the system
    /// does not say that there is a card.
    pub insertion: Option<u64>,
    /// Whose cards get a PIN at all.
    pub issuers: &'a Issuers,
    /// The wrong PINs of each origin.
    pub budget: &'a Budget,
    /// How many of them there may be.
    pub wrong_per_hour: usize,
    /// The last tries that were refused.
    pub refused: &'a LastTries,
    /// What is done about the last one.
    pub last_try: LastTry,
    /// When it is.
    pub now: Moment,
}

impl PinTry<'_> {
    /// Has the card verify `pin`. The card was not selected before, or is
    /// selected anew. Gives its certificate.
    ///
    /// # Errors
    /// See [`Self::send`].
    pub async fn verify(
        &self,
        card: &mut Piv<'_>,
        state: &mut CardState,
        pin: &PinSource,
    ) -> Result<Vec<u8>, CardError> {
        self.send(
            card,
            state,
            async |card: &mut Piv<'_>, state: &mut CardState| {
                card.verify(pin).await?;
                state.pin_was_right();
                Ok(())
            },
        )
        .await
    }

    /// Has `send` send a command that holds the PIN. Gives the certificate of the
    /// card.
    ///
    /// # Errors
    /// All of these before the card gets a PIN: [`CardError::UnfitCard`] for a card that
    /// none is for, [`CardError::OtherCard`], [`CardError::NotProposed`], [`CardError::PinBlocked`],
    /// [`CardError::LastTry`], [`CardError::TooManyTries`]; and those of `send`, of which
    /// [`CardError::Cancelled`] says that the card got no PIN: one that was stopped later
    /// ends with [`CardError::CardMute`].
    pub async fn send(
        &self,
        card: &mut Piv<'_>,
        state: &mut CardState,
        send: impl AsyncFnOnce(&mut Piv<'_>, &mut CardState) -> Result<(), CardError>,
    ) -> Result<Vec<u8>, CardError> {
        card.select().await?;
        let certificate = self.chosen(card).await?;
        let is_last = match card.pin_status().await? {
            PinStatus::Blocked => return Err(CardError::PinBlocked),
            PinStatus::TriesLeft(tries) => tries.0 <= 1,
            // The right PIN gave the card all its tries back.
            PinStatus::Verified => false,
        };
        let spent = self
            .budget
            .spend(self.origin, self.wrong_per_hour, self.now)?;
        // After the budget had its say: a confirmation counts once.
        if is_last && !self.may_use_last(&certificate) {
            spent.give_back();
            return Err(CardError::LastTry);
        }
        state.is_verified = false;
        state.had_pin = true;
        card.carries_pin(true);
        let outcome = send(card, state).await;
        card.carries_pin(false);
        match outcome {
            Ok(()) => {
                spent.give_back();
                Ok(certificate)
            }
            // Stopped while the card had something to say still: of its PIN, most likely.
            Err(CardError::Cancelled) if card.has_sent_pin() => Err(CardError::CardMute),
            Err(CardError::Cancelled) => {
                spent.give_back();
                Err(CardError::Cancelled)
            }
            Err(error) => Err(error),
        }
    }

    fn may_use_last(&self, certificate: &[u8]) -> bool {
        match self.last_try {
            LastTry::Ask => false,
            LastTry::Confirmed => true,
            LastTry::AfterInsertion => self.refused.allow(
                self.reader,
                self.insertion,
                self.origin,
                certificate,
                self.now,
            ),
        }
    }

    /// The certificate of the card, if it is the chosen one's, and what it is to
    /// sign was proposed to it.
    ///
    /// # Errors
    /// [`CardError::UnfitCard`] for a card without a certificate, or with one that is none
    /// of the server's, whatever the page says; [`CardError::OtherCard`],
    /// [`CardError::NotProposed`].
    pub async fn chosen(&self, card: &mut Piv<'_>) -> Result<Vec<u8>, CardError> {
        let none = CardError::UnfitCard {
            reason: CardFault::NoCertificate,
        };
        let certificate = card.certificate().await?.ok_or(none)?;
        self.issuers.check(&certificate).await?;
        if BASE64_STANDARD.encode(&certificate) != self.card {
            tracing::info!("another card is in the reader than the chosen one");
            return Err(CardError::OtherCard);
        }
        if let Some(proposed) = self.proposed {
            proposed.is_for_card(&certificate)?;
        }
        Ok(certificate)
    }
}
