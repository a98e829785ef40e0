//! What was done to a card just now, above everything else of it: the success, its record,
//! and what may come next. The address says that something was done; the record says
//! whether.

use std::time::Duration;

use card_domain::{Action, EventOutcome, TimelineOf};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    api::{
        calls,
        history::{HistoryQuery, HistoryRow},
        model::CardDetail,
    },
    components::{
        act_panel::way_back,
        icon::{Icon, Symbol},
    },
    islands::done_address::DONE,
    terminal::is_terminal,
    text::{dates, detail, dialog, names, operate, receipt},
};

/// So long after an act its success is news.
const NEWS: Duration = Duration::from_mins(15);

/// The acts of the menus.
const ACTS: [Action; 6] = [
    Action::Renew,
    Action::ReportLoss,
    Action::CancelLoss,
    Action::Freeze,
    Action::Unfreeze,
    Action::Unlock,
];

/// What the address says was done.
pub(crate) fn just_done(query: &ParamsMap) -> Option<Action> {
    let named = query.get_str(DONE)?;
    ACTS.into_iter().find(|action| action.name() == named)
}

/// The event of this act on the card, if it is the last one that was done to it, a moment ago.
pub(crate) async fn outcome_of(action: Action, card: &CardDetail) -> Option<i64> {
    let query = HistoryQuery {
        outcome: Some(EventOutcome::Done),
        ..HistoryQuery::about(TimelineOf::Card(card.row.id))
    };
    // It is a help beside the page; the page says what is wrong.
    let page = calls::history(query).await.ok()?;
    let is_act = |row: &&HistoryRow| {
        let mut acts = ACTS.into_iter();
        row.act
            .is_some_and(|act| acts.any(|action| act == action.into()))
    };
    let HistoryRow { seq, at, act, .. } = page.rows.iter().find(is_act)?;
    if *act != Some(action.into()) {
        return None;
    }
    let age = card.now.duration_since(*at).unsigned_abs();
    (age <= NEWS).then_some(*seq)
}

/// The strip. The keyboard's focus is led to it.
#[component]
pub(crate) fn DoneStrip(
    /// What was done.
    action: Action,
    /// The event that says so.
    event: i64,
    /// The card as it is now.
    card: CardDetail,
) -> impl IntoView {
    let row = card.row;
    let said = match (action, &row.certificate) {
        (Action::Renew, Some(certificate)) => detail::valid_now(
            &row.holder_name,
            &dates::day(certificate.validity.not_after),
        ),
        (Action::Unlock, _) => String::from(operate::NEW_PIN_SET),
        _ => detail::is_now(&row.holder_name, &names::state(row.state.name())),
    };
    let record = format!("/manage/history/{}/{event}", row.id);
    let receipt = is_terminal().then(|| {
        view! {
            <a class="button" href=record.clone()>
                {receipt::TITLE}
            </a>
        }
    });
    let next = way_back(action).map(|menu| {
        view! {
            <a class="button" href=format!("/manage/{}/{}", menu.slug(), row.id)>
                {detail::go_to(menu)}
            </a>
        }
    });
    view! {
        <div class="notice notice--good done">
            <Icon symbol=Symbol::Check />
            <div class="notice__body">
                <h2 class="notice__title" tabindex="-1" autofocus>
                    {dialog::success(action)}
                </h2>
                <p class="notice__hint">
                    {said}" "
                    <a href=record>{dialog::recorded(event)}</a>
                </p>
            </div>
            {receipt}
            {next}
        </div>
    }
}
