//! The browser's own modal dialog: it keeps the focus inside, gives it back
//! when it closes, and Escape closes it.

use leptos::{html, prelude::*};

/// A dialog that is open while `open` is true, however it gets closed.
#[component]
pub(crate) fn Modal(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The id of the heading inside that names it.
    labelled_by: &'static str,
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

    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby=labelled_by on:close=on_closed>
            {move || open.get().then(|| children.with_value(|children| children()))}
        </dialog>
    }
}
