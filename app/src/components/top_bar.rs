//! The bar over every page of a session: where one is, who one is, and 退出登录
//! at the upper right.

use card_domain::Role;
use leptos::prelude::*;

use crate::{
    api::model::SessionView,
    components::{
        icon::{Icon, Symbol},
        log_out::LogOut,
        page_tools::PageTools,
        preload::PreloadIslands,
    },
    device::Wanted,
    islands::{card_indicator::CardIndicator, session_guard::SessionGuard},
    text::{common, names},
};

/// The bar.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let session = use_context::<SessionView>();
    let home = session.as_ref().map_or("/", SessionView::home);
    view! {
        <PreloadIslands />
        <a class="skip" href="#main">
            {common::SKIP}
        </a>
        <header class="top-bar">
            <a class="top-bar__brand" href=home>
                <Icon symbol=Symbol::Emblem />
                <span class="top-bar__names">
                    <span class="top-bar__system">{common::SYSTEM}</span>
                    <span class="top-bar__product">{common::PRODUCT}</span>
                </span>
            </a>
            {session.clone().map(|view| view! { <Who view /> })}
            <CardIndicator signer=session.clone().map(Wanted::from) />
            <LogOut />
            <PageTools />
        </header>
        {session.map(|view| view! { <Watched view /> })}
    }
}

/// What ends the session on its page.
#[component]
fn Watched(view: SessionView) -> impl IntoView {
    let (role, time) = (view.role, view.time);
    view! { <SessionGuard role time signer=view.into() /> }
}

#[component]
fn Who(view: SessionView) -> impl IntoView {
    let kind = match view.role {
        Role::LegalPerson => "tag tag--legal",
        Role::Operator => "tag",
    };
    view! {
        <div class="top-bar__who">
            <span class="top-bar__enterprise">{view.enterprise_name}</span>
            <span class="top-bar__holder">
                {view.holder_name} <span class=kind>{names::role(view.role)}</span>
            </span>
        </div>
    }
}
