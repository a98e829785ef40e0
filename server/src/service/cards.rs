//! Reading cards: a page of them, one, one's own.

use app::api::{
    ErrorCode,
    model::{CardDetail, CardPage, CardQuery},
};
use card_domain::{CardId, IdNumber};

use super::{RequestBackend, ServiceError, list, view::ACTS};

impl RequestBackend {
    pub(super) async fn card_page(&self, query: CardQuery) -> Result<CardPage, ServiceError> {
        let actor = self.require_legal_person().await?;
        let (sort, query) = list::translate(query)?;
        let page = self
            .service
            .store
            .list_cards(actor.enterprise, &query)
            .await?;
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
                .map(|record| self.row(record))
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
        self.detail(record, actor.enterprise_name, &ACTS)
    }

    pub(super) async fn card_of_session(&self) -> Result<CardDetail, ServiceError> {
        let (actor, _) = self.require().await?;
        let record = self
            .service
            .store
            .card(actor.enterprise, actor.card)
            .await?;
        self.detail(record, actor.enterprise_name, &[])
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
