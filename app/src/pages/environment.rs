//! 环境检测: a page of its own, for everybody: no session is needed to find out why
//! no card can be read.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{
        icon::{Icon, Symbol},
        page_tools::PageTools,
        preload::PreloadIslands,
    },
    islands::{back_to_start::BackToStart, environment::EnvironmentCheck},
    terminal::is_terminal,
    text::{common, environment as text},
};

/// The page.
#[component]
pub(crate) fn EnvironmentPage() -> impl IntoView {
    view! {
        <Title text=common::title(&text::TITLE) />
        <PreloadIslands />
        <PageTools alone=true />
        <main class="environment" id="main">
            <header class="environment__header">
                <h1 class="environment__title">{text::TITLE}</h1>
                <a class="button" href="/">
                    <Icon symbol=Symbol::Left />
                    {text::TO_LOGIN}
                </a>
            </header>
            <p class="environment__purpose">{text::PURPOSE}</p>
            <EnvironmentCheck />
        </main>
        {is_terminal().then(|| view! { <BackToStart card_out=false /> })}
    }
}
