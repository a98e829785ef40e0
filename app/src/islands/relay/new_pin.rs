//! 解锁: the holder of the card types a new PIN, twice. It goes from the field
//! to the card; the service never sees it.

use card_protocol::{CardError, Pin, bridge::PinText};
use leptos::{html, prelude::*};

use super::flow::{Flow, Waiting};
use crate::{
    components::notice::{Notice, Trouble},
    islands::pin_pad::{PinField, PinInput, PinPad, focus, take_pin},
    text::{common, errors, operate as text, own_card},
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
        match check(policy, &pin, &repeated) {
            Ok(()) => flow.set_pin(waiting.get_value(), pin),
            Err(what) => {
                trouble.set(Some(what));
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
                {text::new_pin_rules(
                    policy.min_digits,
                    policy.max_digits,
                    policy.no_runs,
                    policy.no_repeats,
                )}
            </p>
            {field(new, "new-pin", own_card::NEW_PIN)}
            {field(again, "new-pin-again", own_card::REPEAT_PIN)}
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

/// Checks what was typed, before the card is asked.
fn check(policy: card_protocol::PinPolicy, pin: &PinText, again: &PinText) -> Result<(), Trouble> {
    let weak = |weakness| Trouble::from(errors::card_sentences(CardError::WeakPin { weakness }));
    let typed = Pin::new(&pin.0).map_err(|_form| weak(card_protocol::PinWeakness::Length))?;
    policy.check(&typed).map_err(weak)?;
    if pin.0 != again.0 {
        return Err(Trouble::plain(own_card::DIFFERENT));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use card_protocol::PinPolicy;

    use super::*;

    #[test]
    fn what_was_typed_is_checked_before_the_card_is_asked() {
        let pin = |text: &str| PinText(String::from(text));
        for (new, again, good) in [
            ("12345", "12345", false),
            ("123456", "123456", false),
            ("121212", "121212", false),
            ("246813", "246814", false),
            ("246813", "246813", true),
        ] {
            let checked = check(PinPolicy::default(), &pin(new), &pin(again));
            assert_eq!(checked.is_ok(), good, "{new}");
        }
    }
}
