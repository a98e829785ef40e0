//! 显示: the full 证件编号, which nobody sees without leaving an event. The
//! event is durable before the number is in any answer.

use app::api::{ErrorCode, history::Revealed};
use card_domain::{CardId, EventAct, Role};

use super::{RequestContext, ServiceError};
use crate::storage::Outcome;

impl RequestContext {
    pub(super) async fn reveal(&self, card: CardId) -> Result<Revealed, ServiceError> {
        let (actor, role) = self.require().await?;
        // An operator sees the own number, as on the own card's page.
        if role == Role::Operator && card != actor.card {
            return Err(ErrorCode::NotAllowed.into());
        }
        let store = &self.service.store;
        let record = store.card(actor.enterprise, card).await?;
        let number = self
            .service
            .keys
            .id_numbers
            .decrypt(record.id, &record.id_number_cipher)?;
        let mut event = self.event(EventAct::Reveal, Outcome::Done);
        event.enterprise = Some(actor.enterprise);
        event.actor = Some(actor.card);
        event.target = Some(card);
        let event = store.record_event(event).await?;
        Ok(Revealed {
            id_number: number.reveal().to_owned(),
            event,
        })
    }
}
