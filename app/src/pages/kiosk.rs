//! `/kiosk`, the attract screen of a terminal: what to do, for whom, and whom to call.
//! The service ends whatever session was before it shows it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{
        icon::{Icon, Symbol},
        page_tools::PageTools,
        preload::PreloadIslands,
    },
    help::HelpSettings,
    islands::attract::Attract,
    text::{common, kiosk as text},
};

/// The page.
#[component]
pub(crate) fn KioskPage() -> impl IntoView {
    view! {
        <Title text=common::title(&text::TITLE) />
        <PreloadIslands />
        <PageTools alone=true />
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
                <p class="attract__call">{whom_to_call()}</p>
            </section>
        </main>
    }
}

/// The one who is configured, besides whoever is there.
fn whom_to_call() -> String {
    let contact = use_context::<HelpSettings>().and_then(|settings| settings.contact);
    contact.map_or_else(|| String::from(text::HELP), |contact| text::help(&contact))
}
