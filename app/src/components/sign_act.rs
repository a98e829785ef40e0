//! The second question of an act: shows the statement, has the legal-person
//! card sign exactly it, and has the service do the act. What is shown follows
//! from one state, [`Step`].

use card_domain::{Action, CardId};
use card_protocol::{CardError, bridge::PinEntry};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use crate::{
    api::{
        ErrorCode,
        model::{ActDone, Proposal},
    },
    components::{
        card_status::CardStatus,
        demo_drawer::DemoDrawer,
        error_panel::RequestId,
        icon::{Icon, Symbol},
        pin_pad::PinField,
    },
    device::{DeviceStatus, use_device},
    text::{common, device as text, errors},
};

mod flow;

use flow::{Flow, Step};

/// The statement, its signature and the act. Runs `on_done` once the act is
/// done. It can be left at any time; a signature under way is cancelled.
#[component]
pub(crate) fn SignAct(
    /// The card to act on.
    card: CardId,
    /// The act.
    action: Action,
    /// Runs when the act is done.
    #[prop(into)]
    on_done: Callback<ActDone>,
    /// Runs on 取消.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let flow = Flow {
        device: use_device(),
        card,
        action,
        step: RwSignal::new(Step::Proposing),
        proposal: RwSignal::new(None),
        trouble: RwSignal::new(None),
        input: NodeRef::<html::Input>::new(),
        on_done,
    };
    Effect::new(move || flow.propose());
    Effect::new(move |before: Option<bool>| {
        let ready = flow.device.reader.get().is_some();
        if before == Some(false) && ready && flow.step.get_untracked() == Step::Waiting {
            flow.card_is_back();
        }
        ready
    });
    on_cleanup(move || {
        if flow.step.try_get_untracked() == Some(Step::Signing) {
            spawn_local(async move {
                // Nobody is left to be told how it ended.
                let _left = flow.device.cancel().await;
            });
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        flow.confirm();
    };
    view! {
        <form class="sign" on:submit=on_submit novalidate>
            {move || flow.proposal.get().map(|proposal| view! { <Statement proposal /> })}
            <div class="sign__outcome" role="alert">
                {move || flow.trouble.get().map(|error| view! { <Trouble error /> })}
                {move || refusal(&flow.step.get())}
            </div>
            {move || asks(flow)}
            <p class="sign__progress" role="status">
                {move || flow.step.with(Step::doing)}
            </p>
            <div class="dialog__actions">
                <button class="button" type="button" on:click=move |_| on_cancel.run(())>
                    {common::CANCEL}
                </button>
                {move || go_on(flow)}
            </div>
        </form>
        <DemoDrawer />
    }
}

/// The statement as it will be signed, to the letter.
#[component]
fn Statement(proposal: Proposal) -> impl IntoView {
    view! {
        <p class="sign__lead">{text::SIGN_STATEMENT}</p>
        <blockquote class="sign__statement">{proposal.statement.text}</blockquote>
    }
}

/// The card, or its PIN, where the step wants one.
fn asks(flow: Flow) -> Option<AnyView> {
    let step = flow.step.get();
    let ready = flow.device.status.get() == DeviceStatus::Ready;
    let several = flow.device.readers_with_card().len() > 1;
    match step {
        Step::Waiting => Some(view! { <CardStatus /> }.into_any()),
        Step::Reading if !ready || several => Some(view! { <CardStatus /> }.into_any()),
        Step::WantsPin if flow.device.pin_entry.get() == PinEntry::Page => {
            let invalid = move || matches!(flow.trouble.get(), Some(CardError::WrongPin { .. }));
            let field = view! {
                <PinField
                    input=flow.input
                    id="sign-pin"
                    disabled=false
                    invalid=Signal::derive(invalid)
                    autofocus=true
                />
            };
            Some(field.into_any())
        }
        _ => None,
    }
}

/// 确认, or the way to begin anew after a refusal that allows it.
fn go_on(flow: Flow) -> Option<AnyView> {
    match flow.step.get() {
        Step::Refused(error) => may_begin_anew(error.code).then(|| {
            view! {
                <button
                    class="button button--primary"
                    type="button"
                    on:click=move |_| flow.propose()
                >
                    {text::SIGN_AGAIN}
                </button>
            }
            .into_any()
        }),
        step => {
            let disabled = step.is_busy() || step == Step::Waiting;
            let button = view! {
                <button
                    class="button button--primary"
                    type="submit"
                    autofocus
                    disabled=disabled
                >
                    {common::CONFIRM}
                </button>
            };
            Some(button.into_any())
        }
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

#[component]
fn Trouble(error: CardError) -> impl IntoView {
    let (message, next_step) = errors::card_sentences(error);
    let last = matches!(error, CardError::WrongPin { tries_left } if tries_left.0 == 1);
    let next_step = if last {
        text::LAST_TRY.to_owned()
    } else {
        next_step
    };
    notice(message, next_step, String::new())
}

fn refusal(step: &Step) -> Option<impl IntoView + use<>> {
    match step {
        Step::Refused(error) => Some(notice(
            error.message.clone(),
            error.next_step.clone(),
            error.request_id.clone(),
        )),
        _ => None,
    }
}

fn notice(message: String, next_step: String, request_id: String) -> impl IntoView {
    view! {
        <div class="notice notice--error">
            <Icon symbol=Symbol::Warning />
            <div class="notice__body">
                <p class="notice__title">{message}</p>
                <p class="notice__hint">{next_step}</p>
                <RequestId id=request_id />
            </div>
        </div>
    }
}
