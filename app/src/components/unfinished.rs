//! What the enterprise has not finished: who was signed for and is still to be
//! inserted, with the ways to go on and to give it up.

use leptos::prelude::*;

use crate::{
    api::{calls, model::SessionView, operation::Operations},
    components::icon::{Icon, Symbol},
    device::Wanted,
    islands::{give_up::GiveUp, resume::Resume},
    text::operate as text,
};

/// One notice, however many signatures have cards left; nothing without.
#[component]
pub(crate) fn Unfinished() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // It is a help beside the page; the page says what is wrong.
                let open = calls::open_operations().await.unwrap_or_default();
                match <[Operations; 1]>::try_from(open) {
                    Ok([operations]) => view! { <One operations /> }.into_any(),
                    Err(none) if none.is_empty() => ().into_any(),
                    Err(several) => view! { <Several several /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn One(operations: Operations) -> impl IntoView {
    view! {
        <div class="notice notice--warn unfinished">
            <Icon symbol=Symbol::Clock />
            <Batch operations />
        </div>
    }
}

/// Folded, with how many they are.
#[component]
fn Several(several: Vec<Operations>) -> impl IntoView {
    let title = text::several_unfinished(several.len());
    let batch = |operations| view! { <li class="unfinished__batch"><Batch operations /></li> };
    view! {
        <details class="notice notice--warn unfinished unfinished--several">
            <summary class="unfinished__summary">
                <Icon symbol=Symbol::Clock />
                {title}
            </summary>
            <ul class="unfinished__list" role="list">
                {several.into_iter().map(batch).collect_view()}
            </ul>
        </details>
    }
}

#[component]
fn Batch(operations: Operations) -> impl IntoView {
    let signer = use_context::<SessionView>()
        .map(Wanted::from)
        .unwrap_or_default();
    let open = || operations.cards.iter().filter(|card| card.state.is_open());
    let touched = open().filter(|card| card.touched).count();
    let untouched = open().count() - touched;
    let title = text::unfinished(operations.action, &operations.cards);
    let batch = operations.batch;
    view! {
        <div class="notice__body">
            <p class="notice__title">{title.clone()}</p>
            <p class="notice__hint">{text::unfinished_hint(touched, untouched)}</p>
        </div>
        <div class="unfinished__ways">
            {(untouched > 0).then(|| view! { <GiveUp batch title /> })}
            <Resume batch signer />
        </div>
    }
}
