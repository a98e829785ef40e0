//! What needs the legal person, first thing after the login: numbers that lead to the lists
//! they count, the own card's end, and what was done last.

use card_domain::{CertificateStatus, Menu, TimelineOf};
use leptos::prelude::*;

use crate::{
    api::{
        calls,
        history::{HistoryQuery, HistoryRow},
        model::CardDetail,
        needs::{Counted, Need, Needs},
    },
    components::{
        error_panel::ErrorPanel,
        icon::{Icon, Symbol},
        timeline::OutcomeBadge,
    },
    pages::history::address::path,
    text::{Text, dates, history as words, names, needs as text, timeline},
};

/// As many events are shown.
const LAST: usize = 5;

/// The numbers and the own card's end.
#[component]
pub(crate) fn NeedsYou() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // It is a help beside the page; the numbers say what is wrong.
                let own = calls::own_card().await.ok().and_then(own_end);
                match calls::card_needs().await {
                    Ok(needs) => view! { <Numbers needs own /> }.into_any(),
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What to say of the legal-person card itself, where its certificate ends soon.
fn own_end(own: CardDetail) -> Option<String> {
    let certificate = own.row.certificate?;
    match certificate.status {
        CertificateStatus::Expiring { days_left } => Some(text::own_card_ends(
            &dates::day(certificate.validity.not_after),
            days_left,
        )),
        _ => None,
    }
}

#[component]
fn Numbers(needs: Needs, own: Option<String>) -> impl IntoView {
    let unfinished = Counted {
        count: needs.unfinished,
        is_lower_bound: false,
    };
    let is_quiet = needs.cards.iter().all(|(_, counted)| counted.count == 0)
        && [needs.lost, needs.frozen, unfinished]
            .iter()
            .all(|counted| counted.count == 0);
    let of_need = |(need, counted): (Need, Counted)| {
        let href = format!("/manage/{}?needs={}", need.menu().slug(), need.name());
        let kind = match need {
            Need::Expired | Need::Blocked => "bad",
            Need::ExpiresIn7 | Need::ExpiresIn30 => "warn",
            Need::ExpiresIn90 => "plain",
        };
        view! { <Number name=names::need(need) href counted kind /> }
    };
    let of_menu = |menu: Menu| format!("/manage/{}", menu.slug());
    view! {
        <section class="needs" aria-labelledby="needs">
            <h2 class="needs__title" id="needs">
                {text::TITLE}
            </h2>
            {own
                .map(|said| {
                    view! {
                        <div class="notice notice--warn">
                            <Icon symbol=Symbol::Clock />
                            <div class="notice__body">
                                <p class="notice__title">{said}</p>
                                <p class="notice__hint">{text::OWN_CARD_HINT}</p>
                            </div>
                        </div>
                    }
                })}
            {is_quiet
                .then(|| {
                    view! {
                        <p class="needs__nothing">
                            <Icon symbol=Symbol::Check />
                            {text::NOTHING}
                        </p>
                    }
                })}
            <ul class="needs__numbers" role="list">
                {needs.cards.into_iter().map(of_need).collect_view()}
                <Number name=text::LOST href=of_menu(Menu::CancelLoss) counted=needs.lost kind="plain" />
                <Number
                    name=text::FROZEN
                    href=of_menu(Menu::Unfreeze)
                    counted=needs.frozen
                    kind="plain"
                />
                <Number
                    name=text::UNFINISHED
                    href=of_menu(Menu::Renew)
                    counted=unfinished
                    kind="warn"
                />
            </ul>
        </section>
    }
}

/// A number and what it counts; nought leads nowhere.
#[component]
fn Number(name: Text, href: String, counted: Counted, kind: &'static str) -> impl IntoView {
    let inside = view! {
        <span class="needs__count figures">{text::count(counted)}</span>
        <span class="needs__name">{name}</span>
    };
    let shown = if counted.count == 0 {
        view! { <span class="needs__number needs__number--none">{inside}</span> }.into_any()
    } else {
        let class = format!("needs__number needs__number--{kind}");
        view! {
            <a class=class href=href>
                {inside}
            </a>
        }
        .into_any()
    };
    view! { <li>{shown}</li> }
}

/// What was done last, each with its record.
#[component]
pub(crate) fn LastActs() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // It is a help beside the page; 综合查询 says what is wrong.
                let page = calls::history(HistoryQuery::about(TimelineOf::Everything)).await.ok()?;
                let rows = page.rows.into_iter().take(LAST).map(|row| view! { <LastAct row /> });
                Some(
                    view! {
                        <section class="panel last-acts" aria-labelledby="last-acts">
                            <div class="last-acts__head">
                                <h2 class="last-acts__title" id="last-acts">
                                    {text::LAST_ACTS}
                                </h2>
                                <a href=path(TimelineOf::Everything)>{text::ALL_ACTS}</a>
                            </div>
                            <ol class="last-acts__list" role="list">
                                {rows.collect_view()}
                            </ol>
                        </section>
                    },
                )
            })}
        </Suspense>
    }
}

#[component]
fn LastAct(row: HistoryRow) -> impl IntoView {
    let who = row.target.as_ref().or(row.actor.as_ref());
    let who = who.map(timeline::person);
    let href = format!("{}/{}", path(TimelineOf::Everything), row.seq);
    view! {
        <li class="last-acts__act">
            <time class="figures">{dates::minute(row.at)}</time>
            <a href=href>{words::act_of(row.act)}</a>
            <span class="last-acts__who">{who}</span>
            <OutcomeBadge act=row.act outcome=row.outcome />
        </li>
    }
}
