//! A page that was left open is looked at again: if what it shows changed
//! meanwhile, in another tab or at another terminal, it says so. It never
//! reloads by itself, for something may be typed or ticked in it.

use leptos::{ev, prelude::*, task::spawn_local};

use crate::{
    components::icon::{Icon, Symbol},
    text::common,
};

#[cfg(feature = "hydrate")]
mod look;

/// Says that the page is not as it was rendered any more; nothing while it is.
#[island]
pub(crate) fn Outdated() -> impl IntoView {
    let outdated = RwSignal::new(false);
    Effect::new(move || {
        // A page that the browser kept and shows again becomes visible too.
        let seen = window_event_listener(ev::visibilitychange, move |_| {
            if document().hidden() || outdated.get_untracked() || is_in_dialog() {
                return;
            }
            spawn_local(async move {
                // Who can't be asked is asked at the next time.
                if let Ok(true) = look::has_changed().await {
                    outdated.set(true);
                }
            });
        });
        on_cleanup(move || seen.remove());
    });
    view! {
        <div class="outdated" role="status">
            <Show when=move || outdated.get()>
                <div class="notice">
                    <Icon symbol=Symbol::Clock />
                    <div class="notice__body">
                        <p class="notice__title">{common::OUTDATED}</p>
                    </div>
                    <a class="button" href="">
                        {common::REFRESH}
                    </a>
                    <button class="button" type="button" on:click=move |_| outdated.set(false)>
                        {common::CLOSE}
                    </button>
                </div>
            </Show>
        </div>
    }
}

/// A dialog says by itself what becomes of the card.
fn is_in_dialog() -> bool {
    matches!(document().query_selector("dialog[open]"), Ok(Some(_)))
}

/// Outside of a browser nobody looks at a page again.
#[cfg(not(feature = "hydrate"))]
mod look {
    #[expect(clippy::unused_async, reason = "the browser's half waits")]
    pub(super) async fn has_changed() -> Result<bool, ()> {
        Ok(false)
    }
}
