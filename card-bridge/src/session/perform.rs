//! One operation of a page: what it needs is checked, its PIN asked for, the
//! card waited for on a thread of its own, and the outcome put into JSON.

use std::{
    sync::{Arc, PoisonError, TryLockError},
    time::Duration,
};

use card_protocol::{
    CardError, Pin,
    bridge::{Call, PinEntry, PinText},
    program::SignedProgram,
    proposal::SignedProposal,
    statement::Statement,
    token::SignedChallenge,
};
use serde::Serialize;
use serde_json::Value;

use super::{page::Page, value};
use crate::{
    clock::Moment,
    grant::HeldGrant,
    hub::{Hub, SharedCards},
    operation::{
        PinSource, Piv, authenticate::authenticate, cancel::CancelToken, change_pin::change_pin,
        held::CardState, identify::identify, sign::sign,
    },
    pin_entry::Question,
    program::{self, Purpose},
    proposal::{self, CheckedStatement},
};

/// How long another program may keep a card to itself before the page is told.
const WAIT_FOR_CARD: Duration = Duration::from_secs(10);

/// An operation and all it needs.
pub(super) struct Job {
    pub(super) hub: Arc<Hub>,
    pub(super) page: Arc<Page>,
    pub(super) cards: SharedCards,
    pub(super) stop: Arc<CancelToken>,
    /// Under which it is done.
    pub(super) grant: HeldGrant,
}

impl Job {
    /// Performs a call that needs a card.
    pub(super) async fn perform(self, call: Call) -> Result<Value, CardError> {
        match call {
            Call::Identify { reader } => self.on_card(reader, |card, _state| identify(card)).await,
            Call::Authenticate {
                reader,
                challenge,
                pin,
            } => self.authenticate(reader, &challenge, pin).await,
            Call::SignStatement {
                reader,
                statement,
                proposal,
                pin,
            } => self.sign(reader, statement, &proposal, pin).await,
            Call::ChangePin { reader, old, new } => {
                let (old, new) = match self.page.pin.entry {
                    PinEntry::Dialog => (
                        self.ask(Question::Present).await?,
                        self.ask(Question::New).await?,
                    ),
                    PinEntry::Page | PinEntry::PinPad => (typed(&old)?, typed(&new)?),
                };
                self.on_card(reader, move |card, state| {
                    change_pin(card, state, &old, &new)
                })
                .await
            }
            Call::RunProgram {
                reader,
                program,
                new_pin,
            } => self.run_program(reader, &program, new_pin).await,
            // The session answers these itself.
            Call::Hello { .. }
            | Call::RequestGrant {}
            | Call::PresentGrant { .. }
            | Call::Watch {}
            | Call::Cancel {}
            | Call::VirtualCards {}
            | Call::VirtualInsert { .. }
            | Call::VirtualRemove { .. } => Err(CardError::BadRequest),
        }
    }

    async fn authenticate(
        self,
        reader: String,
        challenge: &SignedChallenge,
        pin: Option<PinText>,
    ) -> Result<Value, CardError> {
        let nonce = proposal::check_challenge(challenge, &self.page.allowed)?;
        let pin = self.pin(pin).await?.ok_or(CardError::PinRequired)?;
        let page = Arc::clone(&self.page);
        self.on_card(reader, move |card, state| {
            authenticate(card, state, page.allowed.origin.as_str(), &nonce, &pin)
        })
        .await
    }

    /// The holder is asked first, by who has to. Outside of the page, the PIN is
    /// asked for only if the card wants it.
    async fn sign(
        self,
        reader: String,
        statement: Statement,
        signed: &SignedProposal,
        pin: Option<PinText>,
    ) -> Result<Value, CardError> {
        let Self { page, grant, .. } = &self;
        let checked = proposal::check(statement, signed, &page.allowed, grant, self.now())?;
        self.confirm(&checked).await?;
        let mut source = None;
        if pin.is_some() {
            source = self.pin(pin).await?;
        } else if self.page.pin.entry != PinEntry::Page && !self.holds_verified(&reader) {
            source = self.pin(None).await?;
        }
        let (page, grant, hub) = (
            Arc::clone(&self.page),
            self.grant.clone(),
            Arc::clone(&self.hub),
        );
        self.on_card(reader, move |card, state| {
            // Time went by: somebody read it, typed a PIN, or the card was in use.
            checked.is_in_time(&grant, Moment::now(&hub.clock))?;
            let origin = page.allowed.origin.as_str();
            let signature = sign(card, state, origin, &checked, source.as_ref())?;
            *page.confirmed() = None;
            Ok(signature)
        })
        .await
    }

    /// Waits for the holder's 确认, unless the page asks or this very proposal was
    /// confirmed before.
    async fn confirm(&self, checked: &CheckedStatement) -> Result<(), CardError> {
        if *self.page.confirmed() == Some(*checked.id()) {
            return Ok(());
        }
        *self.page.confirmed() = None;
        let Page {
            confirmation,
            allowed,
            ..
        } = &*self.page;
        tokio::select! {
            asked = confirmation.ask(&checked.statement().text, &allowed.origin) => asked?,
            () = self.stop.abandoned() => return Err(CardError::Cancelled),
        }
        *self.page.confirmed() = Some(*checked.id());
        Ok(())
    }

    fn now(&self) -> Moment {
        Moment::now(&self.hub.clock)
    }

