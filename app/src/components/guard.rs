//! Lets those in whose page it is, and sends everybody else to theirs.

use card_domain::Role;
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    api::{ErrorCode, calls},
    components::error_panel::ErrorPage,
    left::Left,
    pages::locked::LockedPage,
    terminal::start_address,
};

/// Shows its children to a session of this `role`, with the
/// [`crate::api::model::SessionView`] in their context.
#[component]
pub(crate) fn Guard(
    /// Whose page it is.
    role: Role,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Suspense>
            {move || {
                // Its own: a client that goes away takes this component with it.
                let children = children.clone();
                Suspend::new(async move {
                match calls::session().await {
                    Ok(Some(view)) if view.role == role && view.locked_until.is_some() => {
                        provide_context(view.clone());
                        view! { <LockedPage session=view /> }.into_any()
                    }
                    Ok(Some(view)) if view.role == role => {
                        provide_context(view);
                        children().into_any()
                    }
                    Ok(Some(view)) => view! { <Redirect path=view.home() /> }.into_any(),
                    Ok(None) => view! { <Redirect path=start_address() /> }.into_any(),
                    Err(error) if error.code == ErrorCode::SessionEnded => {
                        view! { <Redirect path=Left::Ended.address() /> }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
                })
            }}
        </Suspense>
    }
}
