//! How operations on cards ended: the manual's message of success, or what was
//! not done and why; then the legal-person card comes back.

use card_domain::OperationState;
use leptos::prelude::*;

use super::{
    List,
    flow::{Flow, Stage},
};
use crate::{
    api::{
        ApiError,
        operation::{OperationView, Operations},
    },
    components::{
        icon::{Icon, Symbol},
        log_out::LogOut,
        notice::{Notice, Trouble},
    },
    device::{Wanted, use_device},
    islands::{
        act_dialog::TITLE,
        confirm::Confirm,
        countdown::{Countdown, Deadline},
        return_card::ReturnCard,
        session_guard::leave::leave,
    },
    left::Left,
    text::{common, dates, dialog, operate as text, operations as words},
};

/// A session that waits for the legal-person card.
#[derive(Clone)]
pub(super) struct Locked {
    /// Its holder.
    pub(super) signer: Wanted,
    /// How long.
    pub(super) until: Deadline,
}

/// The end of the dialog.
#[component]
pub(super) fn Outcome(
    flow: Flow,
    locked: Option<Locked>,
    on_close: Callback<bool>,
) -> impl IntoView {
    let (failure, cancelled) = match flow.stage.get_untracked() {
        Stage::Failed(error) => (Some(error), false),
        Stage::Over { cancelled } => (None, cancelled),
        _ => (None, false),
    };
    // A session that is over waits for nothing.
    let is_out = failure
        .as_ref()
        .is_some_and(|error| error.code.wants_login());
    let operations = flow.operations.get_untracked();
    let mut cards = operations.cards.iter();
    let all_done = cards.all(|card| card.state == OperationState::Confirmed);
    let on_close = Callback::new(move |()| on_close.run(all_done));
    let said =
        move || view! { <Said operations=operations.clone() cancelled failure=failure.clone() /> };
    match locked {
        _ if is_out => view! {
            {said()}
            <div class="dialog__actions">
                <a class="button button--primary" href="/login">
                    {common::TO_LOGIN}
                </a>
            </div>
        }
        .into_any(),
        // Who gave it up knows how it ended.
        Some(locked) if cancelled => view! {
            {said()}
            <BringBack locked on_close />
        }
        .into_any(),
        Some(locked) => view! { <SaidFirst said=said.into() locked on_close /> }.into_any(),
        None => view! {
            {said()}
            <div class="dialog__actions">
                <Confirm on_confirm=on_close />
            </div>
        }
        .into_any(),
    }
}

/// The manual's order: how it ended, 确认, and then the legal-person card.
#[component]
fn SaidFirst(said: ViewFn, locked: Locked, on_close: Callback<()>) -> impl IntoView {
    let is_read = RwSignal::new(false);
    let until = locked.until;
    let locked = StoredValue::new(locked);
    view! {
        <Show
            when=move || is_read.get()
            fallback=move || {
                view! {
                    {said.run()}
                    <LockLeft until />
                    <div class="dialog__actions">
                        <Confirm on_confirm=Callback::new(move |()| is_read.set(true)) />
                    </div>
                }
            }
        >
            <h2 class="dialog__title" id=TITLE>
                {text::CARD_BACK}
            </h2>
            <BringBack locked=locked.get_value() on_close />
        </Show>
    }
}

/// What became of it.
#[component]
fn Said(operations: Operations, cancelled: bool, failure: Option<ApiError>) -> impl IntoView {
    let action = operations.action;
    let done = operations
        .cards
        .iter()
        .filter(|card| card.state == OperationState::Confirmed)
        .count();
    let all = operations.cards.len();
    let failure = failure.map(|error| view! { <Notice trouble=error.into() /> });
    match <[OperationView; 1]>::try_from(operations.cards) {
        Ok([card]) if done == 1 => view! { <Success card action /> }.into_any(),
        Ok([card]) => {
            let is_cancelled = cancelled && !(card.state.is_open() && card.touched);
            let notice = failure
                .map(IntoAny::into_any)
                .or_else(|| not_done(&card, is_cancelled).map(IntoAny::into_any));
            view! {
                <h2 class="dialog__title" id=TITLE>
                    {if is_cancelled { text::cancelled(action) } else { text::not_done(action) }}
                </h2>
                <p class="dialog__text">{text::whose(&card)}</p>
                <div class="relay__outcome" role="alert">
                    {notice}
                </div>
            }
            .into_any()
        }
        Err(cards) => {
            let any_touched = cards
                .iter()
                .any(|card| card.state.is_open() && card.touched);
            view! {
                <h2 class="dialog__title" id=TITLE>
                    {if done == all { dialog::success(action) } else { text::not_done(action) }}
                </h2>
                <p class="dialog__text" role="status">
                    {text::done_of(action, done, all)}
                </p>
                <List cards />
                <div role="alert">{failure}</div>
                {any_touched.then(|| view! { <p class="dialog__text">{text::STAYS_OPEN}</p> })}
            }
            .into_any()
        }
    }
}

/// Why the one card was not done.
fn not_done(card: &OperationView, is_cancelled: bool) -> Option<impl IntoView + use<>> {
    let trouble: Trouble = match (&card.problem, card.state.is_open() && card.touched) {
        _ if is_cancelled => return None,
        (_, true) => Trouble::plain(&text::STAYS_OPEN),
        (Some(problem), false) => words::problem_sentences(problem).into(),
        (None, false) => return None,
    };
    Some(view! { <Notice trouble /> })
}

#[component]
fn Success(card: OperationView, action: card_domain::Action) -> impl IntoView {
    let detail = match action {
        card_domain::Action::Unlock => Some(String::from(text::NEW_PIN_SET)),
        _ => card.certificate.as_ref().map(|certificate| {
            let validity = &certificate.validity;
            text::valid(
                &dates::minute(validity.not_before),
                &dates::minute(validity.not_after),
            )
        }),
    };
    let pending = action == card_domain::Action::Renew
        && card
            .certificate
            .as_ref()
            .is_some_and(|certificate| certificate.key.is_none());
    let problem = card
        .problem
        .as_ref()
        .map(|problem| view! { <Notice trouble=words::problem_sentences(problem).into() /> });
    view! {
        <div class="dialog__success" role="status">
            <span class="dialog__mark">
                <Icon symbol=Symbol::Check />
            </span>
            <h2 class="dialog__title" id=TITLE>
                {dialog::success(action)}
            </h2>
            <p class="dialog__text">{text::whose(&card)}</p>
            <p class="dialog__text">{detail}</p>
            {pending
                .then(|| view! { <p class="dialog__text faint">{text::KEY_NOT_CONFIRMED}</p> })}
        </div>
        {problem}
    }
}

/// The session waits for the legal-person card.
#[component]
fn BringBack(locked: Locked, on_close: Callback<()>) -> impl IntoView {
    let device = use_device();
    let signer = locked.signer.clone();
    let lead = Signal::derive(move || {
        if device.holds(&signer) {
            text::still_in(&signer.holder)
        } else {
            text::bring_back(&signer.holder)
        }
    });
    view! {
        <ReturnCard
            lead
            signer=locked.signer
            on_back=on_close
        />
        <LockLeft until=locked.until />
        <div class="dialog__actions">
            <LogOut />
        </div>
    }
}

/// How long the session waits for it.
#[component]
fn LockLeft(until: Deadline) -> impl IntoView {
    let on_end = Callback::new(|()| leave(Left::CardOut));
    view! { <Countdown label=text::LOCK_LEFT deadline=until on_end /> }
}
