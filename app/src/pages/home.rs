//! The bare address: it leads everybody to the own first page.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{api::calls, components::error_panel::ErrorPage, terminal::start_address};

/// Sends a session to its home and everybody else to the login.
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match calls::session().await {
                    Ok(Some(view)) => view! { <Redirect path=view.home() /> }.into_any(),
                    Ok(None) => view! { <Redirect path=start_address() /> }.into_any(),
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}
