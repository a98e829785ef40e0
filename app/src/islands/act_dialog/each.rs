//! The end of an act on several cards: what became of each.

use card_domain::Action;
use leptos::prelude::*;

use super::TITLE;
use crate::{
    api::many::{ActsDone, CardDone},
    components::icon::{Icon, Symbol},
    islands::confirm::Confirm,
    text::{dialog, operate},
};

/// The message.
#[component]
pub(super) fn Each(
    /// The act.
    action: Action,
    /// What became of it.
    done: ActsDone,
    /// Runs on 确认.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    let all = done.cards.len();
    let (changed, left): (Vec<_>, Vec<_>) = done
        .cards
        .into_iter()
        .partition(|card| card.event.is_some());
    let title = if left.is_empty() {
        dialog::success(action)
    } else {
        operate::done_of(action, changed.len(), all)
    };
    let symbol = if changed.is_empty() {
        Symbol::Warning
    } else {
        Symbol::Check
    };
    view! {
        <div class="dialog__success" role="status">
            <span class="dialog__mark">
                <Icon symbol />
            </span>
            <h2 class="dialog__title" id=TITLE>
                {title}
            </h2>
            {(!changed.is_empty()).then(|| view! { <Cards lead=dialog::done_to(changed.len()) cards=changed /> })}
            {(!left.is_empty()).then(|| view! { <Cards lead=dialog::not_done_to(action, left.len()) cards=left /> })}
        </div>
        <div class="dialog__actions">
            <Confirm on_confirm />
        </div>
    }
}

#[component]
fn Cards(lead: String, cards: Vec<CardDone>) -> impl IntoView {
    let cards = cards
        .into_iter()
        .map(|card| view! { <li>{dialog::outcome(&card)}</li> })
        .collect_view();
    view! {
        <div class="dialog__cards">
            <p class="dialog__count">{lead}</p>
            <ul>{cards}</ul>
        </div>
    }
}
