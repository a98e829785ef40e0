//! The page of an operator: the own card, and nothing else.

use card_domain::Role;
use leptos::prelude::*;

use crate::{
    api::calls,
    components::{
        card_facts::CardFacts, error_panel::ErrorPanel, guard::Guard, page_heading::PageHeading,
        top_bar::TopBar,
    },
    device::Wanted,
    islands::change_pin::{ChangePin, Rules},
    text::own_card,
};

/// The page.
#[component]
pub(crate) fn MyCardPage() -> impl IntoView {
    view! {
        <Guard role=Role::Operator>
            <TopBar />
            <main class="main main--own" id="main">
                <OwnCard />
            </main>
        </Guard>
    }
}

/// Everything about it, and 修改密码.
#[component]
fn OwnCard() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match calls::own_card().await {
                    Ok(card) => {
                        let own = Wanted {
                            card_no: card
                                .row
                                .card_no
                                .clone()
                                .map_or_else(String::new, |number| number.0),
                            holder: card.row.holder_name.clone(),
                        };
                        let rules = Rules(card.pin_policy);
                        view! {
                            <PageHeading title=own_card::TITLE purpose=own_card::PURPOSE>
                                <ChangePin own rules />
                            </PageHeading>
                            <div class="panel detail">
                                <CardFacts card reveals=true />
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! {
                            <PageHeading title=own_card::TITLE purpose=own_card::PURPOSE />
                            <ErrorPanel error />
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}
