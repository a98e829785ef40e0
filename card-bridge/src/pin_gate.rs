//! The one way for a PIN from a person to a card. Two halves: where it is typed
//! (here), and what has to hold before a card is asked to compare it
//! ([`PinTry`](card_operations::pin_try::PinTry)). Nothing else turns a page's text into a
//! PIN, and nothing else has a card verify one.

use card_operations::{pin_try::LastTry, piv_card::PinSource};
use card_protocol::{
    CardError, Pin,
    bridge::{Call, PinEntry, PinText},
};

use crate::{
    origin::Origin,
    pin_entry::{PinDialog, Question},
};

/// Where the PINs of one page are typed.
#[derive(Debug)]
pub(crate) struct PinGate {
    dialog: PinDialog,
    origin: Origin,
}

impl PinGate {
    pub(crate) const fn new(dialog: PinDialog, origin: Origin) -> Self {
        Self { dialog, origin }
    }

    /// Where PINs are typed.
    pub(crate) const fn entry(&self) -> PinEntry {
        self.dialog.entry
    }

    /// Refuses a message that brings a PIN where the page must not know one,
    /// whatever else it asks for.
    ///
    /// # Errors
    /// [`CardError::PinNotTaken`].
    pub(crate) fn admit(&self, call: &Call) -> Result<(), CardError> {
        if self.entry() != PinEntry::Page && call.brings_pin() {
            tracing::warn!(origin = %self.origin, "a page brought a PIN that is typed elsewhere");
            return Err(CardError::PinNotTaken);
        }
        Ok(())
    }

    /// The PIN that the card has, to be verified.
    ///
    /// # Errors
    /// [`CardError::PinRequired`] if the page has to bring it; those of the
    /// dialog; [`CardError::BadRequest`] for what is no PIN.
    pub(crate) async fn present(
        &self,
        from_page: Option<&PinText>,
    ) -> Result<PinSource, CardError> {
        match self.entry() {
            PinEntry::Page => typed(from_page).map(PinSource::Typed),
            PinEntry::Dialog => self.ask(Question::Present).await.map(PinSource::Typed),
            PinEntry::PinPad => Ok(PinSource::PinPad),
        }
    }

    /// The PIN that the card has, to be changed. A pin pad's reader has no way
    /// to be asked for it that all drivers have, so the dialog asks.
    ///
    /// # Errors
    /// As for [`Self::present`].
    pub(crate) async fn old(&self, from_page: Option<&PinText>) -> Result<Pin, CardError> {
        match self.entry() {
            PinEntry::Page => typed(from_page),
            PinEntry::Dialog | PinEntry::PinPad => self.ask(Question::Present).await,
        }
    }

    /// The PIN that the card is to have.
    ///
    /// # Errors
    /// As for [`Self::present`].
    pub(crate) async fn new_pin(&self, from_page: Option<&PinText>) -> Result<Pin, CardError> {
        match self.entry() {
            PinEntry::Page => typed(from_page),
            PinEntry::Dialog | PinEntry::PinPad => self.ask(Question::New).await,
        }
    }

    /// What is done about the last try of a PIN that is presented.
    pub(crate) const fn last_try(&self) -> LastTry {
        match self.entry() {
            PinEntry::Page => LastTry::AfterInsertion,
            PinEntry::Dialog => LastTry::Ask,
            // Nothing reaches the card but what somebody types on the reader.
            PinEntry::PinPad => LastTry::Confirmed,
        }
    }

    /// And of one that is changed, for which the reader does not ask: see [`Self::old`].
    pub(crate) const fn last_try_to_change(&self) -> LastTry {
        match self.entry() {
            PinEntry::Page => LastTry::AfterInsertion,
            PinEntry::Dialog | PinEntry::PinPad => LastTry::Ask,
        }
    }

    /// Has the person say outside of the page that the last try is to be used.
    ///
    /// # Errors
    /// [`CardError::Cancelled`], and [`CardError::ReaderError`] if there is no
    /// dialog.
    pub(crate) async fn confirm_last_try(&self) -> Result<(), CardError> {
        self.dialog.confirm_last_try(&self.origin).await
    }

    async fn ask(&self, question: Question) -> Result<Pin, CardError> {
        self.dialog.ask(question, &self.origin).await
    }
}

/// A PIN out of a page's message.
fn typed(pin: Option<&PinText>) -> Result<Pin, CardError> {
    let pin = pin.ok_or(CardError::PinRequired)?;
    Pin::new(&pin.0).map_err(|_malformed| CardError::BadRequest)
}
