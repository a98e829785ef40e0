//! The server drives the card: from what is reported to what is decided
//! (`decide`), written into the journal, and handed out.

use app::api::{ErrorCode, operation::Doing};
use card_domain::EventOutcome;
use card_protocol::{
    PinPolicy,
    program::{ProgramOutcome, SignedProgram},
};

use super::{
    authority::{Authority, Conversation},
    decide::{Evaluator, chip, program},
    decision::Decision,
    event::{operation_event, reason_of},
    mandate::Mandate,
    programs,
    progress::{OperationProgram, OperationProgress},
};
use crate::{
    context::RequestContext,
    metrics::{By, OperationOutcome},
    program_signing,
    service::ServiceError,
    storage::{ConfirmedOperation, NewEvent, OperationRecord},
};

/// What became of a report.
pub(super) enum Advance {
    /// The bridge runs this.
    Run {
        program: SignedProgram,
        sequence: u32,
        new_pin: Option<PinPolicy>,
        doing: Doing,
    },
    /// The operation is over, one way or the other.
    Over,
    /// The card has to be inserted again, or something else has to change.
    Waiting,
    /// The card could not prove itself.
    NotGenuine,
}

/// The card of an operation is there: looks at it.
pub(super) async fn start(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
) -> Result<Advance, ServiceError> {
    let progress = OperationProgress::of(record, &ctx.service)?;
    let evaluator = evaluator(ctx, record, progress, conversation).await?;
    let decision = evaluator.begin()?;
    carry_out(ctx, record, conversation, decision).await
}

/// What came of a program. A report that comes twice gets the same answer.
pub(super) async fn reported(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
    outcome: &ProgramOutcome,
) -> Result<Advance, ServiceError> {
    let progress = OperationProgress::of(record, &ctx.service)?;
    let is_out = progress.program != OperationProgram::Idle;
    if progress.exchange == conversation.exchange && is_out {
        if outcome.sequence > progress.sequence {
            return Err(ErrorCode::BadRequest.into());
        }
        if outcome.sequence == progress.sequence {
            let evaluator = evaluator(ctx, record, progress, conversation).await?;
            let decision = evaluator.answered(outcome)?;
            return carry_out(ctx, record, conversation, decision).await;
        }
    }
    again(ctx, record, conversation).await
}

/// Decides about one operation that has its mandate, at the time of the request.
pub(super) async fn evaluator<'a>(
    ctx: &'a RequestContext,
    record: &OperationRecord,
    progress: OperationProgress,
    conversation: Conversation,
) -> Result<Evaluator<'a>, ServiceError> {
    Ok(Evaluator {
        service: &ctx.service,
        mandate: Mandate::of(ctx, record).await?,
        progress,
        conversation,
        now: ctx.request.now,
    })
}

/// The program that is out once more, to whom it went: it is sealed to that
/// one's bridge, which runs it once. It is signed anew, so it needs its mandate.
async fn again(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
) -> Result<Advance, ServiceError> {
    if !record.state.is_open() && !record.is_unsettled() {
        return Ok(Advance::Over);
    }
    let progress = OperationProgress::of(record, &ctx.service)?;
    let is_out = progress.program != OperationProgram::Idle;
    if is_out && progress.exchange == conversation.exchange {
        let mandate = Box::pin(Mandate::of(ctx, record)).await?;
        return hand_out(ctx, mandate.record(), conversation, &progress, None);
    }
    Ok(Advance::Waiting)
}

