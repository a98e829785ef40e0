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

/// Whether the page was rendered by the server and has not been left yet.
#[derive(Clone, Copy)]
struct FirstPage(StoredValue<bool>);

/// Remembers which page was the first; see [`PageHeading`].
pub(crate) fn provide_first_page() {
    let first = StoredValue::new(true);
    provide_context(FirstPage(first));
    // By the next frame all of the first page has been taken over.
    Effect::new(move || request_animation_frame(move || first.set_value(false)));
}

/// Leaves the focus of a page that the browser loaded alone, and moves it to
/// the heading of every page after.
fn lead_to_heading() {
    let first = use_context::<FirstPage>();
    Effect::new(move || {
        if first.is_some_and(|FirstPage(first)| !first.get_value()) {
            focus_heading();
        }
    });
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
    lead_to_heading();
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
