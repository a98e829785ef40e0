//! The main page of IC卡自主管理: what each entry of the menu is for.

use card_domain::Menu;
use leptos::prelude::*;

use crate::{
    components::{
        icon::{Icon, Symbol},
        needs::NeedsYou,
        page_heading::PageHeading,
        unfinished::Unfinished,
    },
    text::{common, names, portal},
};

/// The seven entries as tiles.
#[component]
pub(crate) fn ManageHome() -> impl IntoView {
    let tiles = Menu::ALL.map(|menu| {
        view! {
            <li>
                <a class="tile" href=format!("/manage/{}", menu.slug())>
                    <span class="tile__picture">
                        <Icon symbol=Symbol::of_menu(menu) />
                    </span>
                    <span class="tile__words">
                        <span class="tile__name">{names::menu(menu)}</span>
                        <span class="tile__hint">{names::menu_purpose(menu)}</span>
                    </span>
                </a>
            </li>
        }
    });
    view! {
        <PageHeading title=common::PRODUCT purpose=portal::CHOOSE />
        <Unfinished />
        <NeedsYou />
        <ul class="tiles" role="list">
            {tiles.into_iter().collect_view()}
        </ul>
    }
}
