//! The button of an act and its dialog, as the manual has it: the question, the
//! second question with the statement that gets signed, and the message of
//! success.

use card_domain::{Action, CardId, StateName};
use leptos::{html, prelude::*};

use crate::{
    api::model::ActDone,
    components::{
        badge::StateBadge,
        fact::Fact,
        icon::{Icon, Symbol},
    },
    islands::{
        armed::{not_yet, use_armed},
        hydrated::use_hydrated,
        modal::Modal,
        sign_act::SignAct,
    },
    text::{common, dialog, fields, names},
};

/// The id of the heading that names the dialog.
const TITLE: &str = "act-title";

/// How far the act is.
#[derive(Clone)]
enum Step {
    /// The first question.
    Question,
    /// The second question: the statement, its signature, the act.
    Sign,
    /// It is done.
    Done(Box<ActDone>),
}

/// The button, what it leads to, and the dialog. When the act is done, the
/// page is loaded anew and shows the card as it is then.
#[island]
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
    /// The holder of the legal-person card that is logged in.
    signer: String,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let open = RwSignal::new(false);
    let class = match action {
        Action::ReportLoss | Action::Freeze => "button button--primary button--danger",
        _ => "button button--primary",
    };
    let facts = Facts {
        holder_name,
        operator_no,
        card_no,
        state,
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
        <ActDialog action card facts signer open />
    }
}

/// What the first question shows of the card.
#[derive(Clone)]
struct Facts {
    holder_name: String,
    operator_no: String,
    card_no: String,
    state: StateName,
}

#[component]
fn ActDialog(
    action: Action,
    card: CardId,
    facts: Facts,
    signer: String,
    open: RwSignal<bool>,
) -> impl IntoView {
    let signer = StoredValue::new(signer);
    let committing = RwSignal::new(false);
    let step = RwSignal::new(Step::Question);
    let facts = StoredValue::new(facts);
    let on_close = move |()| {
        if matches!(step.get_untracked(), Step::Done(_)) {
            // A browser that refuses still has the link back to the list.
            let _refused = window().location().reload();
        }
        step.set(Step::Question);
    };
    view! {
        <Modal open labelled_by=TITLE keep=committing on_close>
            {move || match step.get() {
                Step::Question => {
                    view! {
                        <Question
                            action
                            facts=facts.get_value()
                            on_confirm=move |()| step.set(Step::Sign)
                            on_cancel=move |()| open.set(false)
                        />
                    }
                        .into_any()
                }
                Step::Sign => {
                    view! {
                        <h2 class="dialog__title" id=TITLE>
                            {dialog::second_question(action)}
                        </h2>
                        <SignAct
                            card
                            action
                            signer=signer.get_value()
                            committing
                            on_done=move |done| step.set(Step::Done(Box::new(done)))
                            on_cancel=move |()| open.set(false)
                        />
                    }
                        .into_any()
                }
                Step::Done(done) => {
                    let facts = facts.get_value();
                    view! {
                        <Success action facts done=*done on_confirm=move |()| open.set(false) />
                    }
                        .into_any()
                }
            }}
        </Modal>
    }
}

#[component]
fn Question(
    action: Action,
    facts: Facts,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let number = if facts.card_no.is_empty() {
        String::from(common::NONE)
    } else {
        facts.card_no
    };
    view! {
        <h2 class="dialog__title" id=TITLE>
            {dialog::question(action)}
        </h2>
        <p class="dialog__text">{names::consequence(action)}</p>
        <dl class="dialog__facts">
            <Fact name=fields::HOLDER_NAME>{facts.holder_name}</Fact>
            <Fact name=fields::OPERATOR_NO>
                <span class="figures">{facts.operator_no}</span>
            </Fact>
            <Fact name=fields::CARD_NO>
                <span class="figures">{number}</span>
            </Fact>
            <Fact name=fields::STATE>
                <StateBadge state=facts.state />
            </Fact>
        </dl>
        <div class="dialog__actions">
            <button class="button" type="button" on:click=move |_| on_cancel.run(())>
                {common::CANCEL}
            </button>
            <Confirm on_confirm />
        </div>
    }
}

#[component]
fn Success(
    action: Action,
    facts: Facts,
    done: ActDone,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="dialog__success" role="status">
            <span class="dialog__mark">
                <Icon symbol=Symbol::Check />
            </span>
            <h2 class="dialog__title" id=TITLE>
                {dialog::success(action)}
            </h2>
            <p class="dialog__text">{dialog::whose(&facts.holder_name, &facts.operator_no)}</p>
            <p class="dialog__text">
                {dialog::state_now(names::state(done.card.row.state.name()))}
            </p>
            <p class="dialog__note">{dialog::recorded(done.event)}</p>
        </div>
        <div class="dialog__actions">
            <Confirm on_confirm />
        </div>
    }
}

/// 确认, which has the focus when its question appears.
#[component]
fn Confirm(on_confirm: Callback<()>) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let armed = use_armed();
    Effect::new(move || {
        if let Some(button) = button.get() {
            // The dialog opens, or changes its words, in this very moment.
            request_animation_frame(move || {
                // A dialog that was closed by now has no focus to give.
                let _gone = button.focus();
            });
        }
    });
    view! {
        <button
            class="button button--primary"
            type="button"
            node_ref=button
            aria-disabled=move || not_yet(armed)
            on:click=move |_| {
                if armed.get_untracked() {
                    on_confirm.run(());
                }
            }
        >
            {common::CONFIRM}
        </button>
    }
}
