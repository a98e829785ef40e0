//! What a list shows when it has nothing to show.

use leptos::prelude::*;

use crate::text::empty::Empty;

/// A picture, a sentence and what to do, with a button where one helps.
#[component]
pub(crate) fn EmptyState(
    /// What to say.
    empty: Empty,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty" role="status" data-live="">
            <svg class="empty__picture" viewBox="0 0 160 112" aria-hidden="true">
                <ellipse class="empty__shade" cx="80" cy="100" rx="64" ry="8" />
                <rect class="empty__card" x="30" y="18" width="100" height="66" rx="9" />
                <path class="empty__stripe" d="M30 34h100v12H30z" />
                <rect class="empty__chip" x="44" y="56" width="20" height="15" rx="3" />
                <path class="empty__line" d="M76 60h40M76 68h26" />
            </svg>
            <p class="empty__title">{empty.title}</p>
            <p class="empty__hint">{empty.hint}</p>
            {children.map(|children| children())}
        </div>
    }
}
