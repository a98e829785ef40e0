//! What only the browser knows: how it is called, and its clipboard.

/// What the browser calls itself.
#[cfg(feature = "hydrate")]
pub(super) fn name() -> String {
    let navigator = leptos::prelude::window().navigator();
    navigator.user_agent().unwrap_or_default()
}

/// Puts `text` into the clipboard, after a click. False where the browser has none for
/// this page, or refuses.
#[cfg(feature = "hydrate")]
pub(super) async fn copy(text: &str) -> bool {
    let window = leptos::prelude::window();
    // Only pages over https have one, whatever the type says.
    if !window.is_secure_context() {
        return false;
    }
    let copying = window.navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(copying).await.is_ok()
}

/// There is no browser on the server.
#[cfg(not(feature = "hydrate"))]
pub(super) const fn name() -> String {
    String::new()
}

/// There is no clipboard on the server.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "as in the browser")]
pub(super) async fn copy(_text: &str) -> bool {
    false
}
