//! Events one under the other, the newest first.

use card_domain::{EventAct, EventOutcome, TimelineOf};
use leptos::prelude::*;

use crate::{
    api::history::HistoryRow,
    components::{
        icon::{Icon, Symbol},
        verified_mark::VerifiedMark,
    },
    pages::history::address::HistoryAddress,
    text::{dates, detail, history as words, list, timeline as text},
};

/// The list; each event leads to its page.
#[component]
pub(crate) fn Timeline(
    /// Whose timeline it is.
    of: TimelineOf,
    /// What was asked.
    address: HistoryAddress,
    /// The answer.
    rows: Vec<HistoryRow>,
) -> impl IntoView {
    let events = rows
        .into_iter()
        .map(|row| {
            let href = address.event_href(of, row.seq);
            view! { <Event of row href /> }
        })
        .collect_view();
    view! {
        <div class="timeline-frame">
            <ol class="timeline" data-live="">
                {events}
            </ol>
        </div>
    }
}

#[component]
fn Event(of: TimelineOf, row: HistoryRow, href: String) -> impl IntoView {
    let time = dates::second(row.at);
    let act = words::act_of(row.act);
    let actor = text::actor(&row);
    // On the timeline of a card everything was done to that card.
    let target = match of {
        TimelineOf::Card(_) => None,
        _ => row.target.as_ref(),
    };
    // A login is done to the card that does it.
    let target = target.filter(|target| Some(*target) != row.actor.as_ref());
    let target = target.map(text::person);
    let remark = text::remark(&row);
    let cause = row.cause.as_ref().map(detail::because);
    let serials = row
        .serials
        .and_then(|serials| text::serials(serials.before.as_deref(), serials.after.as_deref()));
    view! {
        <li class="timeline__event">
            <time class="timeline__time figures">{time.clone()}</time>
            <div class="timeline__body">
                <p class="timeline__act">{act} <OutcomeBadge act=row.act outcome=row.outcome /></p>
                <p class="timeline__who">
                    {text::actor_is(&actor)}
                    {target.map(|target| view! { <br /> {text::target_is(&target)} })}
                </p>
                {cause.map(|cause| view! { <p class="timeline__serials">{cause}</p> })}
                {remark.map(|remark| view! { <p class="timeline__serials">{remark}</p> })}
                {serials
                    .map(|serials| {
                        view! {
                            <p class="timeline__serials">
                                {text::SERIALS}" "<code class="code">{serials}</code>
                            </p>
                        }
                    })}
            </div>
            <VerifiedMark verified=row.verified />
            <a
                class="button button--row"
                href=href
                aria-label=text::view_of(&act, &time)
                data-row=""
            >
                {list::VIEW}
            </a>
        </li>
    }
}

/// How it came out.
#[component]
pub(crate) fn OutcomeBadge(
    /// Of which act.
    act: Option<EventAct>,
    /// See above.
    outcome: EventOutcome,
) -> impl IntoView {
    let (class, symbol) = match outcome {
        EventOutcome::Done if act.is_some_and(EventAct::only_begins) => {
            ("badge badge--plain", Symbol::Clock)
        }
        EventOutcome::Done => ("badge badge--good", Symbol::Check),
        EventOutcome::Refused => ("badge badge--bad", Symbol::Cross),
        EventOutcome::Failed => ("badge badge--warn", Symbol::Warning),
    };
    view! {
        <span class=class>
            <Icon symbol />
            {words::outcome_of(act, outcome)}
        </span>
    }
}
