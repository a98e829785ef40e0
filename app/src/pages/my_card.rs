//! The page of an operator: the own card, and nothing else.

use card_domain::Role;
use leptos::prelude::*;

use crate::{
    api::{calls, model::SessionView},
    components::{
        card_facts::CardFacts, error_panel::ErrorPanel, guard::Guard, page_heading::PageHeading,
        top_bar::TopBar,
    },
    islands::change_pin::ChangePin,
    text::own_card,
};

/// The page.
#[component]
pub(crate) fn MyCardPage() -> impl IntoView {
    view! {
        <Guard role=Role::Operator>
            <TopBar />
            <main class="main main--own" id="main">
                <PageHeading title=own_card::TITLE purpose=own_card::PURPOSE>
                    <OwnPin />
                </PageHeading>
                <OwnCard />
            </main>
        </Guard>
    }
}

/// 修改密码 of the session's own card.
#[component]
fn OwnPin() -> impl IntoView {
    use_context::<SessionView>().map(|view| view! { <ChangePin holder_name=view.holder_name /> })
}

#[component]
fn OwnCard() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match calls::own_card().await {
                    Ok(card) => {
                        view! {
                            <div class="panel detail">
                                <CardFacts card reveals=true />
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}
