//! The page for an address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::text::common;

/// The whole page, for an address outside of every frame.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <main id="main">
            <NotFound />
        </main>
    }
}

/// Says so and leads home.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text=common::title(common::NOT_FOUND) />
        <div class="lone">
            <p class="lone__code" aria-hidden="true">
                "404"
            </p>
            <h1 class="lone__title">{common::NOT_FOUND}</h1>
            <p class="lone__text">{common::NOT_FOUND_HINT}</p>
            <a class="button button--primary" href="/">
                {common::TO_HOME}
            </a>
        </div>
    }
}
