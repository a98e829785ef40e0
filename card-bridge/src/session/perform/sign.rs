//! `sign_statement`: the server's word for it is checked, its holder asked, and
//! only then a card had sign it.

use std::sync::Arc;

use card_operations::{
    card_state::CardState,
    grant::HeldGrant,
    pin_try::{LastTry, PinTry},
    piv_card::{PinSource, Piv},
    proposal::{self, CheckedStatement},
    sign::sign,
};
use card_protocol::{
    CardError,
    bridge::{PinEntry, PinText},
    proposal::SignedProposal,
    statement::{Statement, StatementSignature},
};
use serde_json::Value;

use super::{Chosen, Job};
use crate::{clock, hub::Hub, operation::held::Need, session::page::Page};

/// A statement that its holder confirmed, for the thread that has the card.
struct Confirmed {
    checked: CheckedStatement,
    grant: HeldGrant,
    hub: Arc<Hub>,
    page: Arc<Page>,
}

impl Confirmed {
    async fn sign(
        &self,
        card: &mut Piv<'_>,
        state: &mut CardState,
        pin: Option<&PinSource>,
        attempt: &PinTry<'_>,
    ) -> Result<StatementSignature, CardError> {
        // Time went by: somebody read it, typed a PIN, or the card was in use.
        let now = clock::moment(&self.hub.clock);
        self.checked.is_in_time(&self.grant, now)?;
        let origin = self.page.allowed.origin.as_str();
        let signature = sign(card, state, origin, &self.checked, pin, attempt).await?;
        *self.page.confirmed() = None;
        Ok(signature)
    }
}

impl Job {
    /// The holder is asked first, by who has to. Outside of the page, the PIN is
    /// asked for only if the card wants it.
    pub(super) async fn sign(
        self,
        chosen: Chosen,
        statement: Statement,
        signed: &SignedProposal,
        pin: Option<PinText>,
    ) -> Result<Value, CardError> {
        let Self { page, grant, .. } = &self;
        let server = page.allowed.server();
        let checked = proposal::check(statement, signed, server, grant, self.now()).await?;
        self.confirm(&checked).await?;
        let confirmed = Arc::new(Confirmed {
            checked,
            grant: grant.clone(),
            hub: Arc::clone(&self.hub),
            page: Arc::clone(page),
        });
        let wants_pin = match page.pin.entry() {
            PinEntry::Page => pin.is_some(),
            PinEntry::Dialog | PinEntry::PinPad => !self.holds_verified(&chosen.reader),
        };
        if !wants_pin {
            let attempt = self.attempt(&chosen.reader, LastTry::Ask);
            return self
                .on_card(chosen.reader, Need::Turn, async move |card, state| {
                    confirmed
                        .sign(card, state, None, &attempt.on(&chosen.card))
                        .await
                })
                .await;
        }
        let pin = self.unless_stopped(page.pin.present(pin.as_ref()));
        let pin = Arc::new(pin.await?);
        let last_try = self.page.pin.last_try();
        self.with_pin(chosen, last_try, async move |card, state, attempt| {
            confirmed.sign(card, state, Some(&pin), attempt).await
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
        let asked = confirmation.ask(&checked.statement().text, &allowed.origin);
        self.unless_stopped(asked).await?;
        *self.page.confirmed() = Some(*checked.id());
        Ok(())
    }
}
