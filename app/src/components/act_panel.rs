//! The act of the menu on the page of a card: its button, or why it can't be
//! done now and where the act is that comes first.

use card_domain::{Action, CardId, Menu, Refusal, transition};
use leptos::prelude::*;

use crate::{
    api::model::{CardDetail, SessionView},
    components::icon::{Icon, Symbol},
    islands::act_on_card::ActOnCard,
    text::{detail, errors},
};

/// The acts that are done without the operator card in the reader. 延期 and
/// 解锁 come with the operations on the card itself.
const fn is_offered(action: Action) -> bool {
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
) -> impl IntoView {
    if !is_offered(action) {
        return ().into_any();
    }
    let row = card.row;
    let signer = use_context::<SessionView>().map_or_else(String::new, |view| view.holder_name);
    if card.possible.contains(&action) {
        return view! {
            <ActOnCard
                action
                card=row.id
                holder_name=row.holder_name
                operator_no=row.operator_no.0
                card_no=row.card_no.map_or_else(String::new, |number| number.0)
                state=row.state.name()
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

#[component]
fn NotNow(action: Action, refusal: Refusal, card: CardId) -> impl IntoView {
    let (message, next_step) = errors::refusal_sentences(refusal);
    // After the act it would sound like a refusal.
    let (title, hint) = match refusal {
        Refusal::AlreadyThere { .. } => (message, next_step),
        _ => (detail::not_possible(action), message + &next_step),
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
    Menu::ALL
        .into_iter()
        .find(|menu| menu.action() == Some(action))
}
