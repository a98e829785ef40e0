//! What pages are made of: small, on the browser's native elements.

// In pages and islands.
pub(crate) mod badge;
pub(crate) mod fact;
pub(crate) mod icon;
pub(crate) mod log_out;
pub(crate) mod notice;
pub(crate) mod signed_text;

// In pages only, which the server renders.
#[cfg(feature = "ssr")]
pub(crate) mod act_panel;
#[cfg(feature = "ssr")]
pub(crate) mod card_facts;
#[cfg(feature = "ssr")]
pub(crate) mod card_table;
#[cfg(feature = "ssr")]
pub(crate) mod done_strip;
#[cfg(feature = "ssr")]
pub(crate) mod eligibility;
#[cfg(feature = "ssr")]
pub(crate) mod empty_state;
#[cfg(feature = "ssr")]
pub(crate) mod error_panel;
#[cfg(feature = "ssr")]
pub(crate) mod guard;
#[cfg(feature = "ssr")]
pub(crate) mod history_form;
#[cfg(feature = "ssr")]
mod http_status;
#[cfg(feature = "ssr")]
pub(crate) mod language_switch;
#[cfg(feature = "ssr")]
pub(crate) mod large_type;
#[cfg(feature = "ssr")]
pub(crate) mod needs;
#[cfg(feature = "ssr")]
pub(crate) mod page_heading;
#[cfg(feature = "ssr")]
pub(crate) mod page_tools;
#[cfg(feature = "ssr")]
pub(crate) mod pager;
#[cfg(feature = "ssr")]
pub(crate) mod preload;
#[cfg(feature = "ssr")]
pub(crate) mod query_form;
#[cfg(feature = "ssr")]
pub(crate) mod side_menu;
#[cfg(feature = "ssr")]
pub(crate) mod sort_header;
#[cfg(feature = "ssr")]
pub(crate) mod technical;
#[cfg(feature = "ssr")]
pub(crate) mod timeline;
#[cfg(feature = "ssr")]
pub(crate) mod top_bar;
#[cfg(feature = "ssr")]
pub(crate) mod unfinished;
#[cfg(feature = "ssr")]
pub(crate) mod verified_mark;
