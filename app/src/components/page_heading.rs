//! The first heading of a page, and its title.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::text::{Text, common};

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

/// The heading of a page about somebody: what kind of page it is, who, and how that is.
#[component]
pub(crate) fn PersonHeading(
    /// What kind of page it is.
    kind: Text,
    /// Who.
    holder_name: String,
    /// What is done there; the browser's title says it after the name.
    what: Text,
    /// What stands behind the name.
    #[prop(into)]
    state: AnyView,
    /// What stands at the right of it.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=common::title(&common::person_and(&holder_name, &what)) />
        <header class="page-heading">
            <h1 class="page-heading__person">
                <span class="page-heading__kind">{kind}</span>
                <span class="page-heading__name">{holder_name}</span>
                {state}
            </h1>
            {children()}
        </header>
    }
}
