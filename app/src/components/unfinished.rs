//! What the enterprise has not finished: who was signed for and is still to be
//! inserted, with the way to go on.

use leptos::prelude::*;

use crate::{
    api::{calls, model::SessionView, operation::Operations},
    components::icon::{Icon, Symbol},
    device::Wanted,
    islands::resume::Resume,
    text::operate as text,
};

/// A notice for each signature that has cards left; nothing without.
#[component]
pub(crate) fn Unfinished() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // It is a help beside the page; the page says what is wrong.
                let open = calls::open_operations().await.unwrap_or_default();
                open.into_iter()
                    .map(|operations| view! { <Batch operations /> })
                    .collect_view()
            })}
        </Suspense>
    }
}

#[component]
fn Batch(operations: Operations) -> impl IntoView {
    let signer = use_context::<SessionView>()
        .map(Wanted::from)
        .unwrap_or_default();
    view! {
        <div class="notice notice--warn unfinished">
            <Icon symbol=Symbol::Clock />
            <div class="notice__body">
                <p class="notice__title">
                    {text::unfinished(operations.action, &operations.cards)}
                </p>
                <p class="notice__hint">{text::UNFINISHED_HINT}</p>
            </div>
            <Resume batch=operations.batch signer />
        </div>
    }
}
