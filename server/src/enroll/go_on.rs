//! 制卡 goes on with what the card answered.

use app::api::ErrorCode;
use card_domain::{CardState, EventOutcome};
use card_protocol::{
    ChipId,
    enroll::{EnrollContinue, EnrollReply},
    hex,
};
use event_log::EventFacts;

use super::{
    EnrollError,
    admin::makes_cards_of,
    enrolment_event,
    fault::Fault,
    made::Made,
    program::handed_out,
    progress::EnrolmentProgress,
    step::{Next, advance},
};
use crate::{
    context::RequestContext,
    digest::sha256,
    service::ServiceError,
    storage::{AdminToken, EnrolmentRecord, TokenHash},
};

/// Goes on with what the card answered.
pub(crate) async fn go_on(
    ctx: &RequestContext,
    answer: EnrollContinue,
    admin: &AdminToken,
) -> Result<EnrollReply, EnrollError> {
    let outcome = answer.outcome;
    let token = TokenHash(sha256(outcome.operation.as_bytes()));
    let report = hex::encode(&sha256(&serde_json::to_vec(&outcome)?));
    let record = enrolment(ctx, token)
        .await?
        .filter(|record| makes_cards_of(admin, record.enterprise))
        .ok_or(EnrollError::Over)?;
    if let Some(reply) = answered(ctx, &record, &outcome.operation, &report)? {
        return Ok(reply);
    }
    let progress = EnrolmentProgress::of(&record, &ctx.service.keys.master)?;
    // One that a row says, and no server wrote, or one of the version before.
    let mut progress = progress.ok_or(EnrollError::Over)?;
    if outcome.sequence != progress.sequence {
        return Err(ErrorCode::BadRequest.into());
    }
    progress.answered = Some(report.clone());
    let found = progress.old_chip;
    let next = advance(ctx, &record, progress, &outcome).await;
    match next {
        Ok(Next::Run(progress)) => handed_out(ctx, &outcome.operation, &progress),
        Ok(Next::Done(done)) => Ok(done),
        Err(EnrollError::Fault(fault)) => {
            let fault = in_use(ctx, fault, found).await?;
            let mut event = enrolment_event(ctx, &record, EventOutcome::Failed);
            event.detail = Some(format!("{fault} ({})", admin.note));
            event.facts = Some(EventFacts::because(fault.reason()).to_json()?);
            ctx.service
                .store
                .abandon_enrolment(record.id, event)
                .await?;
            tracing::warn!(%fault, "an enrolment failed");
            Err(fault.into())
        }
        // The same report was sent again while the first one was served: that one's
        // answer is this one's too.
        Err(error) => match enrolment(ctx, token).await? {
            Some(record) => {
                let reply = answered(ctx, &record, &outcome.operation, &report)?;
                reply.ok_or(error)
            }
            None => Err(error),
        },
    }
}

/// The enrolment with this token, if its time is not over.
async fn enrolment(
    ctx: &RequestContext,
    token: TokenHash,
) -> Result<Option<EnrolmentRecord>, ServiceError> {
    let record = ctx.service.store.enrolment(token).await?;
    Ok(record.filter(|record| ctx.request.now <= record.expires_at))
}

/// What was answered to this very report, if it was: the answer was lost, and the same
/// one is given once more.
fn answered(
    ctx: &RequestContext,
    record: &EnrolmentRecord,
    operation: &str,
    report: &str,
) -> Result<Option<EnrollReply>, EnrollError> {
    let master = &ctx.service.keys.master;
    if let Some(made) = Made::of(record, master)? {
        return Ok((made.answered == report).then_some(made.reply));
    }
    match EnrolmentProgress::of(record, master)? {
        Some(progress) if progress.answered.as_deref() == Some(report) => {
            Ok(Some(handed_out(ctx, operation, &progress)?))
        }
        _ => Ok(None),
    }
}

/// A card that is not blank may be one that counts, for instance because its making
/// ended well and nobody heard of it. Nobody should reset that one.
async fn in_use(
    ctx: &RequestContext,
    fault: Fault,
    chip: Option<ChipId>,
) -> Result<Fault, EnrollError> {
    let (Fault::NotBlank, Some(chip)) = (&fault, chip) else {
        return Ok(fault);
    };
    let card = ctx.service.store.card_of_chip(chip).await?;
    let counts = card.filter(|card| !matches!(card.state, CardState::Cancelled { .. }));
    let number = counts.and_then(|card| card.chip).map(|chip| chip.card_no);
    Ok(number.map_or(fault, Fault::InUse))
}
