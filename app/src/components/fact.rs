//! A name and its value, in a definition list.

use leptos::prelude::*;

use crate::text::Text;

/// A fact.
#[component]
pub(crate) fn Fact(
    /// Its name.
    name: Text,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
