//! The beginning: once the statement that `propose` made is signed, the journal is
//! opened, and the legal person gets the ticket to go on with.

use app::api::{
    ErrorCode,
    operation::{CannotOperate, OperationTicket},
};
use card_domain::{Action, CardId, EventAct, EventOutcome, Role};
use card_protocol::statement::{Statement, StatementSignature};
use event_log::EventFacts;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    progress::OperationProgress,
    resume::resume_with,
    ticket::{new_ticket, ticket_until, ticket_view},
};
use crate::{
    context::{Actor, RequestContext},
    proposal::{Payload, Proposals, Redeemed, RefusedAct},
    random,
    service::ServiceError,
    signed_statement::{SeenCard, SignedStatement},
    storage::{
        BatchStart, EventRecord, NewBatch, NewEvent, NewOperation, NewTicket, NonceKind, SkipReason,
    },
};

/// Operations on cards in the reader, as they were proposed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposedOperations {
    pub(super) action: Action,
    pub(super) seen: Vec<SeenCard>,
}

impl Payload for ProposedOperations {
    const KIND: NonceKind = NonceKind::Operation;
    const REFUSED_UNKNOWN: EventAct = EventAct::Operation;
    const NOT_DONE: &'static str = "not begun: ";

    fn action(&self) -> Action {
        self.action
    }

    fn seen(&self) -> &[SeenCard] {
        &self.seen
    }
}

/// Begins what was proposed, once it is signed. The same request once more gets another
/// ticket for what it began, also in the session that it locked.
pub(crate) async fn commit(
    ctx: &RequestContext,
    statement: Statement,
    signature: StatementSignature,
    second_reader: bool,
) -> Result<OperationTicket, ServiceError> {
    let request = (&statement, &signature);
    let (actor, redeemed) =
        Proposals::redeem_even_locked::<ProposedOperations>(ctx, &statement, &signature).await?;
    let (proposed, signed) = match redeemed {
        Redeemed::Now(proposed, signed) => (proposed, *signed),
        Redeemed::Before(done) => return again(ctx, &actor, &done).await,
    };
    let batch = random::uuid(ctx.request.now)?;
    let (bearer, ticket) = new_ticket(ctx, &actor, batch, second_reader)?;
    match begin(ctx, &actor, &proposed, signed, (batch, ticket)).await {
        Ok(()) => ticket_view(ctx, &bearer, ticket, batch).await,
        Err(refused) => {
            let before = Proposals::new(ctx, &actor).refuse_or_again(&proposed, request, refused);
            again(ctx, &actor, &before.await?).await
        }
    }
}

/// The ticket was lost with the answer: another one with the same end, as long as this
/// session has what was begun. It waits for its card no longer than it did.
async fn again(
    ctx: &RequestContext,
    actor: &Actor,
    done: &EventRecord,
) -> Result<OperationTicket, ServiceError> {
    let store = &ctx.service.store;
    let operation = EventFacts::read(done.facts.as_deref()).operation;
    let operation = operation.ok_or(ErrorCode::ProposalVoid)?;
    let begun = store.operation(operation).await?;
    let batch = begun.ok_or(ErrorCode::ProposalVoid)?.batch;
    let held = store.batch(batch).await?;
    let held = held.filter(|held| held.session == Some(actor.token));
    let ends_at = held.ok_or(ErrorCode::TicketVoid)?.ticket_ends_at;
    let ticket = ticket_until(ctx, actor, batch, ends_at, None)?;
    resume_with(ctx, actor, batch, ticket).await
}

/// Opens the journal of each card, all in one batch.
async fn begin(
    ctx: &RequestContext,
    actor: &Actor,
    proposed: &ProposedOperations,
    signed: SignedStatement,
    (batch, ticket): (Uuid, NewTicket),
) -> Result<(), RefusedAct> {
    let now = ctx.request.now;
    // Who acts is no less what the log says than the card that is changed.
    let acting = ctx.explained(actor.card).await?;
    if acting.facts.role != Role::LegalPerson {
        return Err(ErrorCode::NotAllowed.into());
    }
    let action = proposed.action;
    let new_key = action == Action::Renew && ctx.service.config.renewal.new_key;
    let progress = OperationProgress::new(new_key);
    let master = &ctx.service.keys.master;
    let mut operations = Vec::with_capacity(proposed.seen.len());
    for seen in &proposed.seen {
        let id = random::uuid(now)?;
        let facts = EventFacts {
            before: Some(seen.before),
            after: Some(seen.before),
            operation: Some(id),
            ..EventFacts::default()
        };
        operations.push(NewOperation {
            id,
            card: seen.card,
            before: seen.before,
            version: seen.version,
            payload: progress.seal(master, id, seen.card)?,
            event: NewEvent {
                enterprise: Some(actor.enterprise),
                actor: Some(actor.card),
                target: Some(seen.card),
                detail: Some(format!("operation {id}")),
                facts: Some(facts.to_json()?),
                ..ctx.event(begun(action), EventOutcome::Done)
            },
        });
    }
    let begun = ctx
        .service
        .store
        .begin_batch(NewBatch {
            id: batch,
            enterprise: actor.enterprise,
            actor: actor.card,
            action,
            signed,
            session: actor.token,
            ticket,
            at: now,
            operations,
        })
        .await?;
    match begun {
        BatchStart::Begun { left_out } => match left_out.first() {
            Some((_, taken)) if left_out.len() == proposed.seen.len() => Err(match taken {
                SkipReason::Open => taken_by(ctx, proposed.card(), action).await?.into(),
                SkipReason::Changed(state) => ErrorCode::Conflict(state.name()).into(),
                SkipReason::Unknown => ErrorCode::NotFound.into(),
            }),
            _ => Ok(()),
        },
        BatchStart::NonceVoid => Err(ErrorCode::ProposalVoid.into()),
        BatchStart::SessionEnded => Err(ctx.why_session_ended().await.into()),
    }
}

/// The error of a card on which another operation is open.
async fn taken_by(
    ctx: &RequestContext,
    card: Option<CardId>,
    action: Action,
) -> Result<ServiceError, ServiceError> {
    let other = match card {
        Some(card) => ctx.service.store.unfinished_operation(card).await?,
        None => None,
    };
    let other = other.filter(|other| other.state.is_open());
    let action = other.map_or(action, |other| other.action);
    Ok(ErrorCode::CannotOperate(CannotOperate::Unfinished(action)).into())
}

/// The act of the event that records the beginning.
const fn begun(action: Action) -> EventAct {
    match action {
        Action::Renew => EventAct::RenewBegin,
        _ => EventAct::UnlockBegin,
    }
}
