//! The first heading of a page, which also takes the focus when wasm brought
//! the page, so that a screen reader hears where it is.

use leptos::{prelude::*, wasm_bindgen::JsCast as _, web_sys::HtmlElement};
use leptos_meta::Title;

use crate::text::common;

/// The id of a page's first heading.
const HEADING_ID: &str = "page-heading";

/// Moves the focus to the page's first heading.
pub(crate) fn focus_heading() {
    let heading = document().get_element_by_id(HEADING_ID);
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        // A heading that is gone by now has no focus to take.
        let _gone = heading.focus();
    }
}

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
                <h1 id=HEADING_ID tabindex="-1">
                    {title}
                </h1>
                {purpose.map(|purpose| view! { <p class="page-heading__purpose">{purpose}</p> })}
            </div>
            {children.map(|children| children())}
        </header>
    }
}
