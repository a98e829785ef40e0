//! Whether a card's row is what the log says of it: asked at every login and
//! before every act. A row that somebody changed past the server is not believed;
//! that it was is an event and a figure to be alarmed by.

use card_domain::{CardId, EventAct};

use super::{RequestContext, ServiceError};
use crate::storage::{Explained, Outcome, StoreError};

impl RequestContext {
    /// What decides about a card, by the event that its row agrees with.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] when the row does not; that is recorded.
    pub(crate) async fn explained(&self, card: CardId) -> Result<Explained, ServiceError> {
        match self.service.store.explain(card).await? {
            Ok(explained) => Ok(explained),
            Err(why) => {
                self.service.metrics.unexplained();
                let mut event = self.event(EventAct::Unexplained, Outcome::Refused);
                event.target = Some(card);
                event.detail = Some(why.to_string());
                self.service.store.record_event(event).await?;
                Err(StoreError::Unexplained { card, why }.into())
            }
        }
    }
}
