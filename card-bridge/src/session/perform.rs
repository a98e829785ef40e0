//! One operation of a page: what it needs is checked, its PIN asked for, the
//! card waited for on a thread of its own, and the outcome put into JSON.

mod sign;
mod waiting;

use std::{sync::Arc, time::Duration};

use card_operations::{
    authenticate::authenticate,
    card_state::CardState,
    change_pin::change_pin,
    grant::HeldGrant,
    identify::identify,
    issuers::Issuers,
    moment::Moment,
    pin_try::{LastTry, PinTry},
    piv_card::Piv,
    program::{self, Purpose},
    proposal,
};
use card_protocol::{
    CardError,
    bridge::{Call, PinText},
    program::SignedProgram,
    token::SignedChallenge,
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use self::waiting::{PATIENCE, note_mute, silence, waited_for_long};
use super::{page::Page, value};
use crate::{
    clock,
    hub::{Hub, SharedCards},
    operation::{
        cancel::CancelToken,
        held::{Missed, Need, Turn},
    },
};

/// How long a smart-card service that was started anew may take to find its readers and
/// the cards in them.
const COMES_BACK: Duration = Duration::from_secs(7);
/// How often a card is asked for that another program has for itself alone: PC/SC
/// has no queue for it.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// An operation and all it needs.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) hub: Arc<Hub>,
    pub(super) page: Arc<Page>,
    pub(super) cards: SharedCards,
    /// See [`Turn::releases`].
    pub(super) releases: u64,
    pub(super) stop: Arc<CancelToken>,
    /// Under which it is done.
    pub(super) grant: HeldGrant,
}

/// The card that was chosen: where it is, and its certificate.
struct Chosen {
    reader: String,
    card: String,
}