    async fn run_program(
        self,
        reader: String,
        signed: &SignedProgram,
        new_pin: Option<PinText>,
    ) -> Result<Value, CardError> {
        let now = (self.hub.clock)();
        let Page { allowed, pin, .. } = &*self.page;
        let (origin, key) = (allowed.origin.as_str(), &allowed.program_key);
        let program = program::check(signed, origin, key, now, Purpose::Page)?;
        let new_pin = match new_pin {
            _ if !program.takes_pin() => None,
            None if pin.entry == PinEntry::Dialog => Some(self.ask(Question::New).await?),
            new_pin => new_pin.as_ref().map(typed).transpose()?,
        };
        let hub = Arc::clone(&self.hub);
        self.on_card(reader, move |card, state| {
            // Time went by: somebody typed a PIN, or the card was in use.
            let (guard, now) = (&hub.replay_guard, (hub.clock)());
            program::run(&program, card, state, guard, new_pin.as_ref(), now)
        })
        .await
    }

    /// The PIN for a call that came with `pin`; `None` if the page has to ask.
    async fn pin(&self, pin: Option<PinText>) -> Result<Option<PinSource>, CardError> {
        match (self.page.pin.entry, pin) {
            (PinEntry::Page, pin) => pin.map(|pin| typed(&pin).map(PinSource::Typed)).transpose(),
            // The page must not know the PIN.
            (PinEntry::Dialog | PinEntry::PinPad, Some(_)) => Err(CardError::BadRequest),
            (PinEntry::Dialog, None) => {
                let pin = self.ask(Question::Present).await?;
                Ok(Some(PinSource::Typed(pin)))
            }
            (PinEntry::PinPad, None) => Ok(Some(PinSource::PinPad)),
        }
    }

    async fn ask(&self, question: Question) -> Result<Pin, CardError> {
        tokio::select! {
            pin = self.page.pin.ask(question, &self.page.allowed.origin) => pin,
            () = self.stop.abandoned() => Err(CardError::Cancelled),
        }
    }

    fn holds_verified(&self, reader: &str) -> bool {
        self.cards
            .try_lock()
            .is_ok_and(|cards| cards.is_verified(reader))
    }

    /// Runs `work` on the card in `reader`, on a thread that may block.
    async fn on_card<T: Serialize + Send + 'static>(
        self,
        reader: String,
        work: impl FnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError> + Send + 'static,
    ) -> Result<Value, CardError> {
        let Self {
            hub,
            cards,
            stop,
            page,
            grant: _,
        } = self;
        let lease = tokio::select! {
            lease = hub.lease(&reader) => lease?,
            () = stop.abandoned() => return Err(CardError::Cancelled),
        };
        let thread_stop = Arc::clone(&stop);
        let mut thread = tokio::task::spawn_blocking(move || {
            let _lease = lease;
            let mut cards = match cards.try_lock() {
                Ok(cards) => cards,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // An abandoned operation still waits for its card.
                Err(TryLockError::WouldBlock) => return Err(CardError::Busy),
            };
            cards.serve(page.number);
            cards.run(&reader, &thread_stop, || hub.connect(&reader), work)
        });
        let outcome = tokio::select! {
            outcome = &mut thread => outcome,
            () = stop.abandoned() => return Err(CardError::Cancelled),
            () = tokio::time::sleep(WAIT_FOR_CARD) => {
                if stop.abandon() {
                    return Err(CardError::CardInUse);
                }
                thread.await
            }
        };
        let answer = outcome.unwrap_or_else(|error| {
            tracing::error!(%error, "an operation's thread failed");
            Err(CardError::ReaderError)
        })?;
        value(&answer)
    }
}

/// A PIN out of a page's message.
fn typed(pin: &PinText) -> Result<Pin, CardError> {
    Pin::new(&pin.0).map_err(|_malformed| CardError::BadRequest)
}

/// Keeps the cards of a page that went away for a moment, then lets go of them.
pub(super) async fn park(hub: &Arc<Hub>, origin: &str, cards: SharedCards) {
    let is_empty = cards.try_lock().is_ok_and(|cards| cards.is_empty());
    if !is_empty && !hub.is_closing() {
        hub.parked.leave(origin, Arc::clone(&cards));
        tokio::select! {
            () = tokio::time::sleep(crate::hub::GRACE) => {}
            () = hub.closing() => {}
        }
        if hub.parked.take(&cards).is_none() {
            return;
        }
    }
    let released = tokio::task::spawn_blocking(move || {
        cards
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .release();
    });
    if let Err(error) = released.await {
        tracing::error!(%error, "letting go of the cards");
    }
}

/// Answers a call about the demo's software cards; `None` without them.
#[cfg(feature = "demo")]
pub(super) async fn software(hub: &Arc<Hub>, call: Call) -> Option<Result<Value, CardError>> {
    use card_protocol::bridge::Empty;

    hub.software_cards()?;
    let hub = Arc::clone(hub);
    let answer = tokio::task::spawn_blocking(move || {
        let cards = hub.software_cards().ok_or(CardError::NoReader)?;
        match call {
            Call::VirtualInsert { reader, card } => cards.insert(&reader, &card)?,
            Call::VirtualRemove { reader } => cards.remove(&reader)?,
            _ => return value(&cards.cards()?),
        }
        value(&Empty {})
    });
    Some(answer.await.unwrap_or(Err(CardError::ReaderError)))
}

/// Answers a call about the demo's software cards: there are none.
#[cfg(not(feature = "demo"))]
pub(super) fn software(
    _hub: &Arc<Hub>,
    _call: Call,
) -> std::future::Ready<Option<Result<Value, CardError>>> {
    std::future::ready(None)
}
