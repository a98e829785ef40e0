//! The legal-person card is back: its token ends the session's lock.

use app::api::{ErrorCode, model::SessionView};
use card_domain::{EventAct, EventOutcome, Reason};
use card_protocol::token::AuthToken;

use super::{
    admission::{NotAdmitted, admit},
    possession::prove,
    session,
};
use crate::{
    context::{Actor, RequestContext},
    metrics::Rated,
    service::ServiceError,
    storage::{CardRecord, NewEvent},
};

/// Ends the lock of the session, if the token is its own card's.
pub(crate) async fn unlock(
    ctx: &RequestContext,
    token: AuthToken,
) -> Result<SessionView, ServiceError> {
    ctx.limit(Rated::Unlock)?;
    let (actor, _) = ctx.require_even_locked().await?;
    let proven = prove(ctx, &token, EventAct::UnlockSession).await?;
    let on_card = match admit(ctx, &proven).await? {
        Ok(admitted) if admitted.card.id == actor.card => admitted.on_card,
        Ok(admitted) => {
            let words = String::from("another card");
            refuse(ctx, &actor, Some(&admitted.card), Reason::WrongCard, words).await?;
            return Err(ErrorCode::StatementSignature.into());
        }
        Err(NotAdmitted { refusal, card }) => {
            let words = refusal.to_string();
            refuse(ctx, &actor, card.as_ref(), refusal.into(), words).await?;
            return Err(refusal.into());
        }
    };
    let event = NewEvent {
        enterprise: Some(actor.enterprise),
        actor: Some(actor.card),
        target: Some(actor.card),
        facts: on_card.facts(actor.card)?,
        ..ctx.event(EventAct::UnlockSession, EventOutcome::Done)
    };
    let store = &ctx.service.store;
    let was_locked = store
        .unlock_session(actor.token, ctx.request.now, event)
        .await?;
    if !was_locked {
        tracing::debug!("a session that was not locked was unlocked");
    }
    let unlocked = session(ctx).await?;
    unlocked.ok_or_else(|| ErrorCode::NotLoggedIn.into())
}

/// The event of a refusal: in the session's enterprise, by the card that was
/// proven, if it is one of this enterprise.
async fn refuse(
    ctx: &RequestContext,
    actor: &Actor,
    card: Option<&CardRecord>,
    reason: Reason,
    words: String,
) -> Result<(), ServiceError> {
    let own = card.filter(|card| card.enterprise == actor.enterprise);
    let event = NewEvent {
        enterprise: Some(actor.enterprise),
        actor: own.map(|card| card.id),
        target: Some(actor.card),
        ..ctx.refused(EventAct::UnlockSession, reason, words)?
    };
    ctx.service.store.record_event(event).await?;
    Ok(())
}
