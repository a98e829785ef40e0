//! Lets those in whose page it is, and sends everybody else to theirs.

use card_domain::Role;
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{api::calls, components::error_panel::ErrorPage, pages::locked::LockedPage};

/// Shows its children to a session of this `role`, with the
/// [`crate::api::model::SessionView`] in their context.
#[component]
pub(crate) fn Guard(
    /// Whose page it is.
    role: Role,
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match calls::session().await {
                    Ok(Some(view)) if view.role == role && view.locked_until.is_some() => {
                        provide_context(view.clone());
                        view! { <LockedPage session=view /> }.into_any()
                    }
                    Ok(Some(view)) if view.role == role => {
                        provide_context(view);
                        children.with_value(|children| children()).into_any()
                    }
                    Ok(Some(view)) => view! { <Redirect path=view.home() /> }.into_any(),
                    Ok(None) => view! { <Redirect path="/login" /> }.into_any(),
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}
