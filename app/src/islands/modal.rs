//! The browser's own modal dialog: it keeps the focus inside, gives it back
//! when it closes, and Escape closes it.

use leptos::{
    ev::{Event, KeyboardEvent},
    html,
    prelude::*,
};

/// A dialog that is open while `open` is true, however it gets closed.
#[component]
pub(crate) fn Modal(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The id of the heading inside that names it.
    labelled_by: &'static str,
    /// Whether Escape does nothing now.
    #[prop(optional, into)]
    keep: Signal<bool>,
    /// Runs when it was closed, by a button or by Escape.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let children = StoredValue::new(children);

    Effect::new(move |_| {
        let wanted = open.get();
        let Some(dialog) = dialog.get() else {
            return;
        };
        if wanted && !dialog.open() {
            // It can only fail for a dialog that is not in the document.
            let _detached = dialog.show_modal();
        } else if !wanted && dialog.open() {
            dialog.close();
        }
    });
    let on_closed = move |_| {
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    };

    let on_escape = move |event: Event| {
        if keep.get_untracked() {
            event.prevent_default();
        }
    };
    // A key that is held answers one question, not every one that follows.
    let on_key = move |event: KeyboardEvent| {
        if event.repeat() && event.key() == "Enter" {
            event.prevent_default();
        }
    };

    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-labelledby=labelled_by
            on:close=on_closed
            on:cancel=on_escape
            on:keydown=on_key
        >
            {move || open.get().then(|| children.with_value(|children| children()))}
        </dialog>
    }
}
