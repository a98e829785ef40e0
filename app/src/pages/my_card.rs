//! The page of an operator: the own card, and nothing else.

use card_domain::Role;
use leptos::prelude::*;

use crate::{
    api::{Wire, calls},
    components::{
        card_facts::CardFacts, change_pin::ChangePin, error_panel::ErrorPanel, guard::Guard,
        page_heading::PageHeading, skeleton::Skeleton, top_bar::TopBar,
    },
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
                    <ChangePin />
                </PageHeading>
                <OwnCard />
            </main>
        </Guard>
    }
}

#[component]
fn OwnCard() -> impl IntoView {
    let answer = Resource::<_, Wire>::new_with_options(|| (), |()| calls::own_card(), false);
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(card) => {
                        view! {
                            <div class="panel detail">
                                <CardFacts card />
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! { <ErrorPanel error retry=move |()| answer.refetch() /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}
