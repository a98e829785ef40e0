//! The dialog of an act, as the manual has it: the question, the second
//! question with the statement that gets signed, and the message of success.

use card_domain::Action;
use leptos::{html, prelude::*};

use crate::{
    api::model::{ActDone, CardDetail},
    components::{
        badge::StateBadge,
        facts::Fact,
        icon::{Icon, Symbol},
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

/// The dialog.
#[component]
pub(crate) fn ActDialog(
    /// The act.
    action: Action,
    /// The card.
    card: CardDetail,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Runs when it is closed after the act was done.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let step = RwSignal::new(Step::Question);
    let card = StoredValue::new(card);
    let id = card.with_value(|card| card.row.id);
    let on_close = move |()| {
        let done = matches!(step.get_untracked(), Step::Done(_));
        step.set(Step::Question);
        if done {
            on_done.run(());
        }
    };
    view! {
        <Modal open labelled_by=TITLE on_close>
            {move || match step.get() {
                Step::Question => {
                    view! {
                        <Question
                            action
                            card=card.get_value()
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
                            card=id
                            action
                            on_done=move |done| step.set(Step::Done(Box::new(done)))
                            on_cancel=move |()| open.set(false)
                        />
                    }
                        .into_any()
                }
                Step::Done(done) => {
                    view! { <Success action done=*done on_confirm=move |()| open.set(false) /> }
                        .into_any()
                }
            }}
        </Modal>
    }
}

#[component]
fn Question(
    action: Action,
    card: CardDetail,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let number = card
        .row
        .card_no
        .map_or_else(|| String::from(common::NONE), |number| number.0);
    view! {
        <h2 class="dialog__title" id=TITLE>
            {dialog::question(action)}
        </h2>
        <p class="dialog__text">{names::consequence(action)}</p>
        <dl class="dialog__facts">
            <Fact name=fields::HOLDER_NAME>{card.row.holder_name}</Fact>
            <Fact name=fields::OPERATOR_NO>
                <span class="figures">{card.row.operator_no.0}</span>
            </Fact>
            <Fact name=fields::CARD_NO>
                <span class="figures">{number}</span>
            </Fact>
            <Fact name=fields::STATE>
                <StateBadge state=card.row.state />
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
fn Success(action: Action, done: ActDone, #[prop(into)] on_confirm: Callback<()>) -> impl IntoView {
    view! {
        <div class="dialog__success" role="status">
            <span class="dialog__mark">
                <Icon symbol=Symbol::Check />
            </span>
            <h2 class="dialog__title" id=TITLE>
                {dialog::success(action)}
            </h2>
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
            on:click=move |_| on_confirm.run(())
        >
            {common::CONFIRM}
        </button>
    }
}
