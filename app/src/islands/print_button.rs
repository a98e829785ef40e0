//! 打印: the browser's own dialog; `style/print.css` has the paper's form.

use leptos::prelude::*;

use crate::islands::hydrated::use_hydrated;

/// The button.
#[island(lazy)]
pub(crate) fn PrintButton(
    /// What it says.
    label: String,
) -> impl IntoView {
    let hydrated = use_hydrated();
    view! {
        <button
            class="button"
            type="button"
            disabled=move || !hydrated.get()
            on:click=move |_| {
                // A browser that can't print says so itself.
                let _refused = window().print();
            }
        >
            {label}
        </button>
    }
}
