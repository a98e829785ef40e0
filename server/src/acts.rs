//! Acts on cards: proposed with a statement, done only with the legal-person
//! card's signature over exactly that statement. Session or not, without the
//! signature nothing happens, and that refusal is an event.

mod many;
mod until;

use app::api::{
    ErrorCode,
    model::{ActDone, Proposal},
};
use card_domain::{
    Action, CardId, CardState, Cause, EventAct, EventOutcome, Refusal, Role, freeze_until,
    transition,
};
use card_protocol::{
    legible::is_legible,
    statement::{Statement, StatementSignature},
};
use event_log::{CardFacts, EventFacts};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::many::{commit as commit_many, propose as propose_many};
use crate::{
    cards::ACTS,
    context::{Actor, RequestContext},
    proposal::{Payload, Proposals, Redeemed, RefusedAct},
    service::ServiceError,
    signed_statement::{SeenCard, SignedStatement},
    storage::{Act, ActOutcome, EventRecord, Explained, NewEvent, NonceKind},
};

/// An act, as it was proposed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProposedAct {
    action: Action,
    #[serde(default)]
    cause: Option<Cause>,
    /// When a 冻结 ends by itself.
    #[serde(default)]
    until: Option<Timestamp>,
    /// The cards, one at least, as they were shown.
    seen: Vec<SeenCard>,
}

impl Payload for ProposedAct {
    const KIND: NonceKind = NonceKind::Act;
    const REFUSED_UNKNOWN: EventAct = EventAct::Act;
    const NOT_DONE: &'static str = "";

    fn action(&self) -> Action {
        self.action
    }

    fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    fn until(&self) -> Option<Timestamp> {
        self.until
    }

    fn seen(&self) -> &[SeenCard] {
        &self.seen
    }
}

/// Checks that an act is possible and makes the statement to be signed.
pub(crate) async fn propose(
    ctx: &RequestContext,
    card: CardId,
    action: Action,
    cause: Option<Cause>,
    until: Option<String>,
) -> Result<Proposal, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let cause = as_signed(action, cause)?;
    let until = until::of_day(action, until.as_deref(), ctx.request.now)?;
    let now = ctx.request.now;
    let store = &ctx.service.store;
    let record = store.operator_card(actor.enterprise, card).await?;
    transition(record.state, action, now)?;
    let record = record.made().ok_or(Refusal::NotIssuedYet { action })?;
    let payload = ProposedAct {
        action,
        cause,
        until,
        seen: vec![SeenCard::from(&record)],
    };
    Proposals::new(ctx, &actor).make(&[record], payload).await
}

/// Whether it is an act that is done here; its cause in the form in which it is signed.
fn as_signed(action: Action, cause: Option<Cause>) -> Result<Option<Cause>, ErrorCode> {
    // 延期 and 解锁 need the card: `operations`.
    if action.needs_card() || !ACTS.contains(&action) {
        return Err(ErrorCode::NotAllowed);
    }
    let Some(cause) = cause else {
        return Ok(None);
    };
    if !cause.is_of(action) {
        return Err(ErrorCode::BadRequest);
    }
    let cause = cause.written().ok_or(ErrorCode::CauseWords)?;
    match cause.words() {
        // A line of its own in it would be one of the statement.
        Some(words) if !is_legible(words) => Err(ErrorCode::CauseWords),
        _ => Ok(Some(cause)),
    }
}

/// Does the act that was proposed, once it is signed.
pub(crate) async fn commit(
    ctx: &RequestContext,
    statement: Statement,
    signature: StatementSignature,
) -> Result<ActDone, ServiceError> {
    let (actor, redeemed) =
        Proposals::redeem_even_locked::<ProposedAct>(ctx, &statement, &signature).await?;
    let (proposed, signed) = match redeemed {
        Redeemed::Now(proposed, signed) => (proposed, *signed),
        Redeemed::Before(done) => return done_before(&done),
    };
    match apply(ctx, &actor, &proposed, signed).await {
        Ok(done) => Ok(done),
        Err(refused) => {
            let request = (&statement, &signature);
            let before = Proposals::new(ctx, &actor).refuse_or_again(&proposed, request, refused);
            done_before(&before.await?)
        }
    }
}

