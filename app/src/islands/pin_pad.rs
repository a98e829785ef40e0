//! The field for a PIN and its pad of digits. The field is not controlled: a
//! PIN lives in the browser's own element until it is taken, and nothing of
//! the page's state ever holds it. The pad shows under a finger only
//! (`style/kiosk/dialog.css`).
//!
//! For a browser the field is none of a password: its digits are hidden by the style
//! (ADR 46), so that no password manager offers to keep a PIN for whoever comes next.

use card_domain::written;
use card_protocol::{Pin, bridge::PinText};
use leptos::{
    ev, html,
    prelude::*,
    web_sys::{Event, HtmlInputElement},
};

use crate::{
    terminal::is_terminal,
    text::{Text, device as text},
};

/// The most digits that [`Pin`] takes.
const MAX_DIGITS: usize = 8;

/// The element that holds a PIN while it is typed.
pub(crate) type PinInput = NodeRef<html::Input>;

/// The element, while it is there: the dialog that it is in may be closed by now.
fn element(input: PinInput) -> Option<HtmlInputElement> {
    input.try_get_untracked().flatten()
}

/// What was typed, in the form that counts: an input method's full-width digits are
/// digits. The field keeps it as it is.
pub(crate) fn read_pin(input: PinInput) -> PinText {
    let input = element(input);
    let typed = PinText(input.map_or_else(String::new, |input| input.value()));
    PinText(written::pin(&typed.0))
}

/// Takes what was typed out of the field, which is empty afterwards.
pub(crate) fn take_pin(input: PinInput) -> PinText {
    let pin = read_pin(input);
    clear(input);
    pin
}

/// Whether it is a PIN as a card takes it.
pub(crate) fn has_pin_form(typed: &PinText) -> bool {
    Pin::new(&typed.0).is_ok()
}

/// Takes the PIN out of the field if it has the form of one; else the field
/// keeps it, and the focus.
pub(crate) fn take_well_formed_pin(input: PinInput) -> Option<PinText> {
    let typed = read_pin(input);
    if has_pin_form(&typed) {
        clear(input);
        return Some(typed);
    }
    focus(input);
    None
}

/// Empties the field.
pub(crate) fn clear(input: PinInput) {
    if let Some(input) = element(input) {
        input.set_value("");
    }
}

/// Moves the focus to the field.
pub(crate) fn focus(input: PinInput) {
    if let Some(input) = element(input) {
        // A field that is gone by now has no focus to take.
        let _gone = input.focus();
    }
}

/// A labelled field for a PIN, with a pad of digits on touch terminals.
#[component]
pub(crate) fn PinField(
    /// The element, for [`take_pin`].
    input: PinInput,
    /// The element's id; `…-hint` names its hint.
    id: &'static str,
    /// What the field is called.
    #[prop(default = text::PIN)]
    label: Text,
    /// What it takes.
    #[prop(default = String::from(text::PIN_HINT))]
    hint: String,
    /// Whether it takes nothing now.
    #[prop(into)]
    disabled: Signal<bool>,
    /// Whether what was typed is wrong.
    #[prop(optional, into)]
    invalid: Signal<bool>,
    /// Whether it takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// Runs when the field takes the focus. Such a field has no pad of its
    /// own: several fields share one.
    #[prop(optional, into)]
    on_focus: Option<Callback<()>>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    // Where the pad is, the machine's own keyboard stays away.
    let input_mode = RwSignal::new("numeric");
    let keep_keyboard_away = move || {
        if is_terminal() || has_pad() {
            input_mode.set("none");
        }
    };
    Effect::new(keep_keyboard_away);
    let kind = RwSignal::new("text");
    Effect::new(move || {
        if !is_hidden(input) {
            kind.set("password");
        }
    });
    // A disabled field takes no focus: it gets it when it is first enabled.
    Effect::new(move |focused: Option<bool>| {
        let now = autofocus && !disabled.get() && focused != Some(true);
        if now {
            request_animation_frame(move || focus(input));
        }
        now || focused == Some(true)
    });
    on_cleanup(move || clear(input));
    // A browser may show a page that was left again as it was.
    Effect::new(move || {
        let left = window_event_listener(ev::pagehide, move |_| clear(input));
        on_cleanup(move || left.remove());
    });
    view! {
        <div class="pin-field">
            <label class="pin-field__label" for=id>
                {label}
            </label>
            <input
                class="pin-field__input"
                node_ref=input
                id=id
                type=kind
                inputmode=input_mode
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength=MAX_DIGITS.to_string()
                required
                aria-describedby=hint_id.clone()
                aria-invalid=move || invalid.get().then_some("true")
                disabled=disabled
                on:copy=keep
                on:cut=keep
                on:dragstart=keep
                on:focus=move |_| {
                    keep_keyboard_away();
                    if let Some(on_focus) = on_focus {
                        on_focus.run(());
                    }
                }
            />
            <p class="pin-field__hint" id=hint_id>
                {hint}
            </p>
            {on_focus.is_none().then(|| view! { <PinPad input=Signal::stored(input) disabled /> })}
        </div>
    }
}

