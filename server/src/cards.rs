//! Reading cards: a page of them, one, one's own; 显示 of a 证件编号.

mod cause;
mod eligibility;
mod export;
mod list;
mod needs;
mod reveal;
mod view;

use std::collections::HashMap;

use app::api::{
    ErrorCode,
    model::{CardDetail, CardPage, CardQuery},
};
use card_domain::{Action, CardId, EnterpriseId, IdNumber, Menu};

use crate::{context::RequestContext, service::ServiceError};

pub(crate) use self::{
    eligibility::cannot_operate,
    export::{CardExporter, Cells},
    needs::needs,
    reveal::reveal_id_number,
    view::{ACTS, certificate_view},
};

/// The most open operations that a list knows of.
const MAX_OPEN: u32 = 1000;

/// A page of the enterprise's operator cards. For the legal person.
pub(crate) async fn list_cards(
    ctx: &RequestContext,
    query: CardQuery,
) -> Result<CardPage, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let menu = query.menu;
    let (sort, query) = list::translate(query, ctx.request.now)?;
    let store = &ctx.service.store;
    let page = store.list_cards(actor.enterprise, &query).await?;
    let open = open_by_card(ctx, actor.enterprise, menu).await?;
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
        most_cards: ctx.service.config.operations.most_cards,
        rows: page
            .rows
            .into_iter()
            .map(|record| {
                let open = open.get(&record.id).copied();
                view::row(ctx, record, open)
            })
            .collect::<Result<_, _>>()?,
    })
}

/// What is open on the cards of a list that shows it.
async fn open_by_card(
    ctx: &RequestContext,
    enterprise: EnterpriseId,
    menu: Menu,
) -> Result<HashMap<CardId, Action>, ServiceError> {
    if !matches!(menu, Menu::Renew | Menu::Unlock) {
        return Ok(HashMap::new());
    }
    let store = &ctx.service.store;
    let open = store.open_operations(Some(enterprise), MAX_OPEN).await?;
    let open = open.into_iter();
    Ok(open
        .map(|operation| (operation.card.id, operation.action))
        .collect())
}

/// One operator card of the enterprise. For the legal person.
pub(crate) async fn card(ctx: &RequestContext, card: CardId) -> Result<CardDetail, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let store = &ctx.service.store;
    let record = store.operator_card(actor.enterprise, card).await?;
    let open = store.unfinished_operation(record.id).await?;
    let open = open
        .filter(|operation| operation.state.is_open())
        .map(|operation| operation.action);
    let cause = cause::of_state(ctx, actor.enterprise, &record).await?;
    let detail = view::detail(ctx, record, actor.enterprise_name, &ACTS, open)?;
    Ok(CardDetail { cause, ..detail })
}

/// The card of the session itself. For both roles.
pub(crate) async fn own_card(ctx: &RequestContext) -> Result<CardDetail, ServiceError> {
    let (actor, _) = ctx.actor().await?;
    let store = &ctx.service.store;
    let record = store.card(actor.enterprise, actor.card).await?;
    view::detail(ctx, record, actor.enterprise_name, &[], None)
}

/// The opaque search token of a 证件编号. For the legal person.
pub(crate) async fn id_number_token(
    ctx: &RequestContext,
    id_number: &str,
) -> Result<String, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let number = IdNumber::parse(id_number).map_err(|_invalid| ErrorCode::BadRequest)?;
    let keys = &ctx.service.keys.id_numbers;
    Ok(keys.index(actor.enterprise, &number)?.to_token())
}
