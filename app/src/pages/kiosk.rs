//! `/kiosk`, the attract screen of a terminal: what to do, for whom, and whom to call.
//! The service ends whatever session was before it shows it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{
        icon::{Icon, Symbol},
        preload::PreloadIslands,
    },
    islands::attract::Attract,
    text::{common, kiosk as text},
};

/// The page.
#[component]
pub(crate) fn KioskPage() -> impl IntoView {
    view! {
        <Title text=common::title(text::TITLE) />
        <PreloadIslands />
        <main class="attract" id="main">
            <header class="attract__header">
                <Icon symbol=Symbol::Emblem />
                <p class="attract__system">{common::SYSTEM}</p>
                <p class="attract__product">{common::PRODUCT}</p>
            </header>
            <Attract />
            <section class="attract__help">
                <h2 class="attract__steps-title">{text::STEPS}</h2>
                <ol class="attract__steps">
                    {text::STEP.map(|step| view! { <li>{step}</li> }).collect_view()}
                </ol>
                <p>{text::SERVICES}</p>
                <p>{text::OPERATORS_TOO}</p>
                <p class="attract__call">{text::HELP}</p>
            </section>
        </main>
    }
}
