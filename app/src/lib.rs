//! The application: the screens of IC卡自主管理 and the contract behind them.
//! Pages are rendered by the server; what lives in the browser are their
//! islands (`src/islands/`), compiled to wasm. It knows no SQL and no sockets.

// The types of whole pages nest deeply.
#![recursion_limit = "256"]
#![expect(
    unreachable_pub,
    reason = "leptos's #[component] makes a pub item of every component, also of private ones"
)]
#![cfg_attr(
    feature = "ssr",
    expect(
        clippy::needless_pass_by_value,
        reason = "a component owns its properties: they outlive the call"
    )
)]

pub mod api;
mod components;
pub mod device;
#[cfg(feature = "ssr")]
pub mod help;
mod islands;
pub mod left;
#[cfg(feature = "ssr")]
mod pages;
pub mod preferences;
#[cfg(feature = "ssr")]
mod root;
pub mod terminal;
pub mod text;

#[cfg(feature = "ssr")]
pub use components::preload::IslandsPart;
#[cfg(feature = "ssr")]
pub use root::{App, ShownError, shell};

/// Makes ready for the islands of the page that the server rendered: each is
/// taken over by itself, and all share the way to the card.
#[cfg(feature = "hydrate")]
#[leptos::wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    device::provide_device();
}
