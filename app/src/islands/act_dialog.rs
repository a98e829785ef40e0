//! The dialog of an act, as the manual has it: the question, the second
//! question with the statement that gets signed, for 延期 and 解锁 the swap of
//! the cards, and the message of success. 挂失 and 冻结 ask before all that why.

mod each;
mod why;

use card_domain::{Action, CauseKind, StateName};
use leptos::prelude::*;

use self::{each::Each, why::Why};
use crate::{
    api::{many::ActsDone, model::ActDone},
    components::{
        badge::StateBadge,
        fact::Fact,
        icon::{Icon, Symbol},
    },
    device::Wanted,
    islands::{
        confirm::Confirm,
        done_address::show_done,
        modal::Modal,
        relay::Relay,
        sign_act::{Begun, SignAct, Signed, Subject, Terms},
    },
    text::{common, dialog, fields, names},
};

/// The id of the heading that names the dialog.
pub(super) const TITLE: &str = "act-title";

/// How far the act is.
#[derive(Clone)]
enum Step {
    /// Why it is done.
    Why,
    /// The first question.
    Question,
    /// The second question: the statement, its signature, the act.
    Sign,
    /// The operator's card is written.
    OnCard(Box<Begun>),
    /// It is done.
    Done(Box<ActDone>),
    /// It is done to several cards, but for those that changed.
    DoneEach(ActsDone),
}

impl Step {
    /// Where an act begins.
    const fn first(action: Action) -> Self {
        if CauseKind::of(action).is_empty() {
            Self::Question
        } else {
            Self::Why
        }
    }

    /// The dialog is closed: the page shows what was done.
    fn left(&self, action: Action, all_done: bool) {
        match self {
            Self::Done(_) => show_done(action),
            Self::OnCard(_) if all_done => show_done(action),
            // A browser that refuses still has the link back to the list.
            Self::DoneEach(_) | Self::OnCard(_) => {
                let _refused = window().location().reload();
            }
            Self::Why | Self::Question | Self::Sign => {}
        }
    }
}

/// What the questions show of a card.
#[derive(Clone)]
pub(super) struct Facts {
    /// Its holder.
    pub(super) holder_name: String,
    /// 操作员编号.
    pub(super) operator_no: String,
    /// IC卡号; empty without one.
    pub(super) card_no: String,
    /// Its state.
    pub(super) state: StateName,
}

