//! The page of one card: everything about it, and the act of the menu that
//! led here.

use card_domain::{CardId, Menu};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::{calls, model::CardDetail},
    components::{
        act_panel::ActPanel,
        card_facts::CardFacts,
        error_panel::ErrorPanel,
        icon::{Icon, Symbol},
        page_heading::PageHeading,
        unfinished::Unfinished,
    },
    pages::{
        history::{TimelinePage, address::of_path},
        list::{address::ListAddress, needs_card},
        not_found::NotFound,
    },
    text::{common, detail},
};

/// The page of the card that the address names.
#[component]
pub(crate) fn DetailPage() -> impl IntoView {
    let timeline = use_params_map().with_untracked(|params| {
        let menu = params.get_str("slug").and_then(Menu::from_slug)?;
        let of = params.get_str("card_id").and_then(of_path)?;
        (menu == Menu::History).then_some(of)
    });
    if let Some(of) = timeline {
        return view! { <TimelinePage of /> }.into_any();
    }
    let place = use_params_map().with_untracked(|params| {
        let menu = params.get_str("slug").and_then(Menu::from_slug)?;
        let card: CardId = params.get_str("card_id")?.parse().ok()?;
        Some((menu, card))
    });
    match place {
        Some((menu, card)) => view! { <CardOfMenu menu card /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn CardOfMenu(menu: Menu, card: CardId) -> impl IntoView {
    let back = use_query_map().with_untracked(ListAddress::read).href(menu);
    view! {
        <PageHeading title=detail::TITLE>
            <a class="button" href=back>
                <Icon symbol=Symbol::Left />
                {common::BACK}
            </a>
        </PageHeading>
        {needs_card(menu).then(|| view! { <Unfinished /> })}
        <Suspense>
            {move || Suspend::new(async move {
                match calls::card(card).await {
                    Ok(card) => view! { <Found menu card /> }.into_any(),
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Found(menu: Menu, card: CardDetail) -> impl IntoView {
    view! {
        <div class="panel detail">
            {menu
                .action()
                .map(|action| {
                    let card = card.clone();
                    view! { <ActPanel action card /> }
                })}
            <CardFacts card reveals=true />
        </div>
    }
}
