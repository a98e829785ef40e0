//! The act of the menu on the page of a card: its button, or why it can't be
//! done now and where the act is that comes first.

use card_domain::{Action, CardId, Menu, Refusal, transition};
use leptos::prelude::*;

use crate::{
    api::model::CardDetail,
    components::{
        hydrated::use_hydrated,
        icon::{Icon, Symbol},
    },
    text::{detail, errors, names},
};

/// The acts that are done without the operator card in the reader. 延期 and
/// 解锁 come with the operations on the card itself.
pub(crate) const fn is_offered(action: Action) -> bool {
    matches!(
        action,
        Action::ReportLoss | Action::CancelLoss | Action::Freeze | Action::Unfreeze
    )
}

/// The panel; nothing for an act that is not offered.
#[component]
pub(crate) fn ActPanel(
    /// The menu's act.
    action: Action,
    /// The card.
    card: CardDetail,
    /// Set to true, it opens the dialog.
    open: RwSignal<bool>,
) -> impl IntoView {
    if !is_offered(action) {
        return ().into_any();
    }
    if card.possible.contains(&action) {
        return view! { <Ready action open /> }.into_any();
    }
    match transition(card.row.state, action, card.now) {
        Err(refusal) => view! { <NotNow action refusal card=card.row.id /> }.into_any(),
        // The service says no where the lifecycle says yes: it knows more.
        Ok(_) => ().into_any(),
    }
}

#[component]
fn Ready(action: Action, open: RwSignal<bool>) -> impl IntoView {
    let hydrated = use_hydrated();
    let class = match action {
        Action::ReportLoss | Action::Freeze => "button button--primary button--danger",
        _ => "button button--primary",
    };
    view! {
        <div class="act">
            <p class="act__text">{names::consequence(action)}</p>
            <button
                class=class
                type="button"
                disabled=move || !hydrated.get()
                on:click=move |_| open.set(true)
            >
                {names::action(action)}
            </button>
        </div>
    }
}

#[component]
fn NotNow(action: Action, refusal: Refusal, card: CardId) -> impl IntoView {
    let (message, next_step) = errors::refusal_sentences(refusal);
    let way = way_out(refusal).map(|menu| {
        view! {
            <a class="button" href=format!("/manage/{}/{card}", menu.slug())>
                {detail::go_to(menu)}
                <Icon symbol=Symbol::Right />
            </a>
        }
    });
    view! {
        <div class="notice notice--info">
            <Icon symbol=Symbol::Warning />
            <div class="notice__body">
                <p class="notice__title">{detail::not_possible(action)}</p>
                <p class="notice__hint">{message}{next_step}</p>
            </div>
            {way}
        </div>
    }
}

/// The menu of the act that leads out, where there is one.
fn way_out(refusal: Refusal) -> Option<Menu> {
    use card_domain::StateName;

    let action = match refusal {
        Refusal::WrongState { undo_with, .. } => undo_with?,
        Refusal::AlreadyThere {
            state: StateName::Lost,
        } => Action::CancelLoss,
        Refusal::AlreadyThere {
            state: StateName::Frozen,
        } => Action::Unfreeze,
        _ => return None,
    };
    Menu::ALL
        .into_iter()
        .find(|menu| menu.action() == Some(action))
}
