//! The same request once more, because its answer was lost: what was done under exactly
//! this statement and signature is told again, and nothing is done. The log knows it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{CardId, EventOutcome};
use card_protocol::statement::{Statement, StatementSignature};
use event_log::structured::Structured;

use super::{Payload, Proposals, RefusedAct};
use crate::{
    config::MOST_CARDS,
    digest::sha256,
    service::ServiceError,
    storage::{EventRecord, NonceHash},
};

/// Events of a card that are looked at: a request is repeated at once, or not at all. Its
/// holder may be refused a login again and again meanwhile.
const MAX_EVENTS: u32 = 100;

impl Proposals<'_> {
    /// The event of what this session's card had done under this very statement and
    /// signature, if it was and nothing was signed for the card since.
    pub(crate) async fn done_before(
        self,
        statement: &Statement,
        proof: &StatementSignature,
    ) -> Result<Option<EventRecord>, ServiceError> {
        let Ok(structured) = Structured::read(&statement.structured) else {
            return Ok(None);
        };
        // Any of them may have been left out.
        for card in structured.cards().take(MOST_CARDS as usize) {
            let events =
                self.ctx
                    .service
                    .store
                    .events(self.actor.enterprise, Some(card), None, MAX_EVENTS);
            let newest = events.await?.into_iter().find(is_done);
            let is_same = |event: &EventRecord| self.is_under(event, statement, proof);
            if let Some(done) = newest.filter(is_same) {
                return Ok(Some(done));
            }
        }
        Ok(None)
    }

    /// Each card of a statement that was carried out before, with the event of what was
    /// done to it under this very statement and signature; none where it was left as it
    /// was.
    pub(crate) async fn done_each(
        self,
        statement: &Statement,
        proof: &StatementSignature,
    ) -> Result<Vec<(CardId, Option<EventRecord>)>, ServiceError> {
        let Ok(structured) = Structured::read(&statement.structured) else {
            return Ok(Vec::new());
        };
        let mut each = Vec::new();
        for card in structured.cards() {
            let store = &self.ctx.service.store;
            let events = store.events(self.actor.enterprise, Some(card), None, MAX_EVENTS);
            let mut events = events.await?.into_iter().filter(is_done);
            each.push((
                card,
                events.find(|event| self.is_under(event, statement, proof)),
            ));
        }
        Ok(each)
    }

    /// Whether an event is of what this session's card signed here.
    fn is_under(
        self,
        event: &EventRecord,
        statement: &Statement,
        proof: &StatementSignature,
    ) -> bool {
        let signed = event.statement.as_ref();
        event.actor == Some(self.actor.card)
            && signed.is_some_and(|signed| {
                signed.nonce.as_ref() == Some(&statement.nonce)
                    && signed.text == statement.text
                    && signed.structured == statement.structured
                    && STANDARD.encode(&signed.signature) == proof.signature
            })
    }

    /// What was done before, when the same request was quicker; otherwise the refusal is
    /// recorded ([`Self::refuse`]).
    pub(crate) async fn refuse_or_again<P: Payload>(
        self,
        payload: &P,
        (statement, proof): (&Statement, &StatementSignature),
        refused: RefusedAct,
    ) -> Result<EventRecord, ServiceError> {
        if let Some(done) = self.done_before(statement, proof).await? {
            return Ok(done);
        }
        let nonce = NonceHash(sha256(statement.nonce.as_bytes()));
        Err(self.refuse(payload, nonce, refused).await)
    }
}

/// Whether something that was signed was done.
fn is_done(event: &EventRecord) -> bool {
    event.outcome == EventOutcome::Done && event.statement.is_some()
}
