//! The frame of IC卡自主管理: the bar, the menu on the left, and a page.

use card_domain::Role;
use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::{guard::Guard, side_menu::SideMenu, top_bar::TopBar};

/// The frame around the pages of IC卡自主管理.
#[component]
pub(crate) fn ManageFrame() -> impl IntoView {
    view! {
        <Guard role=Role::LegalPerson>
            <Frame>
                <Outlet />
            </Frame>
        </Guard>
    }
}

/// The frame around anything that a legal person sees.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    view! {
        <TopBar />
        <div class="frame">
            <SideMenu />
            <main class="main" id="main">
                {children()}
            </main>
        </div>
    }
}
