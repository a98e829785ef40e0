//! The second question of an act: shows the statement, has the legal-person
//! card sign exactly it, and has the service do the act. Where the bridge has a
//! window of its own, the question is asked there and not here. What is shown
//! follows from one state, [`Step`].

use card_domain::Action;
use card_protocol::{CardError, bridge::PinEntry};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use crate::{
    api::ErrorCode,
    components::{
        notice::{Notice, Trouble},
        signed_text::SignedText,
    },
    device::{DeviceStatus, Wanted, use_device},
    islands::{
        armed::{not_yet, use_armed},
        card_status::CardStatus,
        demo_drawer::DemoDrawer,
        pin_pad::PinField,
    },
    text::{Text, common, device as text, errors, operate},
};

mod flow;
mod subject;

use flow::{Flow, Step};
use subject::Proposed;
pub(crate) use subject::{Begun, Signed, Subject, Terms};

/// The statement, its signature and the act. Runs `on_done` once the act is
/// done. It can be left at any time; a signature under way is cancelled.
#[component]
pub(crate) fn SignAct(
    /// What is acted on.
    subject: Subject,
    /// The act.
    action: Action,
    /// What was chosen besides.
    terms: Terms,
    /// The card that has to sign.
    signer: Wanted,
    /// Set while the service does the act, which nothing can call back.
    committing: RwSignal<bool>,
    /// Runs when the act is done.
    #[prop(into)]
    on_done: Callback<Signed>,
    /// Runs on 取消.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let flow = Flow {
        device: use_device(),
        subject: StoredValue::new(subject),
        action,
        terms: StoredValue::new(terms),
        signer: StoredValue::new(signer),
        step: RwSignal::new(Step::Proposing),
        proposal: RwSignal::new(None),
        trouble: RwSignal::new(None),
        asked: StoredValue::new(None),
        input: NodeRef::<html::Input>::new(),
        on_done,
        on_cancel,
    };
    let confirm = NodeRef::<html::Button>::new();
    let cancel = NodeRef::<html::Button>::new();
    let armed = use_armed();
    Effect::new(move || flow.propose());
    Effect::new(move || flow.begin_in_window());
    Effect::new(move || flow.signer.with_value(|signer| flow.device.prefer(signer)));
    Effect::new(move || committing.set(flow.step.get() == Step::Committing));
    Effect::new(move |away: Option<bool>| flow.watch(away == Some(true)));
    // The keyboard's user is led to what comes next; a PIN's field leads itself.
    Effect::new(move || {
        let next = match flow.step.get() {
            Step::Reading => confirm,
            Step::Refused(_) | Step::Waiting => cancel,
            _ => return,
        };
        request_animation_frame(move || {
            if let Some(button) = next.get_untracked() {
                // A dialog that was closed by now has no focus to give.
                let _gone = button.focus();
            }
        });
    });
    on_cleanup(move || {
        // What follows can be left again.
        let _gone = committing.try_set(false);
        if flow.step.try_get_untracked() == Some(Step::Signing) {
            spawn_local(async move {
                // Nobody is left to be told how it ended.
                let _left = flow.device.cancel().await;
            });
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if armed.get_untracked() {
            flow.confirm();
        }
    };
    view! {
        <form class="sign" on:submit=on_submit novalidate>
            {move || {
                let lead = if flow.asks_in_window() {
                    text::SIGN_SHOWN_IN_WINDOW
                } else {
                    text::SIGN_STATEMENT
                };
                flow.proposal.get().map(|proposal| view! { <Statement proposal lead /> })
            }}
            <div class="sign__outcome" role="alert">
                {move || trouble(&flow).map(|trouble| view! { <Notice trouble /> })}
            </div>
            <Asks flow />
            <p class="sign__progress" role="status">
                {move || flow.step.with(|step| step.doing(flow.device.confirm()))}
            </p>
            <div class="dialog__actions">
                <button
                    class="button"
                    type="button"
                    node_ref=cancel
                    disabled=committing
                    on:click=move |_| on_cancel.run(())
                >
                    {common::CANCEL}
                </button>
                <GoOn flow confirm armed />
            </div>
        </form>
        <DemoDrawer />
    }
}

/// The statement as it will be signed, to the letter, and the cards that it
/// leaves out.
#[component]
fn Statement(proposal: Proposed, lead: Text) -> impl IntoView {
    let left_out = proposal.left_out;
    view! {
        <p class="sign__lead">{lead}</p>
        <SignedText text=proposal.statement.text class="sign__statement" />
        {(!left_out.is_empty())
            .then(|| {
                view! {
                    <div class="sign__left-out">
                        <p>{operate::LEFT_OUT}</p>
                        <ul>
                            {left_out
                                .into_iter()
                                .map(|card| view! { <li>{operate::left_out(&card)}</li> })
                                .collect_view()}
                        </ul>
                    </div>
                }
            })}
    }
}

/// The card, or its PIN, where the step wants one.
#[component]
fn Asks(flow: Flow) -> impl IntoView {
    let status = Memo::new(move |_| {
        let trouble = flow.device.status.get() != DeviceStatus::Ready
            || flow.device.readers_with_card().len() > 1;
        match flow.step.get() {
            Step::Waiting => true,
            Step::Reading | Step::WantsPin => trouble,
            _ => false,
        }
    });
    let pin = Memo::new(move |_| {
        flow.step.get() == Step::WantsPin
            && flow.device.pin_entry.get() == PinEntry::Page
            && flow.signer.with_value(|signer| flow.device.holds(signer))
    });
    let invalid = move || matches!(flow.trouble.get(), Some(CardError::WrongPin { .. }));
    view! {
        <Show when=move || status.get()>
            <CardStatus />
        </Show>
        <Show when=move || pin.get()>
            <PinField
                input=flow.input
                id="sign-pin"
                disabled=false
                invalid=Signal::derive(invalid)
                autofocus=true
            />
        </Show>
    }
}

/// 确认, or the way to begin anew after a refusal that allows it.
#[component]
fn GoOn(flow: Flow, confirm: NodeRef<html::Button>, armed: ReadSignal<bool>) -> impl IntoView {
    let refused = Memo::new(move |_| match flow.step.get() {
        Step::Refused(error) => Some(may_begin_anew(error.code)),
        _ => None,
    });
    let disabled = move || {
        flow.step
            .with(|step| step.is_busy() || *step == Step::Waiting)
            || flow.stranger().is_some()
    };
    // Where the window asks, there is a button for what the page asks alone: the
    // PIN, or another try.
    let retries = Memo::new(move |_| flow.asks_in_window() && flow.step.get() == Step::Reading);
    let is_asked = Memo::new(move |_| {
        refused.get().is_none()
            && (!flow.asks_in_window()
                || flow.step.get() == Step::WantsPin
                || (retries.get() && flow.trouble.get().is_some()))
    });
    view! {
        <Show when=move || is_asked.get()>
            <button
                class="button button--primary"
                type="submit"
                node_ref=confirm
                disabled=disabled
                aria-disabled=move || not_yet(armed)
            >
                {move || if retries.get() { text::SIGN_RETRY } else { common::CONFIRM }}
            </button>
        </Show>
        <Show when=move || refused.get() == Some(true)>
            <button
                class="button button--primary"
                type="button"
                on:click=move |_| flow.propose()
            >
                {text::SIGN_AGAIN}
            </button>
        </Show>
    }
}

/// Whether the same act may be tried with a new statement.
const fn may_begin_anew(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ProposalVoid
            | ErrorCode::StatementSignature
            | ErrorCode::TooMany
            | ErrorCode::Unavailable
            | ErrorCode::Network
    )
}

/// What the service refused, what the card said, or that it is another card.
fn trouble(flow: &Flow) -> Option<Trouble> {
    let step = flow.step.get();
    if let Step::Refused(error) = step {
        return Some(error.into());
    }
    if !step.is_busy()
        && let Some(holder) = flow.stranger()
    {
        let signer = flow.signer.get_value();
        return Some(text::not_the_signer(&holder, &signer.holder).into());
    }
    let error = flow.trouble.get()?;
    Some(errors::card_sentences(error).into())
}