/// The dialog. When the act is done, the page is loaded anew and shows the
/// cards as they are then.
#[component]
pub(super) fn ActDialog(
    /// The act.
    action: Action,
    /// What is acted on.
    #[prop(into)]
    subject: Signal<Subject>,
    /// The same for a person.
    #[prop(into)]
    facts: Signal<Vec<Facts>>,
    /// The card that has to sign.
    signer: Wanted,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Runs once it is signed and taken: what was chosen for it is done with.
    #[prop(optional, into)]
    on_taken: Option<Callback<()>>,
) -> impl IntoView {
    let signer = StoredValue::new(signer);
    let keep = RwSignal::new(false);
    let step = RwSignal::new(Step::first(action));
    let terms = RwSignal::new(Terms::default());
    // Whether the operator's cards are all done.
    let all_done = RwSignal::new(false);
    let on_close = move |()| {
        step.with_untracked(|step| step.left(action, all_done.get_untracked()));
        step.set(Step::first(action));
        terms.set(Terms::default());
    };
    let on_signed = move |signed| {
        if let Some(on_taken) = on_taken {
            on_taken.run(());
        }
        step.set(match signed {
            Signed::Done(done) => Step::Done(done),
            Signed::DoneEach(done) => Step::DoneEach(done),
            Signed::Begun(begun) => Step::OnCard(begun),
        });
    };
    view! {
        <Modal open labelled_by=TITLE keep on_close>
            {move || match step.get() {
                Step::Why => {
                    view! {
                        <Why
                            action
                            whose=facts.with_untracked(|facts| whose(facts))
                            on_next=move |chosen| {
                                terms.set(chosen);
                                step.set(Step::Question);
                            }
                            on_cancel=move |()| open.set(false)
                        />
                    }
                        .into_any()
                }
                Step::Question => {
                    view! {
                        <Question
                            action
                            facts=facts.get_untracked()
                            terms=terms.get_untracked()
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
                            subject=subject.get_untracked()
                            action
                            terms=terms.get_untracked()
                            signer=signer.get_value()
                            committing=keep
                            on_done=on_signed
                            on_cancel=move |()| open.set(false)
                        />
                    }
                        .into_any()
                }
                Step::OnCard(begun) => {
                    view! {
                        <Relay
                            begun=*begun
                            signer=signer.get_value()
                            keep
                            on_close=move |done| {
                                all_done.set(done);
                                open.set(false);
                            }
                        />
                    }
                        .into_any()
                }
                Step::DoneEach(done) => {
                    view! { <Each action done on_confirm=move |()| open.set(false) /> }.into_any()
                }
                Step::Done(done) => {
                    view! {
                        <Success
                            action
                            facts=facts.get_untracked()
                            done=*done
                            on_confirm=move |()| open.set(false)
                        />
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
    facts: Vec<Facts>,
    terms: Terms,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let why = terms.cause.as_ref().map(names::cause_in_words);
    let end = terms.until.as_deref().map(dialog::ends_with);
    let shown = match <[Facts; 1]>::try_from(facts) {
        Ok([card]) => view! { <OneCard card /> }.into_any(),
        Err(cards) => view! { <Cards cards /> }.into_any(),
    };
    view! {
        <h2 class="dialog__title" id=TITLE>
            {dialog::question(action)}
        </h2>
        <p class="dialog__text">{names::consequence(action)}</p>
        {shown}
        {why
            .map(|why| {
                view! {
                    <dl class="dialog__facts">
                        <Fact name=dialog::CAUSE>{why}</Fact>
                        {end.map(|end| view! { <Fact name=dialog::END>{end}</Fact> })}
                    </dl>
                }
            })}
        <div class="dialog__actions">
            <button class="button" type="button" on:click=move |_| on_cancel.run(())>
                {common::CANCEL}
            </button>
            <Confirm on_confirm is_grave=is_grave(action) />
        </div>
    }
}

/// Whose card it is, or how many there are.
fn whose(facts: &[Facts]) -> String {
    match facts {
        [one] => dialog::whose(&one.holder_name, &one.operator_no),
        many => dialog::cards(many.len()),
    }
}

/// Whether the act takes something from somebody.
pub(super) const fn is_grave(action: Action) -> bool {
    matches!(action, Action::ReportLoss | Action::Freeze)
}

#[component]
fn OneCard(card: Facts) -> impl IntoView {
    let number = if card.card_no.is_empty() {
        String::from(common::NONE)
    } else {
        card.card_no
    };
    view! {
        <dl class="dialog__facts">
            <Fact name=fields::HOLDER_NAME>{card.holder_name}</Fact>
            <Fact name=fields::OPERATOR_NO>
                <span class="figures">{card.operator_no}</span>
            </Fact>
            <Fact name=fields::CARD_NO>
                <span class="figures">{number}</span>
            </Fact>
            <Fact name=fields::STATE>
                <StateBadge state=card.state />
            </Fact>
        </dl>
    }
}

#[component]
fn Cards(cards: Vec<Facts>) -> impl IntoView {
    let all = cards.len();
    let cards = cards
        .into_iter()
        .map(|card| view! { <li>{dialog::whose(&card.holder_name, &card.operator_no)}</li> })
        .collect_view();
    view! {
        <div class="dialog__cards">
            <p class="dialog__count">{dialog::cards(all)}</p>
            <ul>{cards}</ul>
        </div>
    }
}

#[component]
fn Success(
    action: Action,
    facts: Vec<Facts>,
    done: ActDone,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let whose = facts
        .first()
        .map(|card| dialog::whose(&card.holder_name, &card.operator_no));
    view! {
        <div class="dialog__success" role="status">
            <span class="dialog__mark">
                <Icon symbol=Symbol::Check />
            </span>
            <h2 class="dialog__title" id=TITLE>
                {dialog::success(action)}
            </h2>
            <p class="dialog__text">{whose}</p>
            <p class="dialog__text">
                {dialog::state_now(&names::state(done.state))}
            </p>
            <p class="dialog__note">{dialog::recorded(done.event)}</p>
        </div>
        <div class="dialog__actions">
            <Confirm on_confirm />
        </div>
    }
}
