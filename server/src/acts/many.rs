//! An act on several cards under one signature, which names each of them. Those that can't
//! be acted on are named before anybody signs; what changes between the proposal and the
//! signature is left as it is, and told. All that is done is done in one transaction.

use std::collections::HashSet;

use app::api::{
    ErrorCode,
    many::{ActsDone, ActsProposal, CardDone},
    operation::{CannotOperate, LeftOut},
};
use card_domain::{
    Action, CardId, CardState, Cause, EventOutcome, OperatorNo, Reason, Refusal, Role, StateName,
    freeze_until, transition,
};
use card_protocol::statement::{Statement, StatementSignature};
use event_log::{CardFacts, EventFacts};

use super::{ProposedAct, act, as_signed, until};
use crate::{
    context::{Actor, RequestContext},
    proposal::{Proposals, Redeemed, RefusedAct},
    service::ServiceError,
    signed_statement::{SeenCard, SignedStatement},
    storage::{ActOrNot, Acts, ActsOutcome, CardRecord, EachOutcome, Explained, Holder, NewEvent},
};

/// Makes the statement over those of `cards` that can be acted on.
pub(crate) async fn propose(
    ctx: &RequestContext,
    cards: Vec<CardId>,
    action: Action,
    cause: Option<Cause>,
    until: Option<String>,
) -> Result<ActsProposal, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let cause = as_signed(action, cause)?;
    let until = until::of_day(action, until.as_deref(), ctx.request.now)?;
    let most = ctx.service.config.operations.most_cards;
    let mut wanted = cards;
    let mut seen = HashSet::new();
    wanted.retain(|card| seen.insert(*card));
    if wanted.is_empty() || wanted.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(ErrorCode::BadRequest.into());
    }
    let store = &ctx.service.store;
    let (mut good, mut left_out, mut first) = (Vec::new(), Vec::new(), None);
    for card in wanted {
        let record = store.operator_card(actor.enterprise, card).await?;
        match possible(&record, action, ctx) {
            Ok(()) => good.push(record.made().ok_or(Refusal::NotIssuedYet { action })?),
            Err(refusal) => {
                first.get_or_insert(refusal);
                left_out.push(LeftOut {
                    card,
                    operator_no: operator_no(&record.holder),
                    holder_name: record.holder_name,
                    why: CannotOperate::State(refusal),
                });
            }
        }
    }
    if let (true, Some(refusal)) = (good.is_empty(), first) {
        return Err(refusal.into());
    }
    let payload = ProposedAct {
        action,
        cause,
        until,
        seen: good.iter().map(SeenCard::from).collect(),
    };
    let proposal = Proposals::new(ctx, &actor).make(&good, payload).await?;
    Ok(ActsProposal {
        statement: proposal.statement,
        signed: proposal.signed,
        expires_at: proposal.expires_at,
        left_out,
    })
}

fn possible(record: &CardRecord, action: Action, ctx: &RequestContext) -> Result<(), Refusal> {
    if record.chip.is_none() {
        return Err(Refusal::NotIssuedYet { action });
    }
    transition(record.state, action, ctx.request.now).map(|_after| ())
}

fn operator_no(holder: &Holder) -> OperatorNo {
    holder
        .operator_no()
        .cloned()
        .unwrap_or_else(|| OperatorNo(String::new()))
}

/// Does what was proposed, once it is signed. The same request once more gets the same
/// answer.
pub(crate) async fn commit(
    ctx: &RequestContext,
    statement: Statement,
    signature: StatementSignature,
) -> Result<ActsDone, ServiceError> {
    let request = (&statement, &signature);
    let (actor, redeemed) =
        Proposals::redeem_even_locked::<ProposedAct>(ctx, &statement, &signature).await?;
    let (proposed, signed) = match redeemed {
        Redeemed::Now(proposed, signed) => (proposed, *signed),
        Redeemed::Before(_done) => return again(ctx, &actor, request).await,
    };
    match apply(ctx, &actor, &proposed, signed).await {
        Ok(outcomes) => told(ctx, &actor, outcomes).await,
        Err(refused) => {
            let before = Proposals::new(ctx, &actor).refuse_or_again(&proposed, request, refused);
            before.await?;
            again(ctx, &actor, request).await
        }
    }
}

/// What became of a card: the event, and the state after it.
type Outcome = (CardId, StateName, Option<i64>);

