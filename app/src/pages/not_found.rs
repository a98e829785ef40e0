//! The page for an address that leads nowhere.

use card_domain::Role;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{calls, model::SessionView},
    components::{page_tools::PageTools, preload::PreloadIslands, top_bar::TopBar},
    islands::back_to_start::BackToStart,
    pages::{locked::LockedPage, manage::Frame},
    terminal::is_terminal,
    text::common,
};

/// The whole page, for an address outside of every frame: in the frame of the
/// session's other pages, and alone when there is no session. Why a session is
/// over, the page behind the link says.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match calls::session().await {
                    Ok(Some(session)) => view! { <InFrame session /> }.into_any(),
                    Ok(None) | Err(_) => {
                        view! {
                            <PageTools alone=true />
                            <main id="main">
                                <NotFound />
                            </main>
                            {is_terminal()
                                .then(|| {
                                    view! {
                                        <PreloadIslands />
                                        <BackToStart card_out=false />
                                    }
                                })}
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn InFrame(session: SessionView) -> impl IntoView {
    provide_context(session.clone());
    if session.locked_until.is_some() {
        set_status();
        return view! { <LockedPage session /> }.into_any();
    }
    match session.role {
        Role::LegalPerson => view! {
            <Frame>
                <NotFound />
            </Frame>
        }
        .into_any(),
        Role::Operator => view! {
            <TopBar />
            <main class="main main--own" id="main">
                <NotFound />
            </main>
        }
        .into_any(),
    }
}

/// Says so and leads home.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    set_status();
    let home = use_context::<SessionView>().map_or("/", |session| session.home());
    view! {
        <Title text=common::title(&common::NOT_FOUND) />
        <div class="lone">
            <p class="lone__code" aria-hidden="true">
                "404"
            </p>
            <h1 class="lone__title">{common::NOT_FOUND}</h1>
            <p class="lone__text">{common::NOT_FOUND_HINT}</p>
            <a class="button button--primary" href=home>
                {common::TO_HOME}
            </a>
        </div>
    }
}

fn set_status() {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
}
