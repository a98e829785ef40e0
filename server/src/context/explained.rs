//! Whether a card is what the log says of it, row and events: asked at every login and
//! before every act. What somebody changed past the server is not believed;
//! that it was is an event and a figure to be alarmed by.

use card_domain::{CardId, EventAct, Reason};
use event_log::CardFacts;
use uuid::Uuid;

use super::{Actor, RequestContext};
use crate::{
    service::ServiceError,
    storage::{Explained, MadeCard, StoreError, Unexplained},
};

impl RequestContext {
    /// What decides about a card, by the event that its row agrees with.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] when the row does not; that is recorded.
    pub(crate) async fn explained(&self, card: CardId) -> Result<Explained, ServiceError> {
        match self
            .service
            .provenance
            .explain(card, self.request.now)
            .await?
        {
            Ok(explained) => Ok(explained),
            Err(why) => Err(self.unexplained(card, why).await?),
        }
    }

    /// The same of a card that was read and is going to be named in what `actor` signs:
    /// whose it is, and how it is called, are what the log says.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] when they are not; that is recorded.
    pub(crate) async fn explained_as(
        &self,
        read: &MadeCard,
        actor: &Actor,
    ) -> Result<Explained, ServiceError> {
        let explained = self.explained(read.id).await?;
        let facts = &explained.facts;
        let enterprise = facts.names.as_ref().map(|names| &names.enterprise);
        let is_named = enterprise.is_none_or(|named| {
            named.name == actor.enterprise_name && named.code == actor.enterprise_code
        });
        let column = identity_difference(read, facts).or((!is_named).then_some("enterprise"));
        let Some(column) = column else {
            return Ok(explained);
        };
        let event = explained.event;
        let why = Unexplained::Differs { column, event };
        Err(self.unexplained(read.id, why).await?)
    }

    /// The error for a card that is not believed, once it is counted and recorded.
    async fn unexplained(
        &self,
        card: CardId,
        why: Unexplained,
    ) -> Result<ServiceError, ServiceError> {
        self.service.metrics.unexplained();
        if self.service.provenance.is_news(card, why, self.request.now) {
            let words = why.to_string();
            let mut event = self.refused(EventAct::Unexplained, Reason::Unexplained, words)?;
            event.target = Some(card);
            self.service.store.record_event(event).await?;
        }
        Ok(StoreError::Unexplained { card, why }.into())
    }
}

/// What of a card that was read is not what the log says of it, of that which never
/// changes.
pub(crate) fn identity_difference(card: &MadeCard, facts: &CardFacts) -> Option<&'static str> {
    let number = card.holder.operator_no().map(|number| &number.0);
    let holder = facts.names.as_ref().map(|names| &names.holder);
    let columns = [
        (facts.enterprise == card.enterprise.0, "enterprise"),
        (facts.role == card.holder.role(), "role"),
        (facts.operator_no.as_ref() == number, "operator number"),
        (
            holder.is_none_or(|name| *name == card.holder_name),
            "holder's name",
        ),
        (
            facts.card_no.as_ref() == Some(&card.chip.card_no.0),
            "card number",
        ),
        (
            facts.chip_id == Some(Uuid::from_bytes(card.chip.chip_id.0)),
            "chip id",
        ),
    ];
    columns
        .into_iter()
        .find_map(|(is_same, column)| (!is_same).then_some(column))
}
