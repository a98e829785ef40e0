//! The legal-person card comes back: the session that waits for it goes on once
//! the card has signed.

use leptos::prelude::*;

use super::{
    card_status::CardStatus,
    login_panel::{Back, LoginForm},
};
use crate::device::{Wanted, use_device};

/// What to do, the card's status and the PIN.
#[component]
pub(super) fn ReturnCard(
    /// What to do.
    #[prop(into)]
    lead: Signal<String>,
    /// The card that logged in.
    signer: Wanted,
    /// Runs when the session goes on.
    on_back: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="return-card">
            <p class="return-card__lead">{move || lead.get()}</p>
            <CardStatus />
            <LoginForm back=Back { signer, on_back } />
        </section>
    }
}

/// The same as a page's own part. When the card is back the page is loaded anew.
#[island(lazy)]
pub(crate) fn ReturnPanel(
    /// What to do.
    lead: String,
    /// The card that logged in.
    signer: Wanted,
) -> impl IntoView {
    use_device().let_go_when_connected();
    let on_back = Callback::new(|()| {
        // A browser that refuses leaves the page as it is; 刷新 does the same.
        let _refused = window().location().reload();
    });
    view! { <ReturnCard lead=Signal::stored(lead) signer on_back /> }
}
