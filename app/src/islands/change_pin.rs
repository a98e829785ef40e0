//! 修改密码: the holder changes the PIN of the card in the reader. The old and
//! the new one go from the fields to the card; the service never sees either.

use card_protocol::{
    CardError, PinPolicy,
    bridge::{PinEntry, PinText},
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};

use crate::{
    components::{
        icon::{Icon, Symbol},
        notice::{Notice, Trouble},
    },
    device::{DeviceStatus, Wanted, again::outlives_its_card, use_device},
    islands::{
        card_status::CardStatus,
        demo_drawer::DemoDrawer,
        hydrated::use_hydrated,
        modal::Modal,
        new_pin::{Unfit, check_new_pin},
        pin_pad::{PinField, PinInput, PinPad, clear, focus, has_pin_form, read_pin},
    },
    text::{common, device as words, errors, new_pin, own_card as text},
};

/// Why the PIN was not changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The old PIN is none.
    OldForm,
    /// What was typed twice is no new PIN.
    New(Unfit),
    /// The new PIN is the old one.
    Same,
    /// It is not the card of the session.
    NotYours,
    /// The card, or the way to it.
    Card(CardError),
}

impl Failure {
    fn trouble(self) -> Trouble {
        Trouble::plain(&match self {
            Self::OldForm => words::PIN_FORM,
            Self::Same => text::SAME,
            Self::NotYours => text::NOT_YOURS,
            Self::New(what) => return what.into(),
            Self::Card(error) => return errors::pin_sentences(error).into(),
        })
    }

    const fn is_about_old(self) -> bool {
        matches!(self, Self::OldForm | Self::Card(CardError::WrongPin { .. }))
    }

    const fn is_about_new(self) -> bool {
        matches!(
            self,
            Self::New(_) | Self::Same | Self::Card(CardError::WeakPin { .. })
        )
    }

    /// Which of the three fields have to be typed again: the PIN as it is, the
    /// new one, the same again. A card that is blocked takes none of them.
    const fn retyped(self) -> [bool; 3] {
        let is_over = matches!(self, Self::Card(CardError::PinBlocked));
        let (old, new) = (self.is_about_old(), self.is_about_new());
        [old || is_over, new || is_over, new || is_over]
    }
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Idle,
    Changing,
    Changed,
    Failed(Failure),
}

/// Checks what was typed, before the card is asked.
fn check(policy: PinPolicy, old: &PinText, new: &PinText, again: &PinText) -> Result<(), Failure> {
    if !has_pin_form(old) {
        return Err(Failure::OldForm);
    }
    check_new_pin(policy, new, again).map_err(Failure::New)?;
    if new.0 == old.0 {
        return Err(Failure::Same);
    }
    Ok(())
}

/// The id of the heading that names the dialog.
const TITLE: &str = "change-pin-title";

/// The rules for a new PIN, on their way to the island. They are read by way of
/// a `Value`, as the service's answers are: a reader of their own would be
/// another half kilobyte in the browser (ADR 16).
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub(crate) struct Rules(pub(crate) PinPolicy);

impl TryFrom<serde_json::Value> for Rules {
    type Error = serde_json::Error;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        serde_json::from_value(value).map(Self)
    }
}

/// The button that opens the dialog, and the dialog.
#[island(lazy)]
pub(crate) fn ChangePin(
    /// The card that is logged in.
    own: Wanted,
    /// What a new PIN has to look like.
    rules: Rules,
) -> impl IntoView {
    let Rules(policy) = rules;
    let own = StoredValue::new(own);
    let hydrated = use_hydrated();
    let open = RwSignal::new(false);
    view! {
        <button
            class="button"
            type="button"
            disabled=move || !hydrated.get()
            on:click=move |_| open.set(true)
        >
            <Icon symbol=Symbol::Lock />
            {text::CHANGE_PIN}
        </button>
        <Modal open labelled_by=TITLE>
            <h2 class="dialog__title" id=TITLE>
                {text::CHANGE_PIN}
            </h2>
            <ChangePinForm own policy on_close=move |()| open.set(false) />
            <DemoDrawer />
        </Modal>
    }
}

