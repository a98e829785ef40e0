//! What pages call for, each call as the bridge does it (`card-bridge`'s
//! `session/perform`). A PIN is typed in the page here; there is no other place.

use std::rc::Rc;

use card_operations::{
    authenticate::authenticate,
    card_state::CardState,
    change_pin::change_pin,
    grant::HeldGrant,
    identify::identify,
    pin_try::{LastTry, PinTry},
    piv_card::{PinSource, Piv},
    program::{self, Purpose},
    proposal,
    sign::sign,
};
use card_protocol::{
    CardError, Pin,
    bridge::{Call, Empty, PinText},
    program::SignedProgram,
    proposal::SignedProposal,
    statement::Statement,
    token::SignedChallenge,
};
use serde::Serialize;
use serde_json::Value;

use super::UsbTransport;
use crate::{
    grants::Granted,
    key::Key,
    reader::{Patience, PoweredCard},
};

/// What an operation does with the card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Need {
    /// It reads what is public, and nobody asked for it: it has its time for all answers.
    Look,
    /// A person wants it, and it has its time for each.
    Turn,
}

/// The card that was chosen: where it is, and its certificate.
struct Chosen {
    key: Rc<Key>,
    card: String,
}

impl UsbTransport {
    /// Does what is called for; the answer is the one that [`Call`] names.
    ///
    /// # Errors
    /// An error of the closed list. [`CardError::BadRequest`] for what is the bridge's own:
    /// greeting and grants, which this has of itself, and the demo's software cards.
    pub async fn ask(&self, call: Call) -> Result<Value, CardError> {
        match &call {
            Call::Watch {} => return value(&self.readers()),
            Call::Release {} => {
                self.release().await;
                return value(&Empty {});
            }
            Call::Cancel {} => {
                for key in self.all() {
                    key.stop();
                }
                return value(&Empty {});
            }
            Call::Hello(_)
            | Call::RequestGrant {}
            | Call::PresentGrant { .. }
            | Call::VirtualCards {}
            | Call::VirtualInsert { .. }
            | Call::VirtualRemove { .. }
            | Call::VirtualReaders { .. } => return Err(CardError::BadRequest),
            Call::Identify { .. }
            | Call::Authenticate { .. }
            | Call::SignStatement { .. }
            | Call::ChangePin { .. }
            | Call::RunProgram { .. } => {}
        }
        let Granted {
            grant,
            is_other_session,
        } = self.grants.for_call(&call, self.server()).await?;
        if is_other_session {
            self.release().await;
        }
        self.perform(call, &grant).await
    }

