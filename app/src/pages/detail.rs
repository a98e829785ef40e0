//! The page of one card: everything about it, and the act of the menu that
//! led here.

use card_domain::{CardId, Menu};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::{Wire, calls, model::CardDetail},
    components::{
        act_dialog::ActDialog,
        act_panel::{ActPanel, is_offered},
        card_facts::CardFacts,
        error_panel::ErrorPanel,
        icon::{Icon, Symbol},
        page_heading::{PageHeading, focus_heading},
        skeleton::Skeleton,
    },
    pages::{list::address::ListAddress, not_found::NotFound},
    text::{common, detail},
};

/// The page of the card that the address names.
#[component]
pub(crate) fn DetailPage() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| {
        params.with(|params| {
            let menu = params.get_str("slug").and_then(Menu::from_slug)?;
            let card: CardId = params.get_str("card_id")?.parse().ok()?;
            Some((menu, card))
        })
    });
    move || match place.get() {
        Some((menu, card)) => view! { <CardOfMenu menu card /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn CardOfMenu(menu: Menu, card: CardId) -> impl IntoView {
    let query = use_query_map();
    let back = move || query.with(ListAddress::read).href(menu);
    let answer = Resource::<_, Wire>::new_with_options(|| (), move |()| calls::card(card), false);
    let open = RwSignal::new(false);
    let on_done = move |()| {
        answer.refetch();
        focus_heading();
    };
    view! {
        <PageHeading title=detail::TITLE>
            <a class="button" href=back>
                <Icon symbol=Symbol::Left />
                {common::BACK}
            </a>
        </PageHeading>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(card) => view! { <Found menu card open on_done /> }.into_any(),
                    Err(error) => {
                        view! { <ErrorPanel error retry=move |()| answer.refetch() /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(
    menu: Menu,
    card: CardDetail,
    open: RwSignal<bool>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let act = menu.action().filter(|action| is_offered(*action));
    view! {
        <div class="panel detail">
            {act
                .map(|action| {
                    let card = card.clone();
                    view! { <ActPanel action card open /> }
                })}
            <CardFacts card=card.clone() />
        </div>
        {act.map(|action| view! { <ActDialog action card open on_done /> })}
    }
}
