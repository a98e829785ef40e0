//! What the tabs of one browser tell each other: that the session is over.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// The name of the channel.
#[cfg(feature = "hydrate")]
const SESSION: &str = "ic-card-session";

/// Tells the other tabs that the session is over. Each asks the service for itself.
pub(crate) fn tell_of_end() {
    #[cfg(feature = "hydrate")]
    if let Ok(channel) = web_sys::BroadcastChannel::new(SESSION) {
        // Without it they find out by themselves, a little later.
        let _not_told = channel.post_message(&wasm_bindgen::JsValue::NULL);
        channel.close();
    }
}

/// Runs when another tab says so. To be called from an effect.
pub(crate) fn on_end(told: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::{JsCast as _, closure::Closure};

        let Ok(channel) = web_sys::BroadcastChannel::new(SESSION) else {
            return;
        };
        let listener = Closure::<dyn Fn()>::new(told);
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let kept = StoredValue::new_local((channel, listener));
        on_cleanup(move || {
            kept.with_value(|(channel, _)| channel.close());
        });
    }
    #[cfg(not(feature = "hydrate"))]
    drop(told);
}
