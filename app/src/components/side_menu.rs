//! The seven entries of the manual, on the left of every page of
//! IC卡自主管理.

use card_domain::Menu;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    components::icon::{Icon, Symbol},
    text::{common, names},
};

/// The menu; the entry of the open page is marked.
#[component]
pub(crate) fn SideMenu() -> impl IntoView {
    let current = use_location().pathname.with_untracked(|path| {
        let slug = path.strip_prefix("/manage/")?.split('/').next()?;
        Menu::from_slug(slug)
    });
    let entries = Menu::ALL.map(|menu| {
        view! {
            <li>
                <a
                    class="side-menu__entry"
                    href=format!("/manage/{}", menu.slug())
                    aria-current=(current == Some(menu)).then_some("page")
                >
                    <Icon symbol=Symbol::of_menu(menu) />
                    {names::menu(menu)}
                </a>
            </li>
        }
    });
    view! {
        <nav class="side-menu" aria-label=common::MAIN_MENU>
            <ul role="list">{entries.into_iter().collect_view()}</ul>
        </nav>
    }
}
