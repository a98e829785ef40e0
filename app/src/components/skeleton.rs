//! What stands in the place of a list or a page while it is loading. The style
//! shows it only after 300 ms, so that fast answers don't flicker.

use leptos::prelude::*;

use crate::text::common;

/// Grey bars.
#[component]
pub(crate) fn Skeleton(
    /// How many.
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label=common::LOADING>
            {(0..lines)
                .map(|_| view! { <span class="skeleton__line" aria-hidden="true"></span> })
                .collect_view()}
        </div>
    }
}
