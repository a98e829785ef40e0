//! The button of an act on the page of a card, and the dialog that it opens.

use card_domain::{Action, CardId, StateName};
use leptos::prelude::*;

use crate::{
    device::Wanted,
    islands::{
        act_dialog::{ActDialog, Facts},
        hydrated::use_hydrated,
        sign_act::Subject,
    },
    text::names,
};

/// The button, what it leads to, and the dialog.
#[island(lazy)]
pub(crate) fn ActOnCard(
    /// The act.
    action: Action,
    /// The card.
    card: CardId,
    /// Its holder.
    holder_name: String,
    /// 操作员编号.
    operator_no: String,
    /// IC卡号; empty without one.
    card_no: String,
    /// The card's state.
    state: StateName,
    /// What to know before; may be empty.
    note: String,
    /// The holder of the legal-person card that is logged in.
    signer: Wanted,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let open = RwSignal::new(false);
    let class = match action {
        Action::ReportLoss | Action::Freeze => "button button--primary button--danger",
        _ => "button button--primary",
    };
    let subject = if action.needs_card() {
        Subject::OnCards(vec![card])
    } else {
        Subject::Card(card)
    };
    let facts = vec![Facts {
        holder_name,
        operator_no,
        card_no,
        state,
    }];
    view! {
        <div class="act">
            <p class="act__text">{names::consequence(action)}</p>
            {(!note.is_empty()).then(|| view! { <p class="act__note">{note}</p> })}
            <button
                class=class
                type="button"
                disabled=move || !hydrated.get()
                on:click=move |_| open.set(true)
            >
                {names::action(action)}
            </button>
        </div>
        <ActDialog
            action
            subject=Signal::stored(subject)
            facts=Signal::stored(facts)
            signer
            open
        />
    }
}
