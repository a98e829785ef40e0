//! The next page is on its way: a bar at the upper edge, after the 300 ms in
//! which most pages have arrived (`style/components/leaving.css`).

use leptos::{ev, prelude::*};

use crate::text::common;

/// The bar; nothing while no page was asked for.
#[island]
pub(crate) fn Leaving() -> impl IntoView {
    let leaving = RwSignal::new(false);
    Effect::new(move || {
        let asked = window_event_listener(ev::beforeunload, move |_| leaving.set(true));
        // The browser may show this page again as it was left.
        let shown = window_event_listener(ev::pageshow, move |_| leaving.set(false));
        on_cleanup(move || {
            asked.remove();
            shown.remove();
        });
    });
    view! {
        <Show when=move || leaving.get()>
            <p class="leaving" role="status">
                <span class="unseen">{common::LOADING}</span>
            </p>
        </Show>
    }
}
