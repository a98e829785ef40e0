//! The people in events, for a screen.

use std::collections::HashMap;

use app::api::history::PersonView;
use card_domain::{CardId, EnterpriseId};

use crate::{context::RequestContext, service::ServiceError, storage::StoreError};

/// The people of a request, each read once. What was a card of the enterprise
/// and is none any more stays without a name.
#[derive(Default)]
pub(super) struct People(HashMap<CardId, Option<PersonView>>);

impl People {
    /// Somebody of the enterprise.
    pub(super) async fn get(
        &mut self,
        ctx: &RequestContext,
        enterprise: EnterpriseId,
        card: Option<CardId>,
    ) -> Result<Option<PersonView>, ServiceError> {
        let Some(card) = card else { return Ok(None) };
        if let Some(person) = self.0.get(&card) {
            return Ok(person.clone());
        }
        let person = match ctx.service.store.card(enterprise, card).await {
            Ok(record) => Some(PersonView {
                card,
                role: record.holder.role(),
                operator_no: record.holder.operator_no().cloned(),
                holder_name: record.holder_name,
                card_no: record.chip.map(|chip| chip.card_no),
            }),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        self.0.insert(card, person.clone());
        Ok(person)
    }
}
