//! The ticket of a batch: who has it relays between the card and the server, for a
//! while, in one session.

use app::api::{ErrorCode, operation::OperationTicket};
use card_domain::Role;
use jiff::Timestamp;
use uuid::Uuid;

use super::view::operations_view;
use crate::{
    bearer::{Bearer, Rights},
    clock::is_to_come,
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::{BatchRecord, NewTicket},
};

/// A ticket for this batch in this session, and the secret of which the store gets the
/// hash. With one reader the session is locked as long as its card has to be out of it.
pub(super) fn new_ticket(
    ctx: &RequestContext,
    actor: &Actor,
    batch: Uuid,
    second_reader: bool,
) -> Result<(Bearer, NewTicket), ServiceError> {
    let options = &ctx.service.config.operations;
    let now = ctx.request.now;
    let lock_until = (!second_reader).then(|| now + options.lock());
    ticket_until(ctx, actor, batch, now + options.ticket_life(), lock_until)
}

/// The same with another end, and with this lock of the session if it is to have one.
pub(super) fn ticket_until(
    ctx: &RequestContext,
    actor: &Actor,
    batch: Uuid,
    ends_at: Timestamp,
    lock_until: Option<Timestamp>,
) -> Result<(Bearer, NewTicket), ServiceError> {
    let rights = Rights::of_ticket(batch, actor.enterprise, &actor.token, ends_at);
    let bearer = Bearer::new(&ctx.service.keys.master, "", &rights)?;
    let ticket = NewTicket {
        hash: bearer.hash(),
        ends_at,
        lock_until,
    };
    Ok((bearer, ticket))
}

/// What whoever holds a new ticket is told.
pub(super) async fn ticket_view(
    ctx: &RequestContext,
    bearer: &Bearer,
    ticket: NewTicket,
    batch: Uuid,
) -> Result<OperationTicket, ServiceError> {
    let batch = ctx
        .service
        .store
        .batch(batch)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(OperationTicket {
        ticket: bearer.secret().to_owned(),
        ends_at: ticket.ends_at,
        seconds_left: ctx.service.config.operations.ticket_minutes * 60,
        locked_until: ticket.lock_until,
        operations: operations_view(ctx, &batch).await?,
    })
}

/// Batches whose ticket was void before its end, that are looked at: one at a time is
/// what a person has.
const GIVEN_UP: u32 = 20;

/// The batch whose ticket this was, of this very session, where it was given up before
/// its end: the ticket itself says so, for the row has forgotten it. It opens nothing.
pub(super) async fn given_up_with(
    ctx: &RequestContext,
    ticket: &str,
) -> Result<Option<BatchRecord>, ServiceError> {
    let (actor, role) = ctx.require_even_locked().await?;
    if role != Role::LegalPerson {
        return Ok(None);
    }
    let (store, now) = (&ctx.service.store, ctx.request.now);
    let batches = store.batches_given_up(actor.enterprise, actor.card, now, GIVEN_UP);
    let bearer = Bearer::shown(ticket);
    for batch in batches.await? {
        let (enterprise, ends_at) = (batch.enterprise, batch.ticket_ends_at);
        let rights = Rights::of_ticket(batch.id, enterprise, &actor.token, ends_at);
        if bearer.has(&ctx.service.keys.master, &rights)? {
            return Ok(Some(batch));
        }
    }
    Ok(None)
}

/// Who holds the ticket; a void one is as good as none.
pub(super) async fn ticket_holder(
    ctx: &RequestContext,
    ticket: &str,
) -> Result<(Actor, BatchRecord), ServiceError> {
    let (actor, role) = ctx.require_even_locked().await?;
    if role != Role::LegalPerson {
        return Err(ErrorCode::NotAllowed.into());
    }
    let bearer = Bearer::shown(ticket);
    let batch = ctx.service.store.batch_by_ticket(bearer.hash()).await?;
    let batch = batch
        .filter(|batch| batch.session == Some(actor.token) && batch.enterprise == actor.enterprise)
        .ok_or(ErrorCode::TicketVoid)?;
    let (now, made) = (
        ctx.request.now,
        batch.ticket_ends_at - ctx.service.config.operations.ticket_life(),
    );
    if now > batch.ticket_ends_at || is_to_come(made, now) {
        // In its row, so that a clock that is put back gives it no second life.
        ctx.service
            .store
            .void_ticket(batch.id, bearer.hash())
            .await?;
        return Err(ErrorCode::TicketVoid.into());
    }
    let (enterprise, ends_at) = (batch.enterprise, batch.ticket_ends_at);
    let rights = Rights::of_ticket(batch.id, enterprise, &actor.token, ends_at);
    if bearer.has(&ctx.service.keys.master, &rights)? {
        return Ok((actor, batch));
    }
    ctx.service.metrics.unexplained();
    tracing::error!(batch = %batch.id, "the row of a ticket is not what a server wrote");
    Err(ErrorCode::TicketVoid.into())
}
