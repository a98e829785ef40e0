//! The first heading of a page, and its title.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::text::common;

/// Heading and title of a page.
#[component]
pub(crate) fn PageHeading(
    /// What the page is called.
    #[prop(into)]
    title: String,
    /// What it is for, in one line.
    #[prop(optional, into)]
    purpose: Option<String>,
    /// What stands at the right of it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Title text=common::title(&title) />
        <header class="page-heading">
            <div>
                <h1>{title}</h1>
                {purpose.map(|purpose| view! { <p class="page-heading__purpose">{purpose}</p> })}
            </div>
            {children.map(|children| children())}
        </header>
    }
}
