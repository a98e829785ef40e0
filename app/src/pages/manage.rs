//! The frame of IC卡自主管理: the bar, the menu on the left, and a page.

use card_domain::Role;
use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::{guard::Guard, side_menu::SideMenu, top_bar::TopBar};

/// The frame.
#[component]
pub(crate) fn ManageFrame() -> impl IntoView {
    view! {
        <Guard role=Role::LegalPerson>
            <TopBar />
            <div class="frame">
                <SideMenu />
                <main class="main" id="main">
                    <Outlet />
                </main>
            </div>
        </Guard>
    }
}
