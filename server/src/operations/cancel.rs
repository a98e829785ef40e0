//! 取消 under a ticket: what touched no card is abandoned, the rest waits for its
//! card.

use app::api::operation::Operations;
use card_domain::{EventOutcome, OperationStep, Reason};
use event_log::EventFacts;

use super::{
    authority::Conversation,
    decision::{Change, Decision},
    drive::count,
    event::operation_event,
    progress::OperationProgress,
    ticket::ticket_holder,
    view::operations_view,
};
use crate::{
    context::RequestContext, metrics::OperationOutcome, service::ServiceError,
    storage::OperationRecord,
};

/// Voids the ticket and abandons what touched no card.
pub(crate) async fn cancel(ctx: &RequestContext, ticket: &str) -> Result<Operations, ServiceError> {
    let (_, batch) = ticket_holder(ctx, ticket).await?;
    let store = &ctx.service.store;
    store.void_ticket(batch.id).await?;
    for record in store.operations_of_batch(batch.id).await? {
        if record.state.is_open() && record.touched_at.is_none() {
            // One that a program touches at this moment stays open.
            abandon(ctx, &record).await?;
        }
    }
    operations_view(ctx, &batch).await
}

/// Abandons an operation, unless it changed meanwhile.
async fn abandon(ctx: &RequestContext, record: &OperationRecord) -> Result<(), ServiceError> {
    let progress = OperationProgress::of(record, &ctx.service.keys.master)?.rest();
    let decision = Decision::Abandon(Change::given_up(record, progress, OperationStep::Abandon)?);
    let conversation = Conversation::TICKET;
    let mut event =
        operation_event(ctx, record, conversation, EventOutcome::Failed, &decision).await?;
    event.detail = Some(format!("operation {}: abandoned, cancelled", record.id));
    let facts = EventFacts {
        reason: Some(Reason::Cancelled),
        ..EventFacts::read(event.facts.as_deref())
    };
    event.facts = Some(facts.to_json()?);
    let Decision::Abandon(change) = decision else {
        return Err(ServiceError::Inconsistent("giving up is no such step"));
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
