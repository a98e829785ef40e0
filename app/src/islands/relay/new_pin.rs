//! 解锁: the holder of the card types a new PIN, twice. It goes from the field
//! to the card; the service never sees it.

use leptos::{html, prelude::*};

use super::flow::{Flow, Waiting};
use crate::{
    components::notice::{Notice, Trouble},
    islands::{
        new_pin::check_new_pin,
        pin_pad::{PinField, PinInput, PinPad, focus, take_pin},
    },
    text::{common, new_pin as words, operate as text},
};

/// The two fields with their buttons.
#[component]
pub(super) fn NewPin(
    /// The dialog.
    flow: Flow,
    /// The program that waits for the PIN.
    waiting: Waiting,
) -> impl IntoView {
    let [new, again] = std::array::from_fn(|_| NodeRef::<html::Input>::new());
    let active = RwSignal::new(new);
    let trouble = RwSignal::new(None::<Trouble>);
    let policy = waiting.policy;
    let holder = holder(flow);
    let waiting = StoredValue::new(waiting);
    Effect::new(move || request_animation_frame(move || focus(new)));
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (pin, repeated) = (take_pin(new), take_pin(again));
        match check_new_pin(policy, &pin, &repeated) {
            Ok(()) => flow.set_pin(waiting.get_value(), pin),
            Err(what) => {
                trouble.set(Some(what.into()));
                active.set(new);
                focus(new);
            }
        }
    };
    let field = move |input: PinInput, id, label| {
        view! {
            <PinField
                input
                id
                label
                hint=words::digits(policy)
                disabled=false
                invalid=Signal::derive(move || trouble.with(Option::is_some))
                on_focus=Callback::new(move |()| active.set(input))
            />
        }
    };
    view! {
        <form class="change-pin" on:submit=on_submit novalidate>
            <p class="change-pin__hint">
                {text::new_pin_lead(&holder)} <br />
                {words::rules(policy)}
            </p>
            {field(new, "new-pin", words::NEW_PIN)}
            {field(again, "new-pin-again", words::REPEAT_PIN)}
            <PinPad input=active.into() disabled=false />
            <div role="alert">
                {move || trouble.get().map(|trouble| view! { <Notice trouble /> })}
            </div>
            <div class="dialog__actions">
                <button class="button" type="button" on:click=move |_| flow.cancel()>
                    {common::CANCEL}
                </button>
                <button class="button button--primary" type="submit">
                    {common::CONFIRM}
                </button>
            </div>
        </form>
    }
}

/// Whose card it is: 解锁 is for one card.
fn holder(flow: Flow) -> String {
    flow.operations.with_untracked(|operations| {
        let card = operations.cards.first();
        card.map_or_else(String::new, |card| card.holder_name.clone())
    })
}
