//! The field of a 证件编号 in a query. The browser's own check keeps a number
//! that can't be one from being sent; here it gets our sentence.

use leptos::{ev::Event, html, prelude::*};

use crate::text::{fields, list};

/// What the service takes ([`card_domain::IdNumber`]), as the browser's pattern:
/// full-width letters and digits too; what may stand between them is no matter
/// ([`card_domain::written::number`]).
const PATTERN: &str = r"([\s\-‐-―−－\u200b-\u200f\u2060\ufeff]*[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]){6,20}[\s\-‐-―−－\u200b-\u200f\u2060\ufeff]*";

/// The field, with its name.
#[island(lazy)]
pub(crate) fn IdNumberInput(
    /// Whether the number that was asked for was none.
    is_malformed: bool,
) -> impl IntoView {
    let malformed = RwSignal::new(is_malformed);
    let input = NodeRef::<html::Input>::new();
    let on_invalid = move |event: Event| {
        // Our sentence stands in the place of the browser's bubble, which
        // would have brought the focus along.
        event.prevent_default();
        malformed.set(true);
        if let Some(input) = input.get_untracked() {
            // A field that is gone by now has no focus to take.
            let _gone = input.focus();
        }
    };
    view! {
        <label class="field__name" for="id-number">
            {fields::ID_NUMBER}
        </label>
        <input
            class="input"
            node_ref=input
            id="id-number"
            name="id_number"
            pattern=PATTERN
            title=list::ID_NUMBER_MALFORMED
            maxlength="32"
            autocomplete="off"
            spellcheck="false"
            placeholder=list::ID_NUMBER_HINT
            aria-invalid=move || malformed.get().then_some("true")
            aria-describedby=move || {
                if malformed.get() { "id-number-error" } else { "id-number-whole" }
            }
            on:invalid=on_invalid
            on:input=move |_| malformed.set(false)
        />
        {move || {
            if malformed.get() {
                let sentence = if is_malformed {
                    list::ID_NUMBER_MALFORMED
                } else {
                    // Nothing was asked: the list is still the one before.
                    list::ID_NUMBER_MALFORMED_LIST_STAYS
                };
                view! {
                    <p class="field__error" id="id-number-error" role="alert">
                        {sentence}
                    </p>
                }
            } else {
                view! {
                    <p class="field__hint" id="id-number-whole" role="note">
                        {list::ID_NUMBER_WHOLE}
                    </p>
                }
            }
        }}
    }
}