    async fn perform(&self, call: Call, grant: &HeldGrant) -> Result<Value, CardError> {
        match call {
            Call::Identify { reader } => {
                let key = self.key(&reader)?;
                let issuers = grant.issuers();
                let look = async |card: &mut Piv<'_>, _state: &mut CardState| {
                    identify(card, issuers).await
                };
                self.on_card(&key, Need::Look, look).await
            }
            Call::Authenticate {
                reader,
                card,
                challenge,
                pin,
            } => {
                let key = self.key(&reader)?;
                self.authenticate(&Chosen { key, card }, &challenge, pin.as_ref(), grant)
                    .await
            }
            Call::SignStatement {
                reader,
                card,
                statement,
                proposal,
                pin,
            } => {
                let key = self.key(&reader)?;
                self.sign(
                    &Chosen { key, card },
                    (statement, &proposal),
                    pin.as_ref(),
                    grant,
                )
                .await
            }
            Call::ChangePin {
                reader,
                card,
                old,
                new,
            } => {
                let (old, new) = (typed(old.as_ref())?, typed(new.as_ref())?);
                let key = self.key(&reader)?;
                let chosen = Chosen { key, card };
                let change = async |card: &mut Piv<'_>, state: &mut CardState| {
                    let attempt = self.attempt(&chosen, grant);
                    change_pin(card, state, &old, &new, &attempt).await
                };
                self.on_card(&chosen.key, Need::Turn, change).await
            }
            Call::RunProgram {
                reader,
                program,
                new_pin,
            } => {
                self.run_program(&reader, &program, new_pin.as_ref(), grant)
                    .await
            }
            // Answered before.
            _ => Err(CardError::BadRequest),
        }
    }

    async fn authenticate(
        &self,
        chosen: &Chosen,
        challenge: &SignedChallenge,
        pin: Option<&PinText>,
        grant: &HeldGrant,
    ) -> Result<Value, CardError> {
        let nonce = proposal::check_challenge(challenge, self.server()).await?;
        let pin = PinSource::Typed(typed(pin)?);
        let origin = self.settings.origin.as_str();
        let login = async |card: &mut Piv<'_>, state: &mut CardState| {
            let attempt = self.attempt(chosen, grant);
            authenticate(card, state, origin, &nonce, &pin, &attempt).await
        };
        self.on_card(&chosen.key, Need::Turn, login).await
    }

    /// The page has asked the holder: there is no window but its own.
    async fn sign(
        &self,
        chosen: &Chosen,
        (statement, signed): (Statement, &SignedProposal),
        pin: Option<&PinText>,
        grant: &HeldGrant,
    ) -> Result<Value, CardError> {
        let now = self.clock.now();
        let checked = proposal::check(statement, signed, self.server(), grant, now).await?;
        let pin = match pin {
            Some(_) => Some(PinSource::Typed(typed(pin)?)),
            None => None,
        };
        let origin = self.settings.origin.as_str();
        let signing = async |card: &mut Piv<'_>, state: &mut CardState| {
            // Time went by: the card had to be powered.
            checked.is_in_time(grant, self.clock.now())?;
            let attempt = self.attempt(chosen, grant);
            sign(card, state, origin, &checked, pin.as_ref(), &attempt).await
        };
        self.on_card(&chosen.key, Need::Turn, signing).await
    }

    async fn run_program(
        &self,
        reader: &str,
        signed: &SignedProgram,
        new_pin: Option<&PinText>,
        grant: &HeldGrant,
    ) -> Result<Value, CardError> {
        let server = self.server();
        // By the server's time: the machine's clock may show anything, and be set.
        let now = grant.by_server(self.clock.now()).wall;
        let program = program::check(signed, server.origin, server.key, now, Purpose::Page).await?;
        let new_pin = if program.takes_pin() {
            Some(typed(new_pin)?)
        } else {
            None
        };
        let key = self.key(reader)?;
        let run = async |card: &mut Piv<'_>, state: &mut CardState| {
            let now = grant.by_server(self.clock.now());
            program::run(&program, card, state, &self.programs, new_pin.as_ref(), now).await
        };
        self.on_card(&key, Need::Turn, run).await
    }

    /// A try of a PIN on the chosen card, now.
    fn attempt<'a>(&'a self, chosen: &'a Chosen, grant: &'a HeldGrant) -> PinTry<'a> {
        PinTry {
            origin: &self.settings.origin,
            card: &chosen.card,
            proposed: None,
            reader: &chosen.key.name,
            insertion: chosen.key.insertion(),
            issuers: grant.issuers(),
            budget: &self.budget,
            wrong_per_hour: self.settings.wrong_pins_per_hour,
            refused: &self.last_tries,
            last_try: LastTry::AfterInsertion,
            now: self.clock.now(),
        }
    }

    /// Runs `work` on the card in a key.
    async fn on_card<T: Serialize>(
        &self,
        key: &Key,
        need: Need,
        work: impl AsyncFnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<Value, CardError> {
        let running = key.begin()?;
        let releases = self.releases.get();
        let mut held = key.turn().await;
        // What is let go of from the call on ends with it.
        held.releases = releases;
        if held.is_over(self.settings.limits, self.clock.now()) {
            key.reset_card(&mut held).await;
        }
        let before = key.described();
        let ready = key.make_ready(&mut held).await;
        if key.described() != before {
            self.tell();
        }
        ready?;
        if running.stop.is_stopping() {
            return Err(CardError::Cancelled);
        }
        held.is_at_work = true;
        let now = self.clock.now();
        let until = (need == Need::Look).then(|| Patience::look(now.steady));
        let outcome = {
            let mut card = PoweredCard::new(&key.reader, &running.stop, until);
            let mut piv = Piv::new(&mut card, &*running.stop);
            work(&mut piv, &mut held.state).await
        };
        // Pages look by themselves, with nobody there.
        if need != Need::Look {
            held.note(now);
        }
        let error = outcome.as_ref().err().copied();
        let before = key.described();
        key.conclude(&mut held, error).await;
        if key.described() != before {
            self.tell();
        }
        value(&outcome?)
    }
}

/// A PIN out of the page's call.
fn typed(pin: Option<&PinText>) -> Result<Pin, CardError> {
    let pin = pin.ok_or(CardError::PinRequired)?;
    Pin::new(&pin.0).map_err(|_malformed| CardError::BadRequest)
}

/// An answer in its JSON form.
fn value(answer: &impl Serialize) -> Result<Value, CardError> {
    serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer has no JSON form");
        CardError::ReaderError
    })
}
