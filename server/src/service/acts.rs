//! Acts on cards: proposed with a statement, done only with the legal-person
//! card's signature over exactly that statement. Session or not, without the
//! signature nothing happens, and that refusal is an event.

use app::api::{
    ErrorCode,
    model::{ActDone, Proposal},
};
use card_domain::{Action, CardId, EventAct, Role, transition};
use card_protocol::statement::{Statement, StatementSignature};
use serde::{Deserialize, Serialize};

use super::{Actor, RequestContext, ServiceError, view::ACTS};
use crate::{
    audit::EventFacts,
    proposal::{Payload, Proposals, RefusedAct, SeenCard, SignedStatement},
    storage::{Act, ActOutcome, NewEvent, NonceKind, Outcome},
};

/// An act on one card, as it was proposed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProposedAct {
    action: Action,
    seen: SeenCard,
}

impl Payload for ProposedAct {
    const KIND: NonceKind = NonceKind::Act;
    const REFUSED_UNKNOWN: EventAct = EventAct::Act;
    const NOT_DONE: &'static str = "";

    fn action(&self) -> Action {
        self.action
    }

    fn seen(&self) -> &[SeenCard] {
        std::slice::from_ref(&self.seen)
    }
}

impl RequestContext {
    pub(super) async fn propose(
        &self,
        card: CardId,
        action: Action,
    ) -> Result<Proposal, ServiceError> {
        let actor = self.require_legal_person().await?;
        // 延期 and 解锁 need the card: `operations`.
        if action.needs_card() || !ACTS.contains(&action) {
            return Err(ErrorCode::NotAllowed.into());
        }
        let now = self.request.now;
        let store = &self.service.store;
        let record = store.operator_card(actor.enterprise, card).await?;
        transition(record.state, action, now)?;
        self.explained(card).await?;
        let payload = ProposedAct {
            action,
            seen: SeenCard::from(&record),
        };
        Proposals::new(self, &actor).make(&[record], payload).await
    }

    pub(super) async fn commit(
        &self,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<ActDone, ServiceError> {
        let actor = self.require_legal_person().await?;
        let proposals = Proposals::new(self, &actor);
        let (proposed, signed) = proposals
            .redeem::<ProposedAct>(&statement, &signature)
            .await?;
        let nonce = *signed.nonce();
        match self.apply(&actor, proposed, signed).await {
            Ok(done) => Ok(done),
            Err(refused) => Err(proposals.refuse(&proposed, nonce, refused).await),
        }
    }

    async fn apply(
        &self,
        actor: &Actor,
        ProposedAct { action, seen }: ProposedAct,
        signed: SignedStatement,
    ) -> Result<ActDone, RefusedAct> {
        let now = self.request.now;
        let store = &self.service.store;
        let record = store.operator_card(actor.enterprise, seen.card).await?;
        if record.state != seen.before || record.version != seen.version {
            return Err(RefusedAct::new(
                ErrorCode::Conflict(record.state.name()),
                "the card changed after the proposal",
            ));
        }
        let after = transition(record.state, action, now)?;
        // Who acts is no less what the log says than the card that is changed.
        let acting = self.explained(actor.card).await?;
        if acting.facts.role != Role::LegalPerson {
            return Err(ErrorCode::NotAllowed.into());
        }
        let explained = self.explained(seen.card).await?;
        let facts = EventFacts {
            before: Some(record.state),
            after: Some(after),
            ..EventFacts::default()
        };
        let outcome = store
            .apply_act(Act {
                enterprise: actor.enterprise,
                card: seen.card,
                before: seen.before,
                version: seen.version,
                explained,
                after,
                session: actor.token,
                signed,
                at: now,
                event: NewEvent {
                    enterprise: Some(actor.enterprise),
                    actor: Some(actor.card),
                    target: Some(seen.card),
                    facts: Some(facts.to_json()?),
                    ..self.event(action.into(), Outcome::Done)
                },
            })
            .await?;
        match outcome {
            ActOutcome::Done { event } => Ok(ActDone {
                state: after.name(),
                event,
            }),
            ActOutcome::Conflict { now } => Err(RefusedAct::new(
                ErrorCode::Conflict(now.name()),
                "somebody else changed the card at the same time",
            )),
            ActOutcome::NonceVoid => Err(RefusedAct::new(
                ErrorCode::ProposalVoid,
                "the proposal was used at the same time",
            )),
            ActOutcome::SessionEnded => Err(RefusedAct::new(
                self.why_session_ended().await,
                "the session ended at the same time",
            )),
            ActOutcome::NotFound => Err(ErrorCode::NotFound.into()),
        }
    }

    /// The session was good when the request began and is not any more.
    pub(crate) async fn why_session_ended(&self) -> ServiceError {
        match self.require_legal_person().await {
            Ok(_) => ErrorCode::SessionEnded.into(),
            Err(error) => error,
        }
    }
}
