//! The act of the menu on the page of a card: its button, or why it can't be
//! done now and where the act is that comes first.

use card_domain::{Action, CardId, Menu, Refusal, transition};
use leptos::prelude::*;

use crate::{
    api::{
        model::{CardDetail, CardRow, PinSeen, SessionView},
        operation::{CannotOperate, Eligibility},
    },
    components::icon::{Icon, Symbol},
    device::Wanted,
    islands::act_on_card::ActOnCard,
    text::{detail, errors},
};

/// The panel.
#[component]
pub(crate) fn ActPanel(
    /// The menu's act.
    action: Action,
    /// The card.
    card: CardDetail,
    /// Whether the page says already that something was done: the act once more would sound
    /// as if it was not, and its refusal as if it was wrong.
    is_done: bool,
) -> impl IntoView {
    if is_done {
        return ().into_any();
    }
    if let Some(why) = cannot_operate(action, &card.row) {
        return view! { <NotYet action why /> }.into_any();
    }
    let row = card.row;
    let signer = use_context::<SessionView>()
        .map(Wanted::from)
        .unwrap_or_default();
    if card.possible.contains(&action) {
        return view! {
            <ActOnCard
                action
                card=row.id
                holder_name=row.holder_name
                operator_no=row.operator_no.0
                card_no=row.card_no.map_or_else(String::new, |number| number.0)
                state=row.state.name()
                note=note(action, row.pin)
                signer
            />
        }
        .into_any();
    }
    match transition(row.state, action, card.now) {
        Err(refusal) => view! { <NotNow action refusal card=row.id /> }.into_any(),
        // The service says no where the lifecycle says yes: it knows more.
        Ok(_) => ().into_any(),
    }
}

/// What to know before the act, where it may not be called for.
fn note(action: Action, pin: Option<PinSeen>) -> String {
    match (action, pin) {
        (Action::Unlock, Some(PinSeen { tries_left, .. })) if tries_left > 0 => {
            detail::not_blocked(tries_left)
        }
        _ => String::new(),
    }
}

/// The menu of the act that takes this one back, where there is one.
pub(crate) fn way_back(action: Action) -> Option<Menu> {
    let back = match action {
        Action::ReportLoss => Action::CancelLoss,
        Action::Freeze => Action::Unfreeze,
        _ => return None,
    };
    menu_of(back)
}

fn menu_of(action: Action) -> Option<Menu> {
    Menu::ALL
        .into_iter()
        .find(|menu| menu.action() == Some(action))
}

/// Why 延期 or 解锁 can't begin although the card's state allows it.
fn cannot_operate(action: Action, row: &CardRow) -> Option<CannotOperate> {
    let eligibility = match action {
        Action::Renew => row.renew,
        Action::Unlock => row.unlock,
        _ => return None,
    };
    match eligibility {
        Eligibility::No { why } => Some(why).filter(|why| !matches!(why, CannotOperate::State(_))),
        Eligibility::Yes { .. } => None,
    }
}

#[component]
fn NotYet(action: Action, why: CannotOperate) -> impl IntoView {
    let hint = errors::in_one(errors::cannot_sentences(why));
    view! {
        <div class="notice notice--info">
            <Icon symbol=Symbol::Warning />
            <div class="notice__body">
                <p class="notice__title">{detail::not_possible(action)}</p>
                <p class="notice__hint">{hint}</p>
            </div>
        </div>
    }
}

#[component]
fn NotNow(action: Action, refusal: Refusal, card: CardId) -> impl IntoView {
    let sentences = errors::refusal_sentences(refusal);
    let (title, hint) = match refusal {
        Refusal::AlreadyThere { .. } => sentences,
        _ => (detail::not_possible(action), errors::in_one(sentences)),
    };
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
                <p class="notice__title">{title}</p>
                <p class="notice__hint">{hint}</p>
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
    menu_of(action)
}
