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
    EnrollError, enrolment_event,
    fault::Fault,
    made::Made,
    program::handed_out,
    progress::EnrolmentProgress,
    step::{Next, advance},
};
use crate::{
    context::RequestContext,
    digest::sha256,
    storage::{AdminToken, TokenHash},
};

/// Goes on with what the card answered.
pub(crate) async fn go_on(
    ctx: &RequestContext,
    answer: EnrollContinue,
    admin: &AdminToken,
) -> Result<EnrollReply, EnrollError> {
    let outcome = answer.outcome;
    let token = TokenHash(sha256(outcome.operation.as_bytes()));
    let record = ctx.service.store.enrolment(token).await?;
    let record = record
        .filter(|record| ctx.request.now <= record.expires_at)
        .ok_or(ErrorCode::NotFound)?;
    let report = hex::encode(&sha256(&serde_json::to_vec(&outcome)?));
    if let Some(made) = Made::of(&record, &ctx.service.keys.master)? {
        let is_repeated = made.answered == report;
        return is_repeated
            .then_some(made.reply)
            .ok_or_else(|| ErrorCode::NotFound.into());
    }
    let progress = EnrolmentProgress::of(&record, &ctx.service.keys.master)?;
    // One that a row says, and no server wrote, or one of the version before.
    let mut progress = progress.ok_or(ErrorCode::NotFound)?;
    if progress.answered.as_ref() == Some(&report) {
        // The answer was lost: the same one once more, and nothing is done.
        return handed_out(ctx, &outcome.operation, &progress);
    }
    if outcome.sequence != progress.sequence {
        return Err(ErrorCode::BadRequest.into());
    }
    progress.answered = Some(report);
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
        Err(error) => Err(error),
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
