//! What needs the legal person, in numbers: each is counted by the list that it leads to.

use app::api::{
    model::{COUNT_LIMIT, CardQuery},
    needs::{Counted, Need, Needs},
};
use card_domain::Menu;

use super::{MAX_OPEN, list};
use crate::{
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::ListQuery,
};

/// What needs the legal person of this session.
pub(crate) async fn needs(ctx: &RequestContext) -> Result<Needs, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let mut cards = Vec::with_capacity(Need::ALL.len());
    for need in Need::ALL {
        cards.push((need, count(ctx, &actor, need.menu(), Some(need)).await?));
    }
    let store = &ctx.service.store;
    let open = store.open_operations(Some(actor.enterprise), MAX_OPEN);
    Ok(Needs {
        cards,
        lost: count(ctx, &actor, Menu::CancelLoss, None).await?,
        frozen: count(ctx, &actor, Menu::Unfreeze, None).await?,
        unfinished: u32::try_from(open.await?.len()).unwrap_or(MAX_OPEN),
    })
}

/// How many cards that list has.
async fn count(
    ctx: &RequestContext,
    actor: &Actor,
    menu: Menu,
    needs: Option<Need>,
) -> Result<Counted, ServiceError> {
    let asked = CardQuery {
        menu,
        card_no: None,
        holder_name: None,
        id_token: None,
        state: None,
        needs,
        sort: None,
        rows: None,
        cursor: None,
    };
    let (_sort, query) = list::translate(asked, ctx.request.now)?;
    let query = ListQuery {
        page_size: 1,
        count_limit: COUNT_LIMIT,
        ..query
    };
    let list = ctx
        .service
        .store
        .list_cards(actor.enterprise, &query)
        .await?;
    Ok(Counted {
        count: list.total,
        is_lower_bound: list.total_is_lower_bound,
    })
}
