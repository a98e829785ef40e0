//! 制卡 begins: for a holder whose card is not made yet.

use app::api::ErrorCode;
use card_domain::{CardState, EventAct, EventOutcome, OperatorNo};
use card_protocol::{
    ChipId,
    enroll::{EnrollReply, EnrollStart, Holder as NamedHolder},
};
use jiff::SignedDuration;

use super::{
    EnrollError, admin::makes_cards_of, already, program::handed_out, progress::EnrolmentProgress,
};
use crate::{
    context::RequestContext,
    digest::sha256,
    input::validate_text,
    random,
    storage::{
        AdminToken, CardRecord, EnrolmentStart, EnterpriseRecord, Holder, NewEnrolment, TokenHash,
    },
};

/// A whole enrolment takes seconds; a person may have to enter a PIN.
const ENROLMENT_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Begins to make a card.
pub(crate) async fn start(
    ctx: &RequestContext,
    start: EnrollStart,
    admin: &AdminToken,
) -> Result<EnrollReply, EnrollError> {
    let (enterprise, card) = subject(ctx, &start.holder).await?;
    // Of another enterprise it is not even told whether it has such a holder.
    if !makes_cards_of(admin, enterprise.id) {
        return Err(ErrorCode::NotFound.into());
    }
    if card.state != CardState::NotIssued {
        return Err(already(card.state).into());
    }
    let now = ctx.request.now;
    let id = random::uuid(now)?;
    let operation = id.to_string();
    // The names that are certified are those of the log.
    let names = ctx.explained(card.id).await?.facts.names;
    let names = names.ok_or(ErrorCode::NotFound)?;
    let progress = EnrolmentProgress::new(start.chip, ChipId(random::bytes()?), names);
    let mut event = ctx.event(EventAct::Enrol, EventOutcome::Done);
    event.enterprise = Some(enterprise.id);
    event.target = Some(card.id);
    event.detail = Some(admin.note.clone());
    let begun = ctx
        .service
        .store
        .begin_enrolment(
            NewEnrolment {
                id,
                enterprise: enterprise.id,
                card: card.id,
                token: TokenHash(sha256(operation.as_bytes())),
                step: progress.step_name(),
                payload: progress.seal(&ctx.service.keys.master, id, card.id)?,
                created_at: now,
                expires_at: now + ENROLMENT_LIFE,
            },
            event,
        )
        .await?;
    match begun {
        EnrolmentStart::Begun => handed_out(ctx, &operation, &progress),
        EnrolmentStart::CardIs(state) => Err(already(state).into()),
    }
}

/// Whose card it becomes.
async fn subject(
    ctx: &RequestContext,
    holder: &NamedHolder,
) -> Result<(EnterpriseRecord, CardRecord), EnrollError> {
    let (code, holder) = match holder {
        NamedHolder::LegalPerson { enterprise } => (enterprise, Holder::LegalPerson),
        NamedHolder::Operator {
            enterprise,
            operator,
        } => {
            validate_text(operator, 32)?;
            (enterprise, Holder::Operator(OperatorNo(operator.clone())))
        }
    };
    validate_text(code, 32)?;
    let store = &ctx.service.store;
    let enterprise = store
        .enterprise_by_code(code)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let card = store
        .card_of_holder(enterprise.id, &holder)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok((enterprise, card))
}
