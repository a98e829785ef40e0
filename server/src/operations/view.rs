//! Batches and operations as a screen is shown them.

use app::api::{
    model::PinSeen,
    operation::{OperationView, Operations, Problem, StepTime},
};
use card_domain::{OperationState, OperatorNo};

use crate::{
    cards::certificate_view,
    context::RequestContext,
    service::ServiceError,
    storage::{BatchRecord, Holder, OperationRecord},
};

/// A batch with the operations of it, as they are now.
pub(super) async fn operations_view(
    ctx: &RequestContext,
    batch: &BatchRecord,
) -> Result<Operations, ServiceError> {
    let operations = ctx.service.store.operations_of_batch(batch.id).await?;
    Ok(Operations {
        batch: batch.id,
        action: batch.action,
        prepared_at: batch.created_at,
        cards: operations
            .iter()
            .map(|operation| operation_view(ctx, operation))
            .collect::<Result<_, _>>()?,
        pin_policy: ctx.service.config.pin.policy(),
    })
}

fn operation_view(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<OperationView, ServiceError> {
    let card = &record.card;
    let times = &record.times;
    let steps = [
        (OperationState::Prepared, Some(times.prepared)),
        (OperationState::Issued, times.issued),
        (OperationState::Written, times.written),
        (OperationState::ReadBack, times.read_back),
        (OperationState::Confirmed, times.confirmed),
        (OperationState::Abandoned, times.abandoned),
    ];
    Ok(OperationView {
        id: record.id,
        card: card.id,
        card_no: card.chip.card_no.clone(),
        operator_no: operator_no(&card.holder),
        holder_name: card.holder_name.clone(),
        state: record.state,
        steps: steps
            .into_iter()
            .filter_map(|(state, at)| at.map(|at| StepTime { state, at }))
            .collect(),
        touched: record.touched_at.is_some(),
        problem: problem(record)?,
        pin: card.pin.map(|pin| PinSeen {
            tries_left: pin.tries_left,
            at: pin.at,
        }),
        puk_tries: record.puk_tries,
        certificate: certificate_view(ctx, card)?,
    })
}

/// What stood in the way last.
pub(super) fn problem(record: &OperationRecord) -> Result<Option<Problem>, ServiceError> {
    Ok(record
        .problem
        .as_deref()
        .map(serde_json::from_str)
        .transpose()?)
}

/// The number of a card's holder; a legal person has none.
pub(super) fn operator_no(holder: &Holder) -> OperatorNo {
    holder
        .operator_no()
        .cloned()
        .unwrap_or_else(|| OperatorNo(String::new()))
}