impl Job {
    /// Performs a call that needs a card.
    pub(super) async fn perform(self, call: Call) -> Result<Value, CardError> {
        match call {
            Call::Identify { reader } => {
                let issuers = Arc::clone(self.grant.issuers());
                let look = async move |card: &mut Piv<'_>, _state: &mut CardState| {
                    identify(card, &issuers).await
                };
                self.on_card(reader, Need::Look, look).await
            }
            Call::Authenticate {
                reader,
                card,
                challenge,
                pin,
            } => {
                self.authenticate(Chosen { reader, card }, &challenge, pin)
                    .await
            }
            Call::SignStatement {
                reader,
                card,
                statement,
                proposal,
                pin,
            } => {
                self.sign(Chosen { reader, card }, statement, &proposal, pin)
                    .await
            }
            Call::ChangePin {
                reader,
                card,
                old,
                new,
            } => self.change_pin(Chosen { reader, card }, old, new).await,
            Call::RunProgram {
                reader,
                program,
                new_pin,
            } => self.run_program(reader, &program, new_pin).await,
            // The session answers these itself.
            Call::Hello(_)
            | Call::RequestGrant {}
            | Call::PresentGrant { .. }
            | Call::Watch {}
            | Call::Release {}
            | Call::Cancel {}
            | Call::VirtualCards {}
            | Call::VirtualInsert { .. }
            | Call::VirtualRemove { .. }
            | Call::VirtualReaders { .. } => Err(CardError::BadRequest),
        }
    }

    async fn authenticate(
        self,
        chosen: Chosen,
        challenge: &SignedChallenge,
        pin: Option<PinText>,
    ) -> Result<Value, CardError> {
        let nonce = proposal::check_challenge(challenge, self.page.allowed.server()).await?;
        let pin = self.unless_stopped(self.page.pin.present(pin.as_ref()));
        let (pin, nonce) = (Arc::new(pin.await?), Arc::new(nonce));
        let origin = self.page.allowed.origin.clone();
        let last_try = self.page.pin.last_try();
        self.with_pin(chosen, last_try, async move |card, state, attempt| {
            authenticate(card, state, origin.as_str(), &nonce, &pin, attempt).await
        })
        .await
    }

    async fn change_pin(
        self,
        chosen: Chosen,
        old: Option<PinText>,
        new: Option<PinText>,
    ) -> Result<Value, CardError> {
        let old = self.unless_stopped(self.page.pin.old(old.as_ref())).await?;
        let new = self.unless_stopped(self.page.pin.new_pin(new.as_ref()));
        let pins = Arc::new((old, new.await?));
        let last_try = self.page.pin.last_try_to_change();
        self.with_pin(chosen, last_try, async move |card, state, attempt| {
            change_pin(card, state, &pins.0, &pins.1, attempt).await
        })
        .await
    }

    fn now(&self) -> Moment {
        clock::moment(&self.hub.clock)
    }

    async fn run_program(
        self,
        reader: String,
        signed: &SignedProgram,
        new_pin: Option<PinText>,
    ) -> Result<Value, CardError> {
        // By the server's time: the machine's clock may show anything, and be set.
        let now = self.grant.by_server(self.now()).wall;
        let Page { allowed, pin, .. } = &*self.page;
        let (origin, key) = (allowed.origin.as_str(), &allowed.program_key);
        let program = program::check(signed, origin, key, now, Purpose::Page).await?;
        let new_pin = if program.takes_pin() {
            Some(self.unless_stopped(pin.new_pin(new_pin.as_ref())).await?)
        } else {
            None
        };
        let (hub, grant) = (Arc::clone(&self.hub), self.grant.clone());
        self.on_card(reader, Need::Turn, async move |card, state| {
            // Time went by: somebody typed a PIN, or the card was in use.
            let now = grant.by_server(clock::moment(&hub.clock));
            let guard = &hub.replay_guard;
            program::run(&program, card, state, guard, new_pin.as_ref(), now).await
        })
        .await
    }

    /// Waits for a person, unless the operation is stopped.
    async fn unless_stopped<T>(
        &self,
        person: impl Future<Output = Result<T, CardError>>,
    ) -> Result<T, CardError> {
        tokio::select! {
            answer = person => answer,
            () = self.stop.abandoned() => Err(CardError::Cancelled),
        }
    }

    fn holds_verified(&self, reader: &str) -> bool {
        self.cards.is_verified(reader)
    }

    /// Runs `work`, which sends a PIN to the chosen card. Before a card's last try
    /// the dialog asks, where PINs are typed there.
    async fn with_pin<T: Serialize + Send + 'static>(
        self,
        chosen: Chosen,
        last_try: LastTry,
        work: impl AsyncFn(&mut Piv<'_>, &mut CardState, &PinTry<'_>) -> Result<T, CardError>
        + Clone
        + Send
        + 'static,
    ) -> Result<Value, CardError> {
        let outcome = self.clone().try_pin(&chosen, last_try, work.clone()).await;
        if last_try != LastTry::Ask || outcome != Err(CardError::LastTry) {
            return outcome;
        }
        self.stop.rest()?;
        self.unless_stopped(self.page.pin.confirm_last_try())
            .await?;
        self.try_pin(&chosen, LastTry::Confirmed, work).await
    }

    async fn try_pin<T: Serialize + Send + 'static>(
        self,
        Chosen { reader, card }: &Chosen,
        last_try: LastTry,
        work: impl AsyncFnOnce(&mut Piv<'_>, &mut CardState, &PinTry<'_>) -> Result<T, CardError>
        + Send
        + 'static,
    ) -> Result<Value, CardError> {
        let attempt = self.attempt(reader, last_try);
        let certificate = card.clone();
        self.on_card(reader.clone(), Need::Pin, async move |card, state| {
            work(card, state, &attempt.on(&certificate)).await
        })
        .await
    }

    fn attempt(&self, reader: &str, last_try: LastTry) -> Attempt {
        Attempt {
            hub: Arc::clone(&self.hub),
            page: Arc::clone(&self.page),
            issuers: Arc::clone(self.grant.issuers()),
            reader: reader.to_owned(),
            last_try,
        }
    }

    /// Runs `work` on the card in `reader`, on a thread that may block.
    async fn on_card<T: Serialize + Send + 'static>(
        self,
        reader: String,
        need: Need,
        work: impl AsyncFnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError> + Send + 'static,
    ) -> Result<Value, CardError> {
        let Self {
            hub,
            cards,
            releases,
            stop,
            page,
            grant: _,
        } = self;
        let lease = tokio::select! {
            lease = hub.lease(&reader) => lease?,
            () = stop.abandoned() => return Err(CardError::Cancelled),
        };
        let thread_stop = Arc::clone(&stop);
        let (silent_hub, silent_reader) = (Arc::clone(&hub), reader.clone());
        let mut thread = tokio::task::spawn_blocking(move || {
            let _lease = lease;
            cards.serve(page.number);
            let begun = Instant::now();
            let again = |missed: Missed| {
                let waits = match missed.error {
                    CardError::CardInUse => need != Need::Look,
                    // The service was started anew, and has yet to find what was there.
                    CardError::NoReader | CardError::NoCard | CardError::CardRemoved => {
                        (missed.service_ended || !hub.has_service()) && begun.elapsed() < COMES_BACK
                    }
                    _ => false,
                };
                let waits = waits && thread_stop.is_waiting();
                if waits {
                    std::thread::park_timeout(ASK_AGAIN);
                }
                waits
            };
            let turn = Turn {
                stop: &thread_stop,
                need,
                now: clock::moment(&hub.clock),
                limits: page.limits,
                releases,
                again: &again,
            };
            cards.run(&reader, &turn, || hub.connect(&reader), work)
        });
        let outcome = tokio::select! {
            outcome = &mut thread => outcome,
            () = stop.abandoned() => return Err(CardError::Cancelled),
            () = waited_for_long(&stop) => return Err(CardError::CardInUse),
            error = silence(&stop, need, &PATIENCE) => {
                let is_mute = error == CardError::CardMute;
                tokio::spawn(note_mute(silent_hub, silent_reader, stop, is_mute));
                return Err(error);
            }
        };
        let answer = outcome.unwrap_or_else(|error| {
            tracing::error!(%error, "an operation's thread failed");
            Err(CardError::ReaderError)
        })?;
        value(&answer)
    }
}

/// A try of a PIN, for the thread that has the card.
struct Attempt {
    hub: Arc<Hub>,
    page: Arc<Page>,
    issuers: Arc<Issuers>,
    reader: String,
    last_try: LastTry,
}

impl Attempt {
    /// On the card with this certificate, now.
    fn on<'a>(&'a self, card: &'a str) -> PinTry<'a> {
        PinTry {
            origin: self.page.allowed.origin.as_str(),
            card,
            proposed: None,
            reader: &self.reader,
            insertion: self.hub.insertion(&self.reader),
            issuers: &self.issuers,
            budget: &self.hub.budget,
            wrong_per_hour: self.page.wrong_pins_per_hour,
            refused: &self.hub.last_tries,
            last_try: self.last_try,
            now: clock::moment(&self.hub.clock),
        }
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
            Call::VirtualReaders { count } => cards.plug(count)?,
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
