//! What went wrong, what to do now, and the one button that helps.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{ApiError, ErrorCode},
    components::icon::{Icon, Symbol},
    text::common,
};

/// Whether only a new login helps.
const fn wants_login(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotLoggedIn | ErrorCode::SessionEnded | ErrorCode::CardStopped(_)
    )
}

/// Tells the browser of the answer's kind when the server renders the error.
fn set_status(code: ErrorCode) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(super::http_status::of(code));
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}

/// An error in the place of what could not be shown.
#[component]
pub(crate) fn ErrorPanel(
    /// What went wrong.
    error: ApiError,
    /// Asks again, where that can help.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    set_status(error.code);
    let button = if wants_login(error.code) {
        Some(
            view! {
                <a class="button button--primary" href="/login" rel="external">
                    {common::TO_LOGIN}
                </a>
            }
            .into_any(),
        )
    } else {
        retry.map(|retry| {
            view! {
                <button class="button" type="button" on:click=move |_| retry.run(())>
                    {common::RETRY}
                </button>
            }
            .into_any()
        })
    };
    view! {
        <div class="notice notice--error" role="alert">
            <Icon symbol=Symbol::Warning />
            <div class="notice__body">
                <p class="notice__title">{error.message}</p>
                <p class="notice__hint">{error.next_step}</p>
                <RequestId id=error.request_id />
            </div>
            {button}
        </div>
    }
}

/// The number to be named when asking for help.
#[component]
pub(crate) fn RequestId(
    /// The request's id; nothing is shown when it is empty.
    id: String,
) -> impl IntoView {
    (!id.is_empty()).then(|| {
        view! {
            <p class="notice__request">
                {common::REQUEST_ID}" "<code>{id}</code>
            </p>
        }
    })
}

/// An error in the place of a whole page.
#[component]
pub(crate) fn ErrorPage(
    /// What went wrong.
    error: ApiError,
) -> impl IntoView {
    let title = if wants_login(error.code) {
        common::STOPPED
    } else {
        common::FAILED
    };
    view! {
        <Title text=common::title(title) />
        <main class="lone" id="main">
            <Icon symbol=Symbol::Emblem />
            <h1 class="lone__title">{title}</h1>
            <ErrorPanel error />
        </main>
    }
}
