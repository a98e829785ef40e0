//! What went wrong, what to do now, and the one button that helps.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::ApiError,
    components::{
        icon::{Icon, Symbol},
        notice::Notice,
        page_tools::PageTools,
        preload::PreloadIslands,
    },
    islands::back_to_start::BackToStart,
    terminal::{is_terminal, start_address},
    text::common,
};

/// An error in the place of what could not be shown. The answer's status says
/// it too.
#[component]
pub(crate) fn ErrorPanel(
    /// What went wrong.
    error: ApiError,
    /// Whether to lead home: what was asked for can't be asked for again by its address.
    #[prop(optional)]
    home: bool,
) -> impl IntoView {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(super::http_status::of(error.code));
    }
    let button = if error.code.wants_login() {
        view! {
            <a class="button button--primary" href=start_address()>
                {common::TO_LOGIN}
            </a>
        }
        .into_any()
    } else if home {
        view! {
            <a class="button button--primary" href="/">
                {common::TO_HOME}
            </a>
        }
        .into_any()
    } else {
        // The empty address is the page's own: it is asked for once more.
        view! {
            <a class="button" href="">
                {common::RETRY}
            </a>
        }
        .into_any()
    };
    view! {
        <div role="alert">
            <Notice trouble=error.into()>{button}</Notice>
        </div>
    }
}

/// An error in the place of a whole page.
#[component]
pub(crate) fn ErrorPage(
    /// What went wrong.
    error: ApiError,
    /// See [`ErrorPanel`].
    #[prop(optional)]
    home: bool,
) -> impl IntoView {
    let title = if error.code.wants_login() {
        common::STOPPED
    } else {
        common::FAILED
    };
    view! {
        <Title text=common::title(&title) />
        <PageTools alone=true />
        <main class="lone" id="main">
            <Icon symbol=Symbol::Emblem />
            <h1 class="lone__title">{title}</h1>
            <ErrorPanel error home />
        </main>
        {is_terminal().then(|| view! {
            <PreloadIslands />
            <BackToStart card_out=false />
        })}
    }
}
