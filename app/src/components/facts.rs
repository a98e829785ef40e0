//! Names and values: a definition list.

use leptos::prelude::*;

/// A group of facts under a heading.
#[component]
pub(crate) fn Facts(
    /// The heading.
    title: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="facts">
            <h2 class="facts__title">{title}</h2>
            <dl class="facts__list">{children()}</dl>
        </section>
    }
}

/// A fact.
#[component]
pub(crate) fn Fact(
    /// Its name.
    name: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
