//! `/styleguide`: a sheet of all components in all states, for who changes their looks. There
//! is one while developing only (`cargo xtask dev`): a program that is built for release has
//! nothing of it, and no other shows it.

use leptos::prelude::*;

use crate::pages::not_found::NotFoundPage;

#[cfg(debug_assertions)]
mod samples;
#[cfg(debug_assertions)]
mod sheet;

/// The sheet, or the page for an address that leads nowhere.
#[component]
pub(crate) fn StyleguidePage() -> impl IntoView {
    #[cfg(debug_assertions)]
    if crate::root::is_development() {
        return view! { <sheet::Sheet /> }.into_any();
    }
    view! { <NotFoundPage /> }.into_any()
}
