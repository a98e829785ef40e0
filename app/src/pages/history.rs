//! 综合查询, from the card on: what was done to it and by whom. The same page
//! for one card, for the legal person's own acts and for all of the enterprise.

pub(crate) mod address;
pub(crate) mod event;

use card_domain::{CardId, Menu, TimelineOf};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::address::HistoryAddress;
use crate::{
    api::{
        calls,
        history::{Export, HistoryPage},
    },
    components::{
        card_facts::CardFacts,
        empty_state::EmptyState,
        error_panel::ErrorPanel,
        history_form::HistoryForm,
        icon::{Icon, Symbol},
        page_heading::PageHeading,
        pager::Step,
        timeline::Timeline,
    },
    islands::{export_link::ExportLink, list_keys::ListKeys},
    terminal::is_terminal,
    text::{Text, common, empty::Empty, list, timeline as text},
};

/// The page of somebody's timeline.
#[component]
pub(crate) fn TimelinePage(
    /// Whose.
    of: TimelineOf,
) -> impl IntoView {
    let address = use_query_map().with_untracked(HistoryAddress::read);
    let title = match of {
        TimelineOf::Card(_) => text::OF_CARD,
        TimelineOf::Everything => text::OF_ALL,
        TimelineOf::LegalPerson => text::OF_LEGAL_PERSON,
    };
    let back = address.list.href(Menu::History);
    let card = match of {
        TimelineOf::Card(card) => Some(view! { <CardOfTimeline card /> }),
        _ => None,
    };
    view! {
        <PageHeading title=title>
            <a class="button" href=back>
                <Icon symbol=Symbol::Left />
                {common::BACK}
            </a>
        </PageHeading>
        {card}
        <HistoryForm of address=address.clone() />
        <section class="panel list">
            <Exports of address=address.clone() />
            <Suspense>
                {move || {
                    let address = address.clone();
                    Suspend::new(async move {
                        match calls::history(address.query(of)).await {
                            Ok(page) => view! { <Found of address page /> }.into_any(),
                            Err(error) => view! { <ErrorPanel error /> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </section>
        <ListKeys />
    }
}

/// Everything about the card whose timeline it is.
#[component]
fn CardOfTimeline(card: CardId) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match calls::card(card).await {
                    Ok(card) => {
                        view! {
                            <div class="panel detail">
                                <CardFacts card reveals=true />
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// The downloads of what is filtered.
#[component]
fn Exports(of: TimelineOf, address: HistoryAddress) -> impl IntoView {
    let query = address.query(of);
    view! {
        <div class="list-act">
            <h2 class="list-act__title">{text::EVENTS}</h2>
            {if is_terminal() {
                view! { <p class="list-act__hint">{text::EXPORT_AT_A_DESK}</p> }.into_any()
            } else {
                view! {
                    <p class="list-act__hint">{text::EXPORT_HINT}</p>
                    <ExportLink
                        href=query.export_address(Export::Csv)
                        label=String::from(text::EXPORT_CSV)
                        counts=true
                    />
                    <ExportLink
                        href=query.export_address(Export::Proof)
                        label=String::from(text::EXPORT_PROOF)
                        counts=true
                    />
                }
                    .into_any()
            }}
        </div>
    }
}

#[component]
fn Found(of: TimelineOf, address: HistoryAddress, page: HistoryPage) -> impl IntoView {
    let HistoryPage {
        rows,
        previous,
        next,
        cut_short,
        ..
    } = page;
    let is_empty = rows.is_empty() && !cut_short;
    if is_empty {
        let empty = Empty {
            title: String::from(text::NOTHING),
            hint: String::from(if address.has_crossed_dates() {
                text::DATES_CROSSED
            } else if address.is_filtered() {
                text::NOTHING_HINT
            } else {
                Text::EMPTY
            }),
        };
        return view! { <EmptyState empty /> }.into_any();
    }
    let href = |cursor: Option<_>| cursor.map(|cursor| address.at(&cursor).href(of));
    let (newer, older) = (href(previous), href(next));
    view! {
        <Timeline of address rows />
        {cut_short.then(|| view! { <p class="timeline__cut">{text::CUT_SHORT}</p> })}
        <div class="list-foot">
            <nav class="pager" aria-label=list::PAGING>
                <Step href=newer rel="prev">
                    <Icon symbol=Symbol::Left />
                    {text::NEWER}
                </Step>
                <Step href=older rel="next">
                    {text::OLDER}
                    <Icon symbol=Symbol::Right />
                </Step>
            </nav>
        </div>
    }
    .into_any()
}