/// The answer that was lost: what the event of the act says.
fn done_before(done: &EventRecord) -> Result<ActDone, ServiceError> {
    let after = EventFacts::read(done.facts.as_deref()).after;
    let after = after.ok_or(ServiceError::Inconsistent(
        "an act without a state after it",
    ))?;
    Ok(ActDone {
        state: after.name(),
        event: done.seq,
    })
}

async fn apply(
    ctx: &RequestContext,
    actor: &Actor,
    proposed: &ProposedAct,
    signed: SignedStatement,
) -> Result<ActDone, RefusedAct> {
    let (action, now) = (proposed.action, ctx.request.now);
    until::is_to_come(proposed.until, now)?;
    let store = &ctx.service.store;
    let [seen] = proposed.seen.as_slice() else {
        return Err(RefusedAct::new(
            ErrorCode::ProposalVoid,
            "the proposal is of several cards",
        ));
    };
    let record = store.operator_card(actor.enterprise, seen.card).await?;
    if record.state != seen.before || record.version != seen.version {
        return Err(RefusedAct::new(
            ErrorCode::Conflict(record.state.at(now).name()),
            "the card changed after the proposal",
        ));
    }
    let after = freeze_until(record.state, action, proposed.until, now)?;
    // Who acts is no less what the log says than the card that is changed.
    let acting = ctx.explained(actor.card).await?;
    if acting.facts.role != Role::LegalPerson {
        return Err(ErrorCode::NotAllowed.into());
    }
    let act = act(ctx, actor, action, *seen, after, signed).await?;
    let becomes = CardFacts {
        state: after,
        ..act.explained.facts.clone()
    };
    let outcome = store.apply_act(act).await?;
    match outcome {
        ActOutcome::Done { event } => {
            let facts = becomes;
            let newest = Explained { event, facts };
            ctx.service.provenance.remember(seen.card, &newest);
            Ok(ActDone {
                state: after.name(),
                event,
            })
        }
        ActOutcome::Conflict { now: state } => Err(RefusedAct::new(
            ErrorCode::Conflict(state.at(now).name()),
            "somebody else changed the card at the same time",
        )),
        ActOutcome::NonceVoid => Err(RefusedAct::new(
            ErrorCode::ProposalVoid,
            "the proposal was used at the same time",
        )),
        ActOutcome::SessionEnded => Err(RefusedAct::new(
            ctx.why_session_ended().await,
            "the session ended at the same time",
        )),
        ActOutcome::NotFound => Err(ErrorCode::NotFound.into()),
    }
}

/// The act on one card, for the store.
async fn act(
    ctx: &RequestContext,
    actor: &Actor,
    action: Action,
    seen: SeenCard,
    after: CardState,
    signed: SignedStatement,
) -> Result<Act, RefusedAct> {
    // An act takes the end of a freeze for good with it: not by a time that nobody is sure of.
    let before = seen.before.at(ctx.request.now);
    if before != seen.before && ctx.service.clock.doubt().is_some() {
        return Err(RefusedAct::new(
            ErrorCode::Unavailable,
            "the freeze has its end by a clock that is in doubt",
        ));
    }
    let explained = ctx.explained(seen.card).await?;
    let facts = EventFacts {
        before: Some(before),
        after: Some(after),
        ..EventFacts::default()
    };
    Ok(Act {
        enterprise: actor.enterprise,
        card: seen.card,
        before: seen.before,
        version: seen.version,
        explained,
        after,
        session: actor.token,
        signed,
        at: ctx.request.now,
        event: NewEvent {
            enterprise: Some(actor.enterprise),
            actor: Some(actor.card),
            target: Some(seen.card),
            facts: Some(facts.to_json()?),
            ..ctx.event(action.into(), EventOutcome::Done)
        },
    })
}
