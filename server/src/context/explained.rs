//! Whether a card is what the log says of it, row and events: asked at every login and
//! before every act. What somebody changed past the server is not believed;
//! that it was is an event and a figure to be alarmed by.

use card_domain::{CardId, EventAct, Reason};

use super::RequestContext;
use crate::{
    service::ServiceError,
    storage::{Explained, StoreError},
};

impl RequestContext {
    /// What decides about a card, by the event that its row agrees with.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] when the row does not; that is recorded.
    pub(crate) async fn explained(&self, card: CardId) -> Result<Explained, ServiceError> {
        match self.service.explain(card).await? {
            Ok(explained) => Ok(explained),
            Err(why) => {
                self.service.metrics.unexplained();
                let words = why.to_string();
                let mut event = self.refused(EventAct::Unexplained, Reason::Unexplained, words)?;
                event.target = Some(card);
                self.service.store.record_event(event).await?;
                Err(StoreError::Unexplained { card, why }.into())
            }
        }
    }
}
