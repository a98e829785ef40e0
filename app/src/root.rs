//! The document around every page, and the way from an address to its page.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    api::ApiError,
    components::error_panel::ErrorPage,
    device::{newest, provide_device, usb_settings},
    islands::{
        all_live::LastIsland, demo_drawer::DemoDrawer, healer::Healer, keyboard::Keyboard,
        leaving::Leaving, outdated::Outdated,
    },
    pages::{
        detail::DetailPage, environment::EnvironmentPage, help::HelpPage,
        history::event::EventPage, home::Home, kiosk::KioskPage, list::ListPage, login::LoginPage,
        manage::ManageFrame, manage_home::ManageHome, my_card::MyCardPage, not_found::NotFoundPage,
        portal::PortalPage, styleguide::StyleguidePage,
    },
    preferences::LargeType,
    terminal::{self, is_terminal},
    text::{Language, common},
};

/// Has the browser keep the service worker, which stands in for a server that can't be
/// reached (ADR 47). Its address is a script's, for which Trusted Types want a policy: the
/// only one, and nobody after this gets one of its name. A terminal's page changes its title
/// as long as it lives, by which `ic-card-kiosk` knows that it does, and is loaded anew when its
/// islands don't ([`LastIsland`]); no touch that stays opens a menu of the browser's there.
/// 大字版 is switched in the page as it is, with what was typed and ticked in it.
const OFFLINE: &str = "\
    {\
        const at = '/sw.js';\
        const own = self.trustedTypes?.createPolicy('service-worker', { createScriptURL: () => at });\
        const { dataset } = document.documentElement;\
        if (dataset.terminal) {\
            let beat = 0, lives, lived = Date.now();\
            setInterval(() => {\
                if (dataset.lives !== lives) { lives = dataset.lives; lived = Date.now(); }\
                if (Date.now() - lived > 40000) { location.reload(); return; }\
                document.title = document.title.replace(/ [01]$/, '') + ' ' + (beat ^= 1);\
            }, 5000);\
            addEventListener('contextmenu', (event) => event.preventDefault());\
        }\
        addEventListener('submit', (event) => {\
            const form = event.target, button = event.submitter;\
            if (!form.matches('.large-type')) return;\
            event.preventDefault();\
            const body = new URLSearchParams([[button.name, button.value]]);\
            fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {});\
            const large = document.documentElement.toggleAttribute('data-large', button.value === 'on');\
            button.setAttribute('aria-pressed', large);\
            button.value = large ? 'off' : 'on';\
        });\
        addEventListener('load', () => {\
            const url = own ? own.createScriptURL(at) : at;\
            navigator.serviceWorker?.register(url, { updateViaCache: 'none' }).catch(() => {});\
        });\
    }";

/// The document. `options` name the files of the build.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang=Language::current().tag() translate="no" data-terminal=terminal::of_document() data-large=LargeType::of_document()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#06233f" />
                <meta name="format-detection" content="telephone=no" />
                <meta name="google" content="notranslate" />
                <meta name="description" content=common::DESCRIPTION />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options=options.clone() id="style" />
                {newest::brought()}
                {usb_settings::brought()}
                <script nonce=use_nonce() inner_html=OFFLINE></script>
                {for_development()}
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Whether `cargo xtask dev` runs it. No program that is built for release asks for it.
pub(crate) fn is_development() -> bool {
    cfg!(debug_assertions) && std::env::var_os("IC_CARD_DEV").is_some()
}

/// The script with which `cargo xtask dev` loads pages anew. A program that is
/// installed is built for release and has nothing of it.
fn for_development() -> Option<impl IntoView> {
    is_development().then(|| view! { <script src="/dev.js" defer></script> })
}

/// Everything inside of the document.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_device();

    if let Some(ShownError(error)) = use_context() {
        return view! {
            <ErrorPage error home=true />
            <LastIsland />
        }
        .into_any();
    }
    view! {
        <Title text=common::PRODUCT />
        <noscript>
            <p class="no-script">{common::NO_SCRIPT}</p>
        </noscript>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=Home ssr=SsrMode::Async />
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/kiosk") view=KioskPage ssr=SsrMode::Async />
                <Route path=path!("/environment") view=EnvironmentPage ssr=SsrMode::Async />
                <Route path=path!("/help") view=HelpPage ssr=SsrMode::Async />
                <Route path=path!("/portal") view=PortalPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/manage") view=ManageFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=ManageHome ssr=SsrMode::Async />
                    <Route path=path!(":slug") view=ListPage ssr=SsrMode::Async />
                    <Route path=path!(":slug/:card_id") view=DetailPage ssr=SsrMode::Async />
                    <Route
                        path=path!(":slug/:card_id/:seq")
                        view=EventPage
                        ssr=SsrMode::Async
                    />
                </ParentRoute>
                <Route path=path!("/my-card") view=MyCardPage ssr=SsrMode::Async />
                <Route path=path!("/styleguide") view=StyleguidePage ssr=SsrMode::Async />
            </Routes>
        </Router>
        <div class="over-page">
            <Healer />
            <Outdated />
        </div>
        <DemoDrawer />
        {is_terminal().then(|| view! { <Keyboard /> })}
        <Leaving />
        <LastIsland />
    }
    .into_any()
}

/// What is wrong with a request that a person made: the service puts it into the context of
/// the page that says so.
#[derive(Clone, Debug)]
pub struct ShownError(pub ApiError);
