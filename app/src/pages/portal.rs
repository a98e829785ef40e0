//! The main page after a legal person's login: the tiles of the systems, of
//! which IC卡自主管理 is ours.

use card_domain::Role;
use leptos::prelude::*;

use crate::{
    api::model::{SessionEnd, SessionTime, SessionView},
    components::{
        guard::Guard,
        icon::{Icon, Symbol},
        needs::{LastActs, NeedsYou},
        page_heading::PageHeading,
        top_bar::TopBar,
    },
    text::{common, dates, fields, names, portal, session},
};

/// The page.
#[component]
pub(crate) fn PortalPage() -> impl IntoView {
    view! {
        <Guard role=Role::LegalPerson>
            <TopBar />
            <main class="main main--portal" id="main">
                <Welcome />
                <NeedsYou />
                <section class="services" aria-labelledby="services">
                    <h2 class="services__title" id="services">
                        {portal::SERVICES}
                    </h2>
                    <Tile />
                </section>
                <LastActs />
            </main>
        </Guard>
    }
}

#[component]
fn Welcome() -> impl IntoView {
    use_context::<SessionView>().map(|view| {
        view! {
            <PageHeading title=common::SYSTEM purpose=portal::welcome(&view.holder_name) />
            <dl class="panel who">
                <div class="fact">
                    <dt>{fields::ENTERPRISE}</dt>
                    <dd>{view.enterprise_name}</dd>
                </div>
                <div class="fact">
                    <dt>{fields::HOLDER}</dt>
                    <dd>{view.holder_name}</dd>
                </div>
                <div class="fact">
                    <dt>{fields::CARD_NO}</dt>
                    <dd class="figures">{view.card_no.0}" "{names::role(view.role)}</dd>
                </div>
                <div class="fact">
                    <dt>{fields::SESSION_ENDS}</dt>
                    <dd class="figures">{session::ends(&dates::minute(view.ends_at), idle_minutes(view.time))}</dd>
                </div>
            </dl>
        }
    })
}

/// How long the session may be idle, where that ends it first.
fn idle_minutes(time: SessionTime) -> Option<u32> {
    (time.end == SessionEnd::Idle).then(|| time.seconds.div_ceil(60))
}

#[component]
fn Tile() -> impl IntoView {
    view! {
        <a
            class="tile tile--large"
            href="/manage"
            aria-labelledby="tile-name"
            aria-describedby="tile-hint"
        >
            <span class="tile__picture">
                <Icon symbol=Symbol::Emblem />
            </span>
            <span class="tile__words">
                <span class="tile__name" id="tile-name">
                    {common::PRODUCT}
                </span>
                <span class="tile__hint" id="tile-hint">
                    {portal::TILE_HINT}
                </span>
            </span>
        </a>
    }
}
