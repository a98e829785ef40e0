//! What lives in the browser. The server renders whole pages; each island in
//! them is taken over by wasm when it arrives, and works together with the
//! others by [`crate::device`] only. Nothing else of a page is in the wasm.

mod act_dialog;
pub(crate) mod act_many;
pub(crate) mod act_on_card;
pub(crate) mod all_live;
mod armed;
pub(crate) mod attract;
pub(crate) mod back_to_start;
mod bridge_update;
pub(crate) mod card_indicator;
mod card_status;
pub(crate) mod change_pin;
mod confirm;
mod countdown;
pub(crate) mod demo_drawer;
pub(crate) mod done_address;
pub(crate) mod environment;
pub(crate) mod export_link;
pub(crate) mod give_up;
pub(crate) mod healer;
mod hydrated;
pub(crate) mod id_number_input;
pub(crate) mod keyboard;
pub(crate) mod leaving;
pub(crate) mod left_panel;
pub(crate) mod list_keys;
pub(crate) mod list_view;
pub(crate) mod login_panel;
mod modal;
mod new_pin;
pub(crate) mod outdated;
mod pin_pad;
pub(crate) mod print_button;
pub(crate) mod receipt_code;
mod relay;
mod resend;
pub(crate) mod resume;
pub(crate) mod return_card;
pub(crate) mod reveal;
pub(crate) mod session_guard;
mod sign_act;
mod tabs;
mod usb_key;
