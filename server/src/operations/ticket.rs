//! The ticket of a batch: who has it relays between the card and the server, for a
//! while, in one session.

use app::api::{ErrorCode, operation::OperationTicket};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::Role;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::view::operations_view;
use crate::{
    context::{Actor, RequestContext},
    digest::sha256,
    random,
    service::ServiceError,
    storage::{BatchRecord, NewTicket, TokenHash},
};

/// A ticket for this session, and the secret of which the store gets the hash. With one
/// reader the session is locked as long as its card has to be out of it.
pub(super) fn new_ticket(
    ctx: &RequestContext,
    second_reader: bool,
) -> Result<(Zeroizing<String>, NewTicket), ServiceError> {
    let secret = Zeroizing::new(STANDARD.encode(random::bytes::<32>()?));
    let options = &ctx.service.config.operations;
    let now = ctx.request.now;
    let ticket = NewTicket {
        hash: TokenHash(sha256(secret.as_bytes())),
        ends_at: now + options.ticket_life(),
        lock_until: (!second_reader).then(|| now + options.lock()),
    };
    Ok((secret, ticket))
}

/// What whoever holds a new ticket is told.
pub(super) async fn ticket_view(
    ctx: &RequestContext,
    secret: Zeroizing<String>,
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
        ticket: secret.to_string(),
        ends_at: ticket.ends_at,
        seconds_left: ctx.service.config.operations.ticket_minutes * 60,
        locked_until: ticket.lock_until,
        operations: operations_view(ctx, &batch).await?,
    })
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
    let hash = TokenHash(sha256(ticket.as_bytes()));
    let batch = ctx.service.store.batch_by_ticket(hash).await?;
    let batch = batch
        .filter(|batch| {
            batch.session == Some(actor.token)
                && batch.enterprise == actor.enterprise
                && ctx.request.now <= batch.ticket_ends_at
        })
        .ok_or(ErrorCode::TicketVoid)?;
    Ok((actor, batch))
}
