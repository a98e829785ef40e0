//! One try of a PIN on a card: it has to be the card that was chosen, it has to
//! have a try that may be used, and the origin one too. Only then is the PIN
//! sent, once.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{CardError, CardFault, piv::PinStatus};

use super::{
    budget::Budget,
    last_try::{LastTries, LastTry},
};
use crate::{
    clock::Moment,
    issuers::Issuers,
    operation::{PinSource, Piv, held::CardState},
    origin::Origin,
    proposal::CheckedStatement,
};

/// What has to hold for a try.
#[derive(Clone, Copy, Debug)]
pub struct PinTry<'a> {
    pub(crate) origin: &'a Origin,
    /// The certificate of the card that was chosen, in base64.
    pub(crate) card: &'a str,
    /// What it is to sign: then it has to be the card of that, too.
    pub(crate) proposed: Option<&'a CheckedStatement>,
    /// Where it is.
    pub(crate) reader: &'a str,
    /// Which insertion that is, by the system's word; `None` while the system
    /// does not say that there is a card.
    pub(crate) insertion: Option<u64>,
    /// Whose cards get a PIN at all.
    pub(crate) issuers: &'a Issuers,
    pub(crate) budget: &'a Budget,
    pub(crate) wrong_per_hour: usize,
    pub(crate) refused: &'a LastTries,
    pub(crate) last_try: LastTry,
    pub(crate) now: Moment,
}

impl PinTry<'_> {
    /// Has the card verify `pin`. The card was not selected before, or is
    /// selected anew. Gives its certificate.
    ///
    /// # Errors
    /// See [`Self::send`].
    pub(crate) fn verify(
        &self,
        card: &mut Piv<'_>,
        state: &mut CardState,
        pin: &PinSource,
    ) -> Result<Vec<u8>, CardError> {
        self.send(card, state, |card, state| {
            card.verify(pin)?;
            state.pin_was_right();
            Ok(())
        })
    }

    /// Has `send` send a command that holds the PIN. Gives the certificate of the
    /// card.
    ///
    /// # Errors
    /// All of these before the card gets a PIN: [`CardError::UnfitCard`] for a card that
    /// none is for, [`CardError::OtherCard`], [`CardError::NotProposed`], [`CardError::PinBlocked`],
    /// [`CardError::LastTry`], [`CardError::TooManyTries`]; and those of `send`.
    pub(crate) fn send(
        &self,
        card: &mut Piv<'_>,
        state: &mut CardState,
        send: impl FnOnce(&mut Piv<'_>, &mut CardState) -> Result<(), CardError>,
    ) -> Result<Vec<u8>, CardError> {
        card.select()?;
        let certificate = self.chosen(card)?;
        match card.pin_status()? {
            PinStatus::Blocked => return Err(CardError::PinBlocked),
            PinStatus::TriesLeft(tries) if tries.0 <= 1 && !self.may_use_last(&certificate) => {
                return Err(CardError::LastTry);
            }
            // The right PIN gave the card all its tries back.
            PinStatus::TriesLeft(_) | PinStatus::Verified => {}
        }
        let spent = self
            .budget
            .spend(self.origin, self.wrong_per_hour, self.now)?;
        state.is_verified = false;
        state.had_pin = true;
        card.carries_pin(true);
        let outcome = send(card, state);
        card.carries_pin(false);
        if matches!(outcome, Ok(()) | Err(CardError::Cancelled)) {
            spent.give_back();
        }
        outcome.map(|()| certificate)
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
    pub(crate) fn chosen(&self, card: &mut Piv<'_>) -> Result<Vec<u8>, CardError> {
        let none = CardError::UnfitCard {
            reason: CardFault::NoCertificate,
        };
        let certificate = card.certificate()?.ok_or(none)?;
        self.issuers.check(&certificate)?;
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
