//! Every sentence that a person reads, in simplified Chinese and in English ([`Text`]). The
//! Chinese names of menus, fields, buttons, questions and messages are the manual's, to the
//! letter; the English ones are those of the README's glossary.

#[macro_use]
mod bilingual;

pub mod common;
pub mod dates;
pub mod detail;
pub mod device;
pub mod dialog;
pub mod empty;
mod english;
pub mod enroll;
pub mod environment;
pub mod errors;
pub mod fields;
#[cfg(feature = "ssr")]
pub mod help;
pub mod history;
pub mod keyboard;
pub mod kiosk;
pub mod language;
pub mod list;
pub mod login;
pub mod names;
pub mod needs;
pub mod new_pin;
pub mod offline;
pub mod operate;
pub mod operations;
pub mod own_card;
pub mod portal;
pub mod receipt;
pub mod session;
pub mod statement;
pub mod styleguide;
pub mod timeline;
pub mod usb;

pub use bilingual::Text;
pub use language::Language;
