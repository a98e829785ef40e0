//! What pages are made of: small, on the browser's native elements.

pub(crate) mod act_dialog;
pub(crate) mod act_panel;
pub(crate) mod badge;
pub(crate) mod card_facts;
pub(crate) mod card_status;
pub(crate) mod card_table;
pub(crate) mod change_pin;
pub(crate) mod demo_drawer;
pub(crate) mod empty_state;
pub(crate) mod error_panel;
pub(crate) mod facts;
pub(crate) mod guard;
#[cfg(feature = "ssr")]
mod http_status;
pub(crate) mod hydrated;
pub(crate) mod icon;
pub(crate) mod modal;
pub(crate) mod page_heading;
pub(crate) mod pager;
pub(crate) mod pin_pad;
pub(crate) mod query_form;
pub(crate) mod row_keys;
pub(crate) mod side_menu;
pub(crate) mod sign_act;
pub(crate) mod skeleton;
pub(crate) mod sort_header;
pub(crate) mod top_bar;
