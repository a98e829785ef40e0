//! The screens as the server renders them, driven by a fake service, and the
//! sentences that they say.
#![cfg(feature = "ssr")]
// The types of whole pages nest deeply.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod ends;
mod fake;
mod http;
mod lists;
mod pages;
mod sentences;
mod texts;
mod threads;
