//! Healing: a card with something unfinished is inserted, anywhere, by anybody.
//! Whoever says so gets a challenge and nothing else; once the card has proved
//! itself, the signed statement in the journal authorises its completion.

use app::api::{
    ErrorCode,
    operation::{Healed, Healing, PendingReason, Problem},
};
use card_domain::{OperationState, Role};
use uuid::Uuid;

use super::{
    authority::Conversation,
    decision::Decision,
    drive::{Advance, carry_out, count_not_genuine, evaluator, hand_out},
    healing_token::{Challenge, HealingStage, HealingToken},
    progress::{OperationProgram, OperationProgress, ProvesBy},
    view,
};
use crate::{
    cards::certificate_view,
    context::{Actor, RequestContext},
    metrics::Rated,
    random,
    service::ServiceError,
    storage::OperationRecord,
};

/// Who asks, if anybody is logged in; a session that is over is none.
pub(super) async fn anybody(ctx: &RequestContext) -> Result<Option<(Actor, Role)>, ServiceError> {
    match ctx.require_even_locked().await {
        Ok(known) => Ok(Some(known)),
        Err(ServiceError::Code(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why this operation is not healed now: there is nothing to heal, or it is
/// for the holder of its ticket.
pub(super) async fn is_waiting(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<Option<Healing>, ServiceError> {
    if !record.state.is_open() && !record.is_unsettled() {
        return Ok(Some(Healing::None));
    }
    if record.state.is_open() {
        let store = &ctx.service.store;
        let now = ctx.request.now;
        if let Some(until) = store.ticket_lives_until(record.batch, now).await? {
            let seconds = until.duration_since(now).as_secs();
            return Ok(Some(pending(
                record,
                PendingReason::WaitsForLegalPerson {
                    seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
                },
            )));
        }
    }
    // Nothing was done to the card: the housekeeping ends it.
    let is_untouched = record.state.is_open() && record.touched_at.is_none();
    Ok(is_untouched.then_some(Healing::None))
}

/// Challenges the card that is said to be there, if it has something to heal.
/// Nothing is written down: who made the card up changes nothing by it.
pub(super) async fn challenge(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<Healing, ServiceError> {
    if let Some(healing) = is_waiting(ctx, record).await? {
        return Ok(healing);
    }
    let exchange = random::uuid(ctx.request.now)?;
    let progress = OperationProgress::of(record, &ctx.service)?;
    let conversation = Conversation::challenge(exchange);
    let evaluator = evaluator(ctx, record, progress, conversation).await?;
    let decision = evaluator.begin()?;
    challenged(ctx, record, exchange, decision).await
}

/// What follows from a challenge, or its answer. Only what the card proved is
/// written down.
pub(super) async fn challenged(
    ctx: &RequestContext,
    record: &OperationRecord,
    exchange: Uuid,
    decision: Decision,
) -> Result<Healing, ServiceError> {
    let change = decision.change();
    if change.is_proven() {
        let conversation = Conversation::healing(exchange);
        let advance = carry_out(ctx, record, conversation, decision).await?;
        return healing(ctx, record, exchange, advance).await;
    }
    match decision {
        Decision::Run(change) => {
            let progress = change.progress;
            match &progress.program {
                OperationProgram::Witness
                | OperationProgram::Look {
                    by: ProvesBy::CardKey { .. },
                    ..
                } => {}
                // It has 16 bytes decrypted: so often for an address, whoever asks.
                OperationProgram::Look {
                    by: ProvesBy::ManagementKey { .. },
                    ..
                } => ctx.limit(Rated::Healing)?,
                _ => return Err(ServiceError::Inconsistent("more than a challenge")),
            }
            let stage = HealingStage::Challenged {
                version: record.version,
                at: Challenge::of(&progress),
            };
            let conversation = Conversation::challenge(exchange);
            let advance = hand_out(ctx, record, conversation, &progress, None)?;
            running(ctx, record, exchange, stage, advance)
        }
        Decision::NotGenuine(_) => {
            count_not_genuine(ctx, record);
            Ok(pending(record, PendingReason::NotGenuine))
        }
        Decision::Wait(change) => {
            let why = waiting_for(change.problem.as_ref(), record);
            Ok(pending(record, why))
        }
        Decision::Confirm(..)
        | Decision::Abandon(_)
        | Decision::Settle(_)
        | Decision::NotAttested(..) => Err(ServiceError::Inconsistent("an effect without a proof")),
    }
}

/// The program for the terminal, with the token that its answer comes back under.
fn running(
    ctx: &RequestContext,
    record: &OperationRecord,
    exchange: Uuid,
    stage: HealingStage,
    advance: Advance,
) -> Result<Healing, ServiceError> {
    let Advance::Run { program, doing, .. } = advance else {
        return Ok(pending(record, PendingReason::TryAgain));
    };
    let token = HealingToken::new(record.id, exchange, stage, ctx.request.now);
    Ok(Healing::Run {
        token: token.sign(&ctx.service.keys.master)?,
        program,
        doing,
    })
}

/// What the terminal is told of a healing whose card proved itself.
pub(super) async fn healing(
    ctx: &RequestContext,
    record: &OperationRecord,
    exchange: Uuid,
    advance: Advance,
) -> Result<Healing, ServiceError> {
    Ok(match advance {
        Advance::Run { sequence, .. } => {
            let stage = HealingStage::Proven { sequence };
            running(ctx, record, exchange, stage, advance)?
        }
        Advance::NotGenuine => pending(record, PendingReason::NotGenuine),
        Advance::Waiting => {
            let record = again_from_store(ctx, record).await?;
            let why = waiting_for(view::problem(&record)?.as_ref(), &record);
            pending(&record, why)
        }
        Advance::Over => {
            let record = again_from_store(ctx, record).await?;
            let certificate = certificate_view(ctx, &record.card)?;
            let action = record.action;
            let what = if record.state == OperationState::Confirmed {
                Healed::Completed {
                    action,
                    certificate,
                    problem: view::problem(&record)?,
                }
            } else {
                Healed::RolledBack {
                    action,
                    certificate,
                }
            };
            Healing::Healed { what }
        }
    })
}

/// The record as it is after what was just written.
async fn again_from_store(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<OperationRecord, ServiceError> {
    let record = ctx.service.store.operation(record.id).await?;
    Ok(record.ok_or(ErrorCode::NotFound)?)
}

/// Why an operation waits, by what stands in its way.
const fn waiting_for(problem: Option<&Problem>, record: &OperationRecord) -> PendingReason {
    match problem {
        Some(Problem::State { .. }) => PendingReason::CardState(record.card.state.name()),
        _ => PendingReason::TryAgain,
    }
}

/// The card is not healed now, and why.
pub(super) const fn pending(record: &OperationRecord, why: PendingReason) -> Healing {
    Healing::Pending {
        action: record.action,
        why,
    }
}
