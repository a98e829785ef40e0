//! Proposing: which of the chosen cards an operation can begin on, and what is
//! to be signed for those.

use app::api::{
    ErrorCode,
    operation::{CannotOperate, LeftOut, OperationProposal},
};
use card_domain::{Action, CardId, Refusal};

use super::{commit::ProposedOperations, view::operator_no};
use crate::{
    cards::cannot_operate, context::RequestContext, proposal::Proposals, service::ServiceError,
    signed_statement::SeenCard, storage::CardRecord,
};

/// Makes the statement over those of `cards` on which the operation can begin.
pub(crate) async fn propose(
    ctx: &RequestContext,
    cards: Vec<CardId>,
    action: Action,
) -> Result<OperationProposal, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let most = match action {
        Action::Renew => ctx.service.config.operations.most_cards,
        Action::Unlock => 1,
        _ => return Err(ErrorCode::NotAllowed.into()),
    };
    let mut wanted = cards;
    let mut seen = std::collections::HashSet::new();
    wanted.retain(|card| seen.insert(*card));
    if wanted.is_empty() || wanted.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(ErrorCode::BadRequest.into());
    }
    let (mut good, mut left_out) = (Vec::new(), Vec::new());
    for card in wanted {
        // A card whose row nobody can explain stops the whole batch.
        ctx.explained(card).await?;
        let record = ctx
            .service
            .store
            .operator_card(actor.enterprise, card)
            .await?;
        match cannot_begin(ctx, &record, action).await? {
            None => good.push(record.made().ok_or(Refusal::NotIssuedYet { action })?),
            Some(why) => left_out.push(LeftOut {
                card,
                operator_no: operator_no(&record.holder),
                holder_name: record.holder_name,
                why,
            }),
        }
    }
    if good.is_empty() {
        return Err(first_reason(&left_out));
    }
    let cards = good.iter().map(|record| record.id).collect();
    let payload = ProposedOperations {
        action,
        seen: good.iter().map(SeenCard::from).collect(),
    };
    let proposal = Proposals::new(ctx, &actor).make(&good, payload).await?;
    Ok(OperationProposal {
        statement: proposal.statement,
        signed: proposal.signed,
        expires_at: proposal.expires_at,
        cards,
        left_out,
    })
}

/// Why an operation on this card can't begin now.
async fn cannot_begin(
    ctx: &RequestContext,
    record: &CardRecord,
    action: Action,
) -> Result<Option<CannotOperate>, ServiceError> {
    if let Some(why) = cannot_operate(ctx, record, action)? {
        return Ok(Some(why));
    }
    let unfinished = ctx.service.store.unfinished_operation(record.id).await?;
    // One that touched nothing makes room once its ticket is void: the
    // store decides that when this one begins.
    Ok(unfinished
        .filter(|other| other.state.is_open() && other.touched_at.is_some())
        .map(|other| CannotOperate::Unfinished(other.action)))
}

/// The error where no card is left: the reason of the first.
fn first_reason(left_out: &[LeftOut]) -> ServiceError {
    let code = left_out
        .first()
        .map_or(ErrorCode::BadRequest, |first| match first.why {
            CannotOperate::State(refusal) => ErrorCode::Refused(refusal),
            why => ErrorCode::CannotOperate(why),
        });
    code.into()
}
