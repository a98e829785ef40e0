//! The page of one card: everything about it, and the act of the menu that
//! led here.

use card_domain::{Action, CardId, Menu};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::{calls, model::CardDetail},
    components::{
        act_panel::ActPanel,
        badge::StateBadge,
        card_facts::CardFacts,
        done_strip::{DoneStrip, just_done, outcome_of},
        error_panel::ErrorPanel,
        icon::{Icon, Symbol},
        page_heading::{PageHeading, PersonHeading},
        unfinished::Unfinished,
    },
    pages::{
        history::{TimelinePage, address::of_path},
        list::{address::ListAddress, needs_card},
        not_found::NotFound,
    },
    text::{common, detail, names},
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
    let address = use_query_map().with_untracked(ListAddress::read);
    let done = use_query_map().with_untracked(just_done);
    view! {
        <Suspense>
            {move || {
                let back = address.href(menu);
                Suspend::new(async move {
                    match calls::card(card).await {
                        Ok(card) => view! { <Found menu card back done /> }.into_any(),
                        Err(error) => {
                            view! {
                                <PageHeading title=detail::TITLE>
                                    <BackToList back />
                                </PageHeading>
                                <ErrorPanel error />
                            }
                                .into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Found(menu: Menu, card: CardDetail, back: String, done: Option<Action>) -> impl IntoView {
    let row = &card.row;
    let state = view! { <StateBadge state=row.state.name() /> }.into_any();
    let holder_name = row.holder_name.clone();
    view! {
        <PersonHeading kind=detail::TITLE holder_name what=names::menu(menu) state>
            <BackToList back />
        </PersonHeading>
        {needs_card(menu).then(|| view! { <Unfinished /> })}
        <Done menu card done />
    }
}

/// The card, below what was done to it just now, where the record says so.
#[component]
fn Done(menu: Menu, card: CardDetail, done: Option<Action>) -> impl IntoView {
    view! {
        <Suspense>
            {move || {
                let card = card.clone();
                Suspend::new(async move {
                    let event = match done {
                        Some(action) => outcome_of(action, &card).await,
                        None => None,
                    };
                    let is_done = event.is_some();
                    view! {
                        {event
                            .zip(done)
                            .map(|(event, action)| {
                                view! { <DoneStrip action event card=card.clone() /> }
                            })}
                        <div class="panel detail">
                            {menu
                                .action()
                                .map(|action| {
                                    let card = card.clone();
                                    view! { <ActPanel action card is_done /> }
                                })}
                            <CardFacts card reveals=true />
                        </div>
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn BackToList(back: String) -> impl IntoView {
    view! {
        <a class="button" href=back>
            <Icon symbol=Symbol::Left />
            {common::BACK}
        </a>
    }
}
