//! 确认 of a question, which has the focus when its question appears.

use leptos::{html, prelude::*};

use crate::{
    islands::armed::{not_yet, use_armed},
    text::common,
};

/// The button. It takes no click in the first moment.
#[component]
pub(super) fn Confirm(
    /// Runs when it was meant.
    on_confirm: Callback<()>,
    /// Whether it takes something from somebody.
    #[prop(optional)]
    is_grave: bool,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let armed = use_armed();
    Effect::new(move || {
        if let Some(button) = button.get() {
            // The dialog opens, or changes its words, in this very moment.
            request_animation_frame(move || {
                // A dialog that was closed by now has no focus to give.
                let _gone = button.focus();
            });
        }
    });
    view! {
        <button
            class="button button--primary"
            class:button--danger=is_grave
            type="button"
            node_ref=button
            aria-disabled=move || not_yet(armed)
            on:click=move |_| {
                if armed.get_untracked() {
                    on_confirm.run(());
                }
            }
        >
            {common::CONFIRM}
        </button>
    }
}
