//! A new ticket for what is left of a batch: the one before was lost with its
//! page, or its time is up.

use app::api::{ErrorCode, operation::OperationTicket};
use uuid::Uuid;

use super::ticket::{new_ticket, ticket_view};
use crate::{
    bearer::Bearer,
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::NewTicket,
};

/// Gives the legal person a new ticket; the batch's old one is void.
pub(crate) async fn resume(
    ctx: &RequestContext,
    batch: Uuid,
    second_reader: bool,
) -> Result<OperationTicket, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let ticket = new_ticket(ctx, &actor, batch, second_reader)?;
    resume_with(ctx, &actor, batch, ticket).await
}

/// The same for the legal person of this session, with this ticket.
pub(super) async fn resume_with(
    ctx: &RequestContext,
    actor: &Actor,
    batch: Uuid,
    (bearer, ticket): (Bearer, NewTicket),
) -> Result<OperationTicket, ServiceError> {
    let store = &ctx.service.store;
    let known = store.batch(batch).await?;
    known
        .filter(|known| known.enterprise == actor.enterprise)
        .ok_or(ErrorCode::NotFound)?;
    let operations = store.operations_of_batch(batch).await?;
    if !operations.iter().any(|operation| operation.state.is_open()) {
        return Err(ErrorCode::TicketVoid.into());
    }
    let renewed = store
        .renew_ticket(
            actor.enterprise,
            batch,
            actor.token,
            ticket,
            ctx.request.now,
        )
        .await?;
    if renewed {
        ticket_view(ctx, &bearer, ticket, batch).await
    } else {
        Err(ErrorCode::SessionEnded.into())
    }
}
