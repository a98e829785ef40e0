//! 系统登录. Who is logged in already is sent to the session's first page; at a terminal,
//! where nobody comes here with a session of one's own, to where sessions end.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};

use crate::{
    api::calls,
    components::{
        icon::{Icon, Symbol},
        page_tools::PageTools,
        preload::PreloadIslands,
    },
    islands::{back_to_start::BackToStart, left_panel::LeftPanel, login_panel::LoginPanel},
    left::Left,
    terminal::{self, is_terminal},
    text::{common, environment, login as text},
};

/// The page.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    view! {
        <Title text=common::title(&text::TITLE) />
        <AlreadyIn />
        <PageTools alone=true />
        <main class="login" id="main">
            <header class="login__header">
                <Icon symbol=Symbol::Emblem />
                <h1 class="login__title">{common::SYSTEM}</h1>
                <p class="login__product">{common::PRODUCT}</p>
            </header>
            <section class="login__panel">
                {match how_it_ended() {
                    Some(left) => {
                        view! {
                            <PreloadIslands />
                            <LeftPanel left />
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <p class="login__purpose">{text::PURPOSE}</p>
                            <LoginPanel />
                            <a class="login__check" href="/environment">
                                {environment::TITLE}
                            </a>
                        }
                            .into_any()
                    }
                }}
            </section>
        </main>
        {is_terminal().then(|| view! {
            <PreloadIslands />
            <BackToStart card_out=true />
        })}
    }
}

/// What the address says of the session before.
fn how_it_ended() -> Option<Left> {
    use_query_map().with_untracked(|query| query.get_str("left").and_then(Left::from_word))
}

#[component]
fn AlreadyIn() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // A session that can't be asked for is as good as none here.
                let session = calls::session().await.ok()??;
                let home = if is_terminal() { terminal::START } else { session.home() };
                Some(view! { <Redirect path=home /> })
            })}
        </Suspense>
    }
}
