//! Reading cards: a page of them, one, one's own.

use std::collections::HashMap;

use app::api::{
    ErrorCode,
    model::{CardDetail, CardPage, CardQuery},
};
use card_domain::{Action, CardId, EnterpriseId, IdNumber, Menu};

use super::{RequestContext, ServiceError, list};

/// Most open operations that a list knows of.
const MOST_OPEN: u32 = 1000;

impl RequestContext {
    pub(super) async fn card_page(&self, query: CardQuery) -> Result<CardPage, ServiceError> {
        let actor = self.require_legal_person().await?;
        let menu = query.menu;
        let (sort, query) = list::translate(query)?;
        let page = self
            .service
            .store
            .list_cards(actor.enterprise, &query)
            .await?;
        let open = self.open_by_card(actor.enterprise, menu).await?;
        Ok(CardPage {
            previous: page
                .previous
                .map(|cursor| list::encode_cursor(sort, cursor))
                .transpose()?,
            next: page
                .next
                .map(|cursor| list::encode_cursor(sort, cursor))
                .transpose()?,
            total: page.total,
            total_is_lower_bound: page.total_is_lower_bound,
            any_operator: page.any_operator,
            rows: page
                .rows
                .into_iter()
                .map(|record| {
                    let open = open.get(&record.id).copied();
                    self.row(record, open)
                })
                .collect::<Result<_, _>>()?,
        })
    }

    pub(super) async fn operator_card(&self, card: CardId) -> Result<CardDetail, ServiceError> {
        let actor = self.require_legal_person().await?;
        let record = self
            .service
            .store
            .operator_card(actor.enterprise, card)
            .await?;
        self.detail_of(record, actor.enterprise_name).await
    }

    /// What is open on the cards of a list that shows it.
    async fn open_by_card(
        &self,
        enterprise: EnterpriseId,
        menu: Menu,
    ) -> Result<HashMap<CardId, Action>, ServiceError> {
        if !matches!(menu, Menu::Renew | Menu::Unlock) {
            return Ok(HashMap::new());
        }
        let store = &self.service.store;
        let open = store.open_operations(Some(enterprise), MOST_OPEN).await?;
        let open = open.into_iter();
        Ok(open
            .map(|operation| (operation.card.id, operation.action))
            .collect())
    }

    pub(super) async fn card_of_session(&self) -> Result<CardDetail, ServiceError> {
        let (actor, _) = self.require().await?;
        let record = self
            .service
            .store
            .card(actor.enterprise, actor.card)
            .await?;
        self.detail(record, actor.enterprise_name, &[], None)
    }

    pub(super) async fn blind_token(&self, id_number: &str) -> Result<String, ServiceError> {
        let actor = self.require_legal_person().await?;
        list::validate_text(id_number, 64)?;
        let number = IdNumber::parse(id_number).map_err(|_invalid| ErrorCode::BadRequest)?;
        let index = self
            .service
            .keys
            .id_numbers
            .index(actor.enterprise, &number)?;
        Ok(index.to_token())
    }
}
