//! 显示: the full 证件编号, which nobody sees without leaving an event. The
//! event is durable before the number is in any answer.

use app::api::{ErrorCode, history::Revealed};
use card_domain::{CardId, EventAct, EventOutcome, Role};

use crate::{context::RequestContext, service::ServiceError, storage::NewEvent};

/// The full 证件编号 of a card, once its event is written.
pub(crate) async fn reveal_id_number(
    ctx: &RequestContext,
    card: CardId,
) -> Result<Revealed, ServiceError> {
    let (actor, role) = ctx.actor().await?;
    // An operator sees the own number, as on the own card's page.
    if role == Role::Operator && card != actor.card {
        return Err(ErrorCode::NotAllowed.into());
    }
    let store = &ctx.service.store;
    let record = store.card(actor.enterprise, card).await?;
    // The wall between enterprises is not what a column says.
    let explained = ctx.explained(card).await?;
    if explained.facts.enterprise != actor.enterprise.0 {
        return Err(ErrorCode::NotFound.into());
    }
    let keys = &ctx.service.keys.id_numbers;
    let number = keys.decrypt(record.id, &record.id_number_cipher)?;
    let event = NewEvent {
        enterprise: Some(actor.enterprise),
        actor: Some(actor.card),
        target: Some(card),
        ..ctx.event(EventAct::Reveal, EventOutcome::Done)
    };
    let event = store.record_event(event).await?;
    Ok(Revealed {
        id_number: number.reveal().to_owned(),
        event,
    })
}
