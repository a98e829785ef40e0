//! Asks whether somebody is still there, before the session ends.

use leptos::prelude::*;

use super::watch::Watch;
use crate::{
    api::model::SessionEnd,
    components::log_out::LogOut,
    islands::modal::Modal,
    text::{operate, session as text},
};

/// The id of the heading that names the dialog.
const TITLE: &str = "session-end-title";

/// The question, over whatever the page shows.
#[component]
pub(super) fn Warning(watch: Watch) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move || open.set(watch.warned.with(Option::is_some)));
    // However it is closed, a person did it, unless the time was put off elsewhere.
    let on_close = move |()| {
        if watch.warned.with_untracked(Option::is_some) {
            answer(watch);
        }
    };
    view! {
        <Modal open labelled_by=TITLE on_close>
            {move || {
                let left = move || operate::minutes(watch.warned.get().unwrap_or_default());
                let is_idle = watch.end() == SessionEnd::Idle;
                let (title, yes) = if is_idle {
                    (text::STILL_THERE, text::KEEP)
                } else {
                    (text::SOON_OVER, text::UNDERSTOOD)
                };
                view! {
                    <h2 class="dialog__title" id=TITLE>
                        {title}
                    </h2>
                    <p class="dialog__text" role="timer">
                        {move || if is_idle { text::idle_in(&left()) } else { text::over_in(&left()) }}
                    </p>
                    <div class="dialog__actions">
                        <LogOut />
                        <button
                            class="button button--primary"
                            type="button"
                            autofocus
                            on:click=move |_| open.set(false)
                        >
                            {yes}
                        </button>
                    </div>
                }
            }}
        </Modal>
    }
}

/// Somebody is there.
fn answer(watch: Watch) {
    if watch.end() == SessionEnd::Idle {
        watch.warned.set(None);
        watch.keep();
    } else {
        watch.understood();
    }
}
