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
            if let Some(on_close) = on_close {
                on_close.run(());
            }
        }
    });
    // Escape goes the way of a button: the browser tells of what it closed by
    // itself only later, and by then the dialog may have been opened anew.
    let on_escape = move |event: Event| {
        event.prevent_default();
        if !keep.get_untracked() {
            open.set(false);
        }
    };
    // A second Escape without a click in between, a browser does not ask about.
    let on_closed = move |_| {
        let Some(dialog) = dialog.get_untracked() else {
            return;
        };
        if dialog.open() || !open.get_untracked() {
            return;
        }
        if keep.get_untracked() {
            // It can only fail for a dialog that is not in the document.
            let _detached = dialog.show_modal();
            return;
        }
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
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
