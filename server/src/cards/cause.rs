//! Why a card is lost or frozen: what the legal person signed for the event that made it
//! so. No column holds it, so that none can say anything else.

use app::api::history::{Unverified, Verified};
use card_domain::{CardState, Cause, EnterpriseId, EventAct};

use crate::{context::RequestContext, service::ServiceError, storage::CardRecord};

/// Why the card is in its state; none where nothing says it, where the event is in an
/// archive, or where it is not what was signed.
pub(super) async fn of_state(
    ctx: &RequestContext,
    enterprise: EnterpriseId,
    record: &CardRecord,
) -> Result<Option<Cause>, ServiceError> {
    let (act, since) = match record.state.at(ctx.request.now) {
        CardState::Lost { since, .. } => (EventAct::ReportLoss, since),
        CardState::Frozen { since, .. } => (EventAct::Freeze, since),
        CardState::NotIssued | CardState::Normal | CardState::Cancelled { .. } => return Ok(None),
    };
    let store = &ctx.service.store;
    let newest = store.newest_done(enterprise, record.id, act).await?;
    let Some(event) = newest.filter(|event| event.at == since) else {
        return Ok(None);
    };
    let checked = ctx.checker().await?.check(&event).await?;
    let is_good = matches!(
        checked.verified,
        Verified::Yes | Verified::No(Unverified::NotYetSequenced)
    );
    Ok(checked.cause(&event).filter(|_| is_good))
}
