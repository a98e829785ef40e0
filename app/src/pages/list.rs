//! The list of a menu: one page for all seven, since only their names, fields
//! and defaults differ.

pub(crate) mod address;

use card_domain::{Action, Menu, TimelineOf};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::address::ListAddress;
use crate::{
    api::{
        calls,
        model::{CardPage, SessionView},
    },
    components::{
        card_table::CardTable, empty_state::EmptyState, error_panel::ErrorPanel,
        page_heading::PageHeading, pager::Pager, query_form::QueryForm, unfinished::Unfinished,
    },
    device::Wanted,
    islands::{
        act_many::ActMany, export_link::ExportLink, list_keys::ListKeys, list_view::ListView,
        print_button::PrintButton,
    },
    pages::{history::address::path, not_found::NotFound},
    preferences::ListPreferences,
    terminal::is_terminal,
    text::{empty, list, names, timeline},
};

/// The page of the menu that the address names.
#[component]
pub(crate) fn ListPage() -> impl IntoView {
    let menu =
        use_params_map().with_untracked(|params| params.get_str("slug").and_then(Menu::from_slug));
    match menu {
        Some(menu) => view! { <MenuList menu /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn MenuList(menu: Menu) -> impl IntoView {
    let liked = use_context::<ListPreferences>().unwrap_or_default();
    let address = use_query_map().with_untracked(ListAddress::read);
    let address = ListAddress {
        rows: address.rows.or(liked.rows),
        ..address
    };
    let timelines = (menu == Menu::History).then(|| view! { <Timelines /> });
    view! {
        <PageHeading title=names::menu(menu) purpose=names::menu_purpose(menu)>
            {timelines}
        </PageHeading>
        {needs_card(menu).then(|| view! { <Unfinished /> })}
        <QueryForm menu address=address.clone() />
        <section class="panel list">
            <Suspense>
                {move || {
                    let (address, liked) = (address.clone(), liked.clone());
                    Suspend::new(async move {
                        if address.is_id_malformed {
                            return view! { <EmptyState empty=empty::malformed_id_number() /> }
                                .into_any();
                        }
                        match calls::list_cards(address.clone().query(menu)).await {
                            Ok(page) => view! { <Found menu address page liked /> }.into_any(),
                            Err(error) => view! { <ErrorPanel error /> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </section>
        <ListKeys />
    }
}

/// The ways to what was done by the legal person, and to everything.
#[component]
fn Timelines() -> impl IntoView {
    view! {
        <div class="page-heading__buttons">
            <a class="button" href=path(TimelineOf::LegalPerson)>
                {timeline::OF_LEGAL_PERSON}
            </a>
            <a class="button" href=path(TimelineOf::Everything)>
                {timeline::OF_ALL}
            </a>
        </div>
    }
}

#[component]
fn Found(
    menu: Menu,
    address: ListAddress,
    page: CardPage,
    liked: ListPreferences,
) -> impl IntoView {
    if page.rows.is_empty() {
        return nothing(menu, &address, page.any_operator).into_any();
    }
    let session = use_context::<SessionView>();
    // What one session ticked is no other's. Its end, to the microsecond, tells it from
    // the others of this browser, and says nothing of a person.
    let name = |session: &SessionView| session.ends_at.as_microsecond().to_string();
    let session_name = session.as_ref().map(name).unwrap_or_default();
    let signer = session.map(Wanted::from).unwrap_or_default();
    view! {
        <Tools menu address=address.clone() liked=liked.clone() />
        {act_of_many(menu)
            .map(|action| {
                view! { <ActMany action signer session=session_name most=page.most_cards /> }
            })}
        <CardTable menu address=address.clone() rows=page.rows liked />
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

/// What can be done with the list as a whole; nothing at a terminal, where no file is
/// left behind.
#[component]
fn Tools(menu: Menu, address: ListAddress, liked: ListPreferences) -> impl IntoView {
    if is_terminal() {
        return ().into_any();
    }
    view! {
        <div class="list-tools" role="group" aria-label=list::TOOLS>
            <ListView liked rows=address.rows />
            <ExportLink
                href=address.export(menu, "cards.xlsx")
                label=String::from(list::EXPORT_XLSX)
                counts=false
            />
            <ExportLink
                href=address.export(menu, "cards.csv")
                label=String::from(list::EXPORT_CSV)
                counts=true
            />
            <PrintButton label=String::from(list::PRINT) />
        </div>
    }
    .into_any()
}

/// Whether the menu's act goes on with the operator's card in the reader.
pub(crate) fn needs_card(menu: Menu) -> bool {
    menu.action().is_some_and(Action::needs_card)
}

/// The menu's act, where one signature is enough for several cards. 解锁 is not: each
/// operator is there and chooses a PIN.
pub(crate) fn act_of_many(menu: Menu) -> Option<Action> {
    menu.action().filter(|action| *action != Action::Unlock)
}

/// The three kinds of nothing.
fn nothing(menu: Menu, address: &ListAddress, any_operator: bool) -> impl IntoView {
    if !any_operator {
        view! { <EmptyState empty=empty::no_operator() /> }.into_any()
    } else if address.is_filtered() || address.after.is_some() {
        view! {
            <EmptyState empty=empty::no_match(menu, address.id.is_some())>
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