/// What a browser does by itself with the digits of a text: with a PIN it doesn't.
fn keep(event: impl AsRef<Event>) {
    event.as_ref().prevent_default();
}

/// Whether the style hides what is typed: in a browser that can't, or without the style,
/// the field has to be one of a password.
fn is_hidden(input: PinInput) -> bool {
    let hidden = || {
        let input = input.get()?;
        let style = window().get_computed_style(&input).ok()??;
        style.get_property_value("-webkit-text-security").ok()
    };
    hidden().as_deref() == Some("disc")
}

/// Whether the style shows the pad here. The rule stands in the style only; this asks
/// for its outcome.
fn has_pad() -> bool {
    let Ok(Some(pad)) = document().query_selector(".pin-pad") else {
        return false;
    };
    pad.client_height() > 0
}

/// The pad: twelve keys that type into the field, which has the focus meanwhile: so one
/// sees which of several it is.
#[component]
pub(crate) fn PinPad(
    /// The field to type into.
    input: Signal<PinInput>,
    /// Whether it takes nothing now.
    #[prop(into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let press = move |digit: char| {
        focus(input.get_untracked());
        if let Some(input) = input.get_untracked().get_untracked() {
            let mut typed = PinText(input.value());
            if typed.0.len() < MAX_DIGITS {
                typed.0.push(digit);
                input.set_value(&typed.0);
            }
        }
    };
    let back = move |_| {
        focus(input.get_untracked());
        if let Some(input) = input.get_untracked().get_untracked() {
            let mut typed = PinText(input.value());
            typed.0.pop();
            input.set_value(&typed.0);
        }
    };
    let key = move |digit: char| {
        view! {
            <button
                class="pin-pad__key"
                type="button"
                disabled=disabled
                on:click=move |_| press(digit)
            >
                {digit}
            </button>
        }
    };
    view! {
        // A key that is pressed takes the focus from no field.
        <div
            class="pin-pad"
            role="group"
            aria-label=text::PAD
            on:mousedown=|event| event.prevent_default()
        >
            {('1'..='9').map(key).collect_view()}
            <button
                class="pin-pad__key pin-pad__key--word"
                type="button"
                disabled=disabled
                on:click=move |_| {
                    focus(input.get_untracked());
                    clear(input.get_untracked());
                }
            >
                {text::PAD_CLEAR}
            </button>
            {key('0')}
            <button
                class="pin-pad__key pin-pad__key--word"
                type="button"
                disabled=disabled
                on:click=back
            >
                {text::PAD_BACK}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_takes_as_many_digits_as_a_pin_has() {
        let pin = |digits: usize| PinText("2".repeat(digits));
        assert!(has_pin_form(&pin(MAX_DIGITS)));
        assert!(!has_pin_form(&pin(MAX_DIGITS + 1)));
        // The form of a PIN is ASCII; what was typed is put into it before.
        let wide = "１２３４５６";
        assert!(!has_pin_form(&PinText(String::from(wide))));
        assert!(has_pin_form(&PinText(written::pin(wide))));
    }
}
