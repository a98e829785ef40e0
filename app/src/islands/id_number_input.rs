//! The field of a 证件编号 in a query. The browser's own check keeps a number
//! that can't be one from being sent; here it gets our sentence.

use leptos::{ev::Event, html, prelude::*};

use crate::text::{fields, list};

/// What the service takes ([`card_domain::IdNumber`]), as the browser's
/// pattern; blanks in it are no matter.
const PATTERN: &str = r"(\s*[0-9A-Za-z]){6,20}\s*";

/// The field, with its name.
#[island(lazy)]
pub(crate) fn IdNumberInput() -> impl IntoView {
    let malformed = RwSignal::new(false);
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
            aria-describedby=move || malformed.get().then_some("id-number-error")
            on:invalid=on_invalid
            on:input=move |_| malformed.set(false)
        />
        {move || {
            malformed
                .get()
                .then(|| {
                    view! {
                        <p class="field__error" id="id-number-error" role="alert">
                            {list::ID_NUMBER_MALFORMED}
                        </p>
                    }
                })
        }}
    }
}
