//! The events of an operation's steps: whose they are, and what a machine and an
//! administrator read of them.

use app::api::operation::Problem;
use card_domain::{Action, EventOutcome, Reason};
use event_log::EventFacts;

use super::{
    authority::{Authority, Conversation},
    decision::{Change, Decision},
};
use crate::{
    context::RequestContext,
    service::ServiceError,
    storage::{BatchRecord, NewEvent, OperationRecord},
};

/// The event of a step of an operation, under the signed statement.
pub(super) async fn operation_event(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
    outcome: EventOutcome,
    reason: Option<Reason>,
    change: &Change,
) -> Result<NewEvent, ServiceError> {
    let batch = batch_of(ctx, record).await?;
    let mut event = ctx.event(record.action.into(), outcome);
    event.enterprise = Some(batch.enterprise);
    event.actor = Some(batch.actor);
    event.target = Some(record.card.id);
    event.statement = Some(batch.signed);
    event.detail = Some(detail(record, outcome, change));
    let facts = EventFacts {
        healed: conversation.authority != Authority::Ticket,
        reason,
        ..facts_of(record, outcome)
    };
    event.facts = Some(facts.to_json()?);
    Ok(event)
}

/// The batch has who signed, and what.
async fn batch_of(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<BatchRecord, ServiceError> {
    ctx.service
        .store
        .batch(record.batch)
        .await?
        .ok_or(ServiceError::Inconsistent("an operation without a batch"))
}

/// Why an operation was not done, for its event.
pub(super) fn reason_of(decision: &Decision) -> Option<Reason> {
    match decision {
        Decision::Run(_) | Decision::Wait(_) | Decision::Confirm(..) => None,
        Decision::Settle(_) => Some(Reason::RolledBack),
        Decision::NotGenuine(_) => Some(Reason::NotGenuine),
        Decision::NotAttested(..) => Some(Reason::Attestation),
        Decision::Abandon(change) => Some(match &change.problem {
            None => Reason::NotDone,
            Some(Problem::PinNotBlocked { .. }) => Reason::PinNotBlocked,
            Some(Problem::PukRefused { .. } | Problem::PukKept) => Reason::PukRefused,
            Some(Problem::PukUnknown | Problem::PukLost) => Reason::PukUnknown,
            Some(Problem::State { .. }) => Reason::RuleSaysNo,
            Some(Problem::CardRefused { .. }) => Reason::CardRefused,
            Some(Problem::ReadBack) => Reason::ReadBack,
            Some(Problem::Attestation) => Reason::Attestation,
        }),
    }
}

/// What a machine reads of the event: the operation, and of 延期 the
/// certificates around it.
pub(super) fn facts_of(record: &OperationRecord, outcome: EventOutcome) -> EventFacts {
    let serial = |serial: &Vec<u8>| card_protocol::hex::encode(serial);
    let before = record.card.certificate.as_ref();
    let before = before.map(|good| serial(&good.serial));
    let renewed = record.action == Action::Renew;
    let issued = record
        .issued
        .as_ref()
        .filter(|_| outcome == EventOutcome::Done);
    let after = issued.map(|(_, held)| serial(&held.serial));
    EventFacts {
        before: Some(record.card.state),
        after: Some(record.card.state),
        serial_after: after.or_else(|| before.clone()).filter(|_| renewed),
        serial_before: before.filter(|_| renewed),
        operation: Some(record.id),
        ..EventFacts::default()
    }
}

/// What else has to be known, for the log: no secret, no ID number.
fn detail(record: &OperationRecord, outcome: EventOutcome, change: &Change) -> String {
    let operation = record.id;
    let problem = match &change.problem {
        None => String::new(),
        Some(Problem::CardRefused { step, status }) => format!(", {step} answered {status}"),
        Some(problem) => format!(", {problem:?}"),
    };
    let serial = |certificate: Option<&Vec<u8>>| {
        certificate.map_or_else(
            || String::from("none"),
            |serial| card_protocol::hex::encode(serial),
        )
    };
    match (record.action, outcome) {
        (Action::Renew, EventOutcome::Done) => format!(
            "operation {operation}: certificate {} in place of {}{problem}",
            serial(record.issued.as_ref().map(|(_, held)| &held.serial)),
            serial(record.card.certificate.as_ref().map(|good| &good.serial)),
        ),
        (_, EventOutcome::Done) => format!("operation {operation}: done{problem}"),
        _ => format!("operation {operation}: not done{problem}"),
    }
}
