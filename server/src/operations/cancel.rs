//! 取消 under a ticket: what touched no card is abandoned, the rest waits for its
//! card.

use app::api::{ErrorCode, operation::Operations};
use card_domain::{EventOutcome, OperationStep, Reason};

use super::{
    authority::Conversation,
    decision::Change,
    drive::count,
    event::operation_event,
    progress::OperationProgress,
    ticket::{given_up_with, ticket_holder},
    view::operations_view,
};
use crate::{
    bearer::Bearer,
    context::RequestContext,
    metrics::OperationOutcome,
    service::ServiceError,
    storage::{NewEvent, OperationRecord},
};

/// Abandons what touched no card. The ticket is void where anything is left: it waits for
/// its card, and not for this page. The same request may come again, for its answer can
/// be lost: it is told how things are by then, and nothing is done.
pub(crate) async fn cancel(ctx: &RequestContext, ticket: &str) -> Result<Operations, ServiceError> {
    let batch = match ticket_holder(ctx, ticket).await {
        Ok((_, batch)) => batch,
        Err(ServiceError::Code(ErrorCode::TicketVoid)) => {
            let before = given_up_with(ctx, ticket).await?;
            return operations_view(ctx, &before.ok_or(ErrorCode::TicketVoid)?).await;
        }
        Err(error) => return Err(error),
    };
    let store = &ctx.service.store;
    for record in store.operations_of_batch(batch.id).await? {
        if record.state.is_open() && record.touched_at.is_none() {
            // One that a program touches at this moment stays open.
            abandon(ctx, &record).await?;
        }
    }
    let left = |record: &OperationRecord| record.state.is_open() || record.is_unsettled();
    if store.operations_of_batch(batch.id).await?.iter().any(left) {
        store
            .void_ticket(batch.id, Bearer::shown(ticket).hash())
            .await?;
    }
    operations_view(ctx, &batch).await
}

/// Abandons an operation, unless it changed meanwhile.
async fn abandon(ctx: &RequestContext, record: &OperationRecord) -> Result<(), ServiceError> {
    let progress = OperationProgress::of(record, &ctx.service)?.rest();
    let change = Change::given_up(record, progress, OperationStep::Abandon)?;
    let conversation = Conversation::TICKET;
    let reason = Some(Reason::Cancelled);
    let outcome = EventOutcome::Failed;
    let event = operation_event(ctx, record, conversation, outcome, reason, &change).await?;
    let event = NewEvent {
        detail: Some(format!("operation {}: abandoned, cancelled", record.id)),
        ..event
    };
    let change = change.into_saved(
        record,
        &ctx.service.keys.master,
        ctx.request.now,
        Some(event),
    )?;
    if ctx.service.store.save_operation(change).await? {
        count(ctx, record, conversation, OperationOutcome::Abandoned);
    }
    Ok(())
}
