//! The application: the screens of IC卡自主管理 and the contract behind them,
//! compiled to wasm for the browser and natively for server rendering. It
//! knows no SQL and no sockets.

// The types of whole pages nest deeply.
#![recursion_limit = "256"]
#![expect(
    unreachable_pub,
    reason = "leptos's #[component] makes a pub item of every component, also of private ones"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a component owns its properties: they outlive the call"
)]

pub mod api;
mod components;
pub mod device;
mod pages;
mod root;
mod session;
pub mod text;

pub use root::{App, shell};

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[leptos::wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(App);
}
