//! The bar over every page of a session: where one is, who one is, and 退出登录
//! at the upper right.

use card_domain::Role;
use leptos::prelude::*;

use crate::{
    api::model::SessionView,
    components::{
        icon::{Icon, Symbol},
        preload::PreloadIslands,
    },
    islands::card_indicator::CardIndicator,
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
            {session.map(|view| view! { <Who view /> })}
            <CardIndicator />
            <LogOut />
        </header>
    }
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

/// 退出登录: a form, so that it works whatever else of the page does.
#[component]
fn LogOut() -> impl IntoView {
    view! {
        <form class="top-bar__log-out" method="post" action="/logout">
            <button class="button button--quiet" type="submit">
                <Icon symbol=Symbol::LogOut />
                {common::LOG_OUT}
            </button>
        </form>
    }
}