async fn apply(
    ctx: &RequestContext,
    actor: &Actor,
    proposed: &ProposedAct,
    signed: SignedStatement,
) -> Result<Vec<Outcome>, RefusedAct> {
    if let [_only] = proposed.seen.as_slice() {
        let only = proposed.seen.iter().map(|seen| seen.card);
        let done = super::apply(ctx, actor, proposed, signed).await?;
        return Ok(only
            .map(|card| (card, done.state, Some(done.event)))
            .collect());
    }
    // Who acts is no less what the log says than the cards that are changed.
    let acting = ctx.explained(actor.card).await?;
    if acting.facts.role != Role::LegalPerson {
        return Err(ErrorCode::NotAllowed.into());
    }
    until::is_to_come(proposed.until, ctx.request.now)?;
    let mut acts = Vec::with_capacity(proposed.seen.len());
    for seen in &proposed.seen {
        let after = after(ctx, actor, proposed, seen).await?;
        acts.push(ActOrNot {
            act: act(ctx, actor, proposed.action, *seen, after, signed.clone()).await?,
            refused: refused(
                ctx,
                actor,
                proposed.action,
                seen.card,
                &signed.parts().nonce,
            )?,
        });
    }
    let becomes: Vec<(CardId, CardState, CardFacts)> = acts
        .iter()
        .map(|ActOrNot { act, .. }| (act.card, act.after, act.explained.facts.clone()))
        .collect();
    match ctx.service.store.apply_acts(Acts(acts)).await? {
        ActsOutcome::Each(outcomes) => {
            let mut told = Vec::with_capacity(outcomes.len());
            for (outcome, (card, after, facts)) in outcomes.into_iter().zip(becomes) {
                match outcome {
                    EachOutcome::Done { event } => {
                        let facts = CardFacts {
                            state: after,
                            ..facts
                        };
                        let newest = Explained { event, facts };
                        ctx.service.provenance.remember(card, &newest);
                        told.push((card, after.name(), Some(event)));
                    }
                    EachOutcome::Conflict { now } => {
                        told.push((card, now.at(ctx.request.now).name(), None));
                    }
                }
            }
            Ok(told)
        }
        ActsOutcome::NonceVoid => Err(RefusedAct::new(
            ErrorCode::ProposalVoid,
            "the proposal was used at the same time",
        )),
        ActsOutcome::SessionEnded => Err(RefusedAct::new(
            ctx.why_session_ended().await,
            "the session ended at the same time",
        )),
    }
}

/// The state after the act. A freeze that had its end since it was seen is no reason to
/// leave the other cards: its row has another version by then, so that it is told as one
/// that changed, and whatever state is named here is not written.
async fn after(
    ctx: &RequestContext,
    actor: &Actor,
    proposed: &ProposedAct,
    seen: &SeenCard,
) -> Result<CardState, RefusedAct> {
    let now = ctx.request.now;
    match freeze_until(seen.before, proposed.action, proposed.until, now) {
        Ok(after) => Ok(after),
        Err(refusal) => {
            let store = &ctx.service.store;
            let record = store.operator_card(actor.enterprise, seen.card).await?;
            if record.version == seen.version {
                return Err(refusal.into());
            }
            Ok(record.state)
        }
    }
}

/// The record that one of several was not done.
fn refused(
    ctx: &RequestContext,
    actor: &Actor,
    action: Action,
    card: CardId,
    nonce: &str,
) -> Result<NewEvent, ServiceError> {
    // The signature lies open in the events of the other cards: it is not to be put under
    // this one later.
    let facts = EventFacts {
        left_out_of: Some(nonce.to_owned()),
        ..EventFacts::because(Reason::Conflict)
    };
    Ok(NewEvent {
        enterprise: Some(actor.enterprise),
        actor: Some(actor.card),
        target: Some(card),
        detail: Some(String::from("the card changed after the proposal")),
        facts: Some(facts.to_json()?),
        ..ctx.event(action.into(), EventOutcome::Refused)
    })
}

/// The answer that was lost: by the events of each card.
async fn again(
    ctx: &RequestContext,
    actor: &Actor,
    (statement, signature): (&Statement, &StatementSignature),
) -> Result<ActsDone, ServiceError> {
    let done = Proposals::new(ctx, actor).done_each(statement, signature);
    let mut outcomes = Vec::new();
    for (card, event) in done.await? {
        let record = ctx.service.store.operator_card(actor.enterprise, card);
        let state = record.await?.state.at(ctx.request.now).name();
        outcomes.push((card, state, event.map(|event| event.seq)));
    }
    told(ctx, actor, outcomes).await
}

async fn told(
    ctx: &RequestContext,
    actor: &Actor,
    outcomes: Vec<Outcome>,
) -> Result<ActsDone, ServiceError> {
    let mut cards = Vec::with_capacity(outcomes.len());
    for (card, state, event) in outcomes {
        let record = ctx.service.store.operator_card(actor.enterprise, card);
        let record = record.await?;
        cards.push(CardDone {
            card,
            operator_no: operator_no(&record.holder),
            holder_name: record.holder_name,
            state,
            event,
        });
    }
    Ok(ActsDone { cards })
}
