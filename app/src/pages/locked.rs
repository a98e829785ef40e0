//! The page of a session that waits for the legal-person card: it was pulled
//! for an operation on an operator's card, and nothing else is shown until it
//! is back.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::model::SessionView,
    components::{
        icon::{Icon, Symbol},
        top_bar::TopBar,
    },
    islands::return_card::ReturnPanel,
    text::{common, dates, operate as text, session as words},
};

/// The page.
#[component]
pub(crate) fn LockedPage(
    /// Whose session it is.
    session: SessionView,
) -> impl IntoView {
    let until = session
        .locked_until
        .map(|time| text::locked_until(&dates::minute(time)));
    view! {
        <Title text=common::title(&words::locked(session.role)) />
        <TopBar />
        <main class="main locked" id="main">
            <section class="panel locked__panel">
                <h1 class="locked__title">
                    <Icon symbol=Symbol::Lock />
                    {words::locked(session.role)}
                </h1>
                <ReturnPanel lead=words::bring_back(session.role, &session.holder_name) signer=session.into() />
                <p class="locked__until">{until}</p>
            </section>
        </main>
    }
}