/// Writes down what was decided, then does it.
pub(super) async fn carry_out(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
    decision: Decision,
) -> Result<Advance, ServiceError> {
    let now = ctx.request.now;
    let (store, master) = (&ctx.service.store, &ctx.service.keys.master);
    let counted = decision.outcome();
    let reason = reason_of(&decision);
    let event = |outcome| {
        operation_event(
            ctx,
            record,
            conversation,
            outcome,
            reason,
            decision.change(),
        )
    };
    let event = match &decision {
        Decision::Confirm(..) => Some(event(EventOutcome::Done).await?),
        Decision::Abandon(_) => Some(event(EventOutcome::Failed).await?),
        Decision::Settle(_) => {
            let detail = "rolled back: the card holds again what the register says";
            Some(NewEvent {
                detail: Some(String::from(detail)),
                ..event(EventOutcome::Failed).await?
            })
        }
        // Under the ticket the legal person says which card it should be; of
        // anybody else that is only said, and names nobody in the record.
        Decision::NotGenuine(_) if conversation.authority == Authority::Ticket => Some(NewEvent {
            detail: Some(String::from("the card could not prove itself")),
            ..event(EventOutcome::Refused).await?
        }),
        // The card proved itself in the same program.
        Decision::NotAttested(_, error) => Some(NewEvent {
            detail: Some(format!("no new key is certified: {error}")),
            ..event(EventOutcome::Refused).await?
        }),
        Decision::Run(_) | Decision::Wait(_) | Decision::NotGenuine(_) => None,
    };
    let (saved, advance) = match decision {
        Decision::Run(change) => {
            // Journalled before the card can know of it.
            let advance = hand_out(ctx, record, conversation, &change.progress, change.issued())?;
            let saved = store.save_operation(change.into_saved(record, master, now, event)?);
            (saved.await?, advance)
        }
        Decision::Confirm(change, certificate) => {
            let end = ConfirmedOperation {
                change: change.into_saved(record, master, now, event)?,
                certificate,
            };
            (store.confirm_operation(end).await?, Advance::Over)
        }
        Decision::Abandon(change) | Decision::Settle(change) => {
            let change = change.into_saved(record, master, now, event)?;
            (store.save_operation(change).await?, Advance::Over)
        }
        Decision::Wait(change) | Decision::NotAttested(change, _) => {
            tracing::info!(operation = %record.id, problem = ?change.problem, "waiting");
            let change = change.into_saved(record, master, now, event)?;
            (store.save_operation(change).await?, Advance::Waiting)
        }
        Decision::NotGenuine(change) => {
            let change = change.into_saved(record, master, now, event)?;
            (store.save_operation(change).await?, Advance::NotGenuine)
        }
    };
    if saved {
        if let Some(outcome) = counted {
            count(ctx, record, conversation, outcome);
        }
        return Ok(advance);
    }
    // Somebody else was quicker: what that one decided holds.
    let record = store
        .operation(record.id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    if record.state.is_open() {
        again(ctx, &record, conversation).await
    } else {
        Ok(Advance::Over)
    }
}

/// Counts what became of an operation, once it is in the journal.
pub(super) fn count(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
    outcome: OperationOutcome,
) {
    let by = match conversation.authority {
        Authority::Ticket => By::Ticket,
        Authority::Healing | Authority::Nobody => By::Healing,
    };
    ctx.service.metrics.operation(record.action, by, outcome);
}

/// Counts a card that was said to be there and could not prove it. Nobody is
/// named in the record for that.
pub(super) fn count_not_genuine(ctx: &RequestContext, record: &OperationRecord) {
    ctx.service
        .metrics
        .operation(record.action, By::Healing, OperationOutcome::NotGenuine);
}

/// The one place that hands out programs.
pub(super) fn hand_out(
    ctx: &RequestContext,
    record: &OperationRecord,
    conversation: Conversation,
    progress: &OperationProgress,
    issued: Option<&[u8]>,
) -> Result<Advance, ServiceError> {
    let Some(kind) = progress.program.kind() else {
        return Ok(Advance::Waiting);
    };
    if !conversation.authority.may(kind) {
        tracing::info!(operation = %record.id, ?kind, ?conversation, "not on this word");
        return Ok(Advance::Waiting);
    }
    let program = program(&ctx.service, record, progress, issued)?;
    let of = conversation.exchange.unwrap_or(record.id).to_string();
    let chip = Some(chip(record));
    Ok(Advance::Run {
        program: program_signing::sign(ctx, program, of, progress.sequence, chip)?,
        sequence: progress.sequence,
        new_pin: kind.takes_pin().then(|| ctx.service.config.pin.policy()),
        doing: programs::doing(&progress.program),
    })
}
