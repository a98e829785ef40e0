//! 退出登录: a form, so that it works whatever else of the page does.

use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    text::common,
};

/// The button.
#[component]
pub(crate) fn LogOut() -> impl IntoView {
    view! {
        <form class="log-out" method="post" action="/logout">
            <button class="button" type="submit">
                <Icon symbol=Symbol::LogOut />
                {common::LOG_OUT}
            </button>
        </form>
    }
}
