//! The screens, one file each.

pub(crate) mod detail;
pub(crate) mod environment;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod kiosk;
pub(crate) mod list;
pub(crate) mod locked;
pub(crate) mod login;
pub(crate) mod manage;
pub(crate) mod manage_home;
pub(crate) mod my_card;
pub(crate) mod not_found;
pub(crate) mod portal;
pub(crate) mod styleguide;
