//! Whether wasm has taken over the page: what needs it stays disabled until
//! then, so that a click is never lost.

use leptos::prelude::*;

/// False on the server and until hydration is done, true from then on.
pub(crate) fn use_hydrated() -> ReadSignal<bool> {
    let (hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    hydrated
}
