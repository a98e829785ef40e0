//! The list of a menu: one page for all seven, since only their names, fields
//! and defaults differ.

pub(crate) mod address;

use card_domain::Menu;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::address::ListAddress;
use crate::{
    api::{Wire, calls, model::CardPage},
    components::{
        card_table::CardTable, empty_state::EmptyState, error_panel::ErrorPanel,
        page_heading::PageHeading, pager::Pager, query_form::QueryForm, row_keys::listen_for_keys,
        skeleton::Skeleton,
    },
    pages::not_found::NotFound,
    text::{empty, list, names},
};

/// The page of the menu that the address names.
#[component]
pub(crate) fn ListPage() -> impl IntoView {
    let params = use_params_map();
    let menu =
        Memo::new(move |_| params.with(|params| params.get_str("slug").and_then(Menu::from_slug)));
    move || match menu.get() {
        Some(menu) => view! { <MenuList menu /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn MenuList(menu: Menu) -> impl IntoView {
    let query = use_query_map();
    let address = Memo::new(move |_| query.with(ListAddress::read));
    let page = Resource::<_, Wire>::new_with_options(
        move || address.get(),
        move |address| calls::list_cards(address.query(menu)),
        false,
    );
    let (pending, set_pending) = signal(false);
    listen_for_keys();

    view! {
        <PageHeading title=names::menu(menu) purpose=names::menu_purpose(menu) />
        <QueryForm menu address refetch=move || page.refetch() />
        <section class="panel list" aria-busy=move || pending.get().then_some("true")>
            <Transition fallback=|| view! { <Skeleton lines=8 /> } set_pending>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => {
                            let address = address.get_untracked();
                            view! { <Found menu address page /> }.into_any()
                        }
                        Err(error) => {
                            view! { <ErrorPanel error retry=move |()| page.refetch() /> }.into_any()
                        }
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Found(menu: Menu, address: ListAddress, page: CardPage) -> impl IntoView {
    if page.rows.is_empty() {
        return nothing(menu, &address, page.any_operator).into_any();
    }
    view! {
        <CardTable menu address=address.clone() rows=page.rows />
        <Pager
            menu
            address
            previous=page.previous
            next=page.next
            total=page.total
            total_is_lower_bound=page.total_is_lower_bound
        />
    }
    .into_any()
}

/// The three kinds of nothing.
fn nothing(menu: Menu, address: &ListAddress, any_operator: bool) -> impl IntoView {
    if !any_operator {
        view! { <EmptyState empty=empty::no_operator() /> }.into_any()
    } else if address.is_filtered() || address.after.is_some() {
        view! {
            <EmptyState empty=empty::no_match(menu)>
                <a class="button" href=ListAddress::default().href(menu)>
                    {list::CLEAR_QUERY}
                </a>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <EmptyState empty=empty::nothing_to_do(menu) /> }.into_any()
    }
}