#[component]
fn ChangePinForm(
    own: StoredValue<Wanted>,
    policy: PinPolicy,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let device = use_device();
    let [old, new, again] = std::array::from_fn(|_| NodeRef::<html::Input>::new());
    let active = RwSignal::new(old);
    let progress = RwSignal::new(Progress::Idle);
    let disabled = Signal::derive(move || progress.get() == Progress::Changing);
    let takes_no_pin = Memo::new(move |_| device.takes_no_pin());
    let in_page = move || device.pin_entry.get() == PinEntry::Page;
    let changed = move || progress.get() == Progress::Changed;
    let about = move |which: fn(Failure) -> bool| {
        Signal::derive(move || matches!(progress.get(), Progress::Failed(what) if which(what)))
    };
    // What has to be typed again is emptied, and the first of it takes the
    // focus; if nothing has, one goes on where one was.
    let fail = move |what: Failure| {
        progress.set(Progress::Failed(what));
        let fields = [old, new, again].into_iter().zip(what.retyped());
        let mut retyped = fields.filter_map(|(field, again)| again.then_some(field));
        if let Some(first) = retyped.next() {
            active.set(first);
            clear(first);
            retyped.for_each(clear);
        }
        // The fields are enabled again in the next frame.
        request_animation_frame(move || focus(active.get_untracked()));
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if progress.get_untracked() == Progress::Changing {
            return;
        }
        let Some(card) = untrack(|| device.card()) else {
            let error = untrack(|| device.face()).map(|face| face.kind.trouble());
            let error = error.or_else(|| device.status.with_untracked(DeviceStatus::error));
            return fail(Failure::Card(error.unwrap_or(CardError::NoCard)));
        };
        if untrack(|| own.with_value(|own| device.stranger(own))).is_some() {
            return fail(Failure::NotYours);
        }
        let (old_pin, new_pin) = if untrack(in_page) {
            let [old_pin, new_pin, repeated] = [old, new, again].map(read_pin);
            if let Err(what) = check(policy, &old_pin, &new_pin, &repeated) {
                return fail(what);
            }
            (Some(old_pin), Some(new_pin))
        } else {
            (None, None)
        };
        progress.set(Progress::Changing);
        spawn_local(async move {
            let outcome = device.change_pin(card, old_pin, new_pin).await;
            match outcome {
                Ok(()) => {
                    [old, new, again].into_iter().for_each(clear);
                    progress.set(Progress::Changed);
                }
                Err(error) => fail(Failure::Card(error)),
            }
        });
    };
    // What was said of a card is not for the next.
    Effect::new(move |before: Option<Option<(String, u64)>>| {
        let card = device.insertion();
        if let Progress::Failed(Failure::Card(error)) = progress.get_untracked()
            && before.is_some_and(|before| before != card)
            && !outlives_its_card(error, card.is_none())
        {
            progress.set(Progress::Idle);
        }
        card
    });
    let field = move |input: PinInput, id, label, hint, invalid: Signal<bool>| {
        view! {
            <PinField
                input
                id
                label
                hint
                disabled
                invalid
                on_focus=Callback::new(move |()| active.set(input))
            />
        }
    };
    let fields = move || {
        view! {
            {field(
                old,
                "old-pin",
                text::OLD_PIN,
                String::from(words::PIN_HINT),
                about(Failure::is_about_old),
            )}
            {field(
                new,
                "new-pin",
                new_pin::NEW_PIN,
                new_pin::digits(policy),
                about(Failure::is_about_new),
            )}
            {field(
                again,
                "new-pin-again",
                new_pin::REPEAT_PIN,
                new_pin::digits(policy),
                about(Failure::is_about_new),
            )}
            <PinPad input=active.into() disabled />
        }
    };
    view! {
        <form class="change-pin" on:submit=on_submit novalidate>
            <Show
                when=move || !changed()
                fallback=move || view! { <Changed on_close /> }
            >
                <p class="change-pin__hint">
                    {text::CHANGE_PIN_HINT} <br /> {text::new_pin_rules(policy)}
                </p>
                <CardStatus />
                {move || {
                    if takes_no_pin.get() {
                        ().into_any()
                    } else if in_page() {
                        fields().into_any()
                    } else {
                        view! { <p class="login__outside">{words::NEW_PIN_OUTSIDE}</p> }.into_any()
                    }
                }}
                <div role="alert">
                    {move || match progress.get() {
                        Progress::Failed(what) => Some(view! { <Notice trouble=what.trouble() /> }),
                        _ => None,
                    }}
                </div>
                <p class="change-pin__progress" role="status">
                    {move || (progress.get() == Progress::Changing).then_some(text::CHANGING)}
                </p>
                <div class="dialog__actions">
                    <button class="button" type="button" on:click=move |_| on_close.run(())>
                        {common::CANCEL}
                    </button>
                    <button class="button button--primary" type="submit" disabled=disabled>
                        {common::CONFIRM}
                    </button>
                </div>
            </Show>
        </form>
    }
}

/// It is done: nothing is left to be typed.
#[component]
fn Changed(on_close: Callback<()>) -> impl IntoView {
    view! {
        <p class="change-pin__progress" role="status">
            {text::CHANGED}
        </p>
        <p class="change-pin__hint">{text::CHANGED_HINT}</p>
        <div class="dialog__actions">
            <button
                class="button button--primary"
                type="button"
                on:click=move |_| on_close.run(())
            >
                {common::CLOSE}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::PinWeakness;

    use super::*;

    #[test]
    fn what_was_typed_is_checked_before_the_card_is_asked() {
        let pin = |text: &str| PinText(String::from(text));
        let weak = |weakness| Err(Failure::New(Unfit::Weak(weakness)));
        let different = Err(Failure::New(Unfit::Different));
        for (old, new, again, expected) in [
            ("1", "246813", "246813", Err(Failure::OldForm)),
            ("111111", "12345", "12345", weak(PinWeakness::Length)),
            ("111111", "123456", "123456", weak(PinWeakness::Run)),
            ("111111", "000000", "000000", weak(PinWeakness::Repeat)),
            ("111111", "121212", "121212", weak(PinWeakness::Repeat)),
            ("111111", "246813", "246814", different),
            ("246813", "246813", "246813", Err(Failure::Same)),
            ("111111", "246813", "246813", Ok(())),
        ] {
            let checked = check(PinPolicy::default(), &pin(old), &pin(new), &pin(again));
            assert!(checked == expected, "{new}");
        }
    }

    #[test]
    fn only_what_was_wrong_is_typed_again() {
        let wrong_pin = serde_json::from_str(r#"{"code":"wrong_pin","tries_left":2}"#).unwrap();
        let weak = Unfit::Weak(PinWeakness::Run);
        for (what, expected) in [
            (Failure::OldForm, [true, false, false]),
            (Failure::Card(wrong_pin), [true, false, false]),
            (Failure::New(Unfit::Different), [false, true, true]),
            (Failure::New(weak), [false, true, true]),
            (Failure::Same, [false, true, true]),
            (Failure::NotYours, [false; 3]),
            (Failure::Card(CardError::CardRemoved), [false; 3]),
            (Failure::Card(CardError::PinBlocked), [true; 3]),
        ] {
            assert_eq!(what.retyped(), expected);
        }
    }
}
