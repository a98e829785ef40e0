//! The bar over every page of a session: where one is, who one is, and 退出登录
//! at the upper right.

use card_domain::Role;
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use crate::{
    api::{calls, model::SessionView},
    components::{
        card_status::CardIndicator,
        error_panel::RequestId,
        icon::{Icon, Symbol},
    },
    session::home_of,
    text::{common, names},
};

/// The bar.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let session = use_context::<SessionView>();
    let home = session.as_ref().map_or("/", |view| home_of(view.role));
    view! {
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

/// 退出登录: a form, so that it works before wasm arrives.
#[component]
fn LogOut() -> impl IntoView {
    let failed = RwSignal::new(None);
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match calls::logout().await {
                Ok(()) => to_login(),
                Err(error) => failed.set(Some(error)),
            }
        });
    };
    view! {
        <form class="top-bar__log-out" method="post" action="/logout" on:submit=on_submit>
            <button class="button button--quiet" type="submit">
                <Icon symbol=Symbol::LogOut />
                {common::LOG_OUT}
            </button>
            {move || {
                failed
                    .get()
                    .map(|error: crate::api::ApiError| {
                        view! {
                            <div class="top-bar__error" role="alert">
                                <p>{error.message}{error.next_step}</p>
                                <RequestId id=error.request_id />
                            </div>
                        }
                    })
            }}
        </form>
    }
}

/// Loads the login page anew, so that nothing of the session stays in memory.
fn to_login() {
    // A browser that refuses to leave still has no session any more.
    let _refused = window().location().replace("/login");
}
