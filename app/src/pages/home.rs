//! The bare address: it leads everybody to the own first page.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    components::error_panel::ErrorPage,
    session::{Session, home_of},
};

/// Sends a session to its home and everybody else to the login.
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let Some(session) = Session::use_it() else {
                    return ().into_any();
                };
                match session.answer().await {
                    Ok(Some(view)) => view! { <Redirect path=home_of(view.role) /> }.into_any(),
                    Ok(None) => view! { <Redirect path="/login" /> }.into_any(),
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}
