//! The ticket by which the bridge knows the next page of this tab. It lives in the
//! tab's own storage, which ends with the tab and which no other origin reads. A
//! browser that keeps nothing (a setting) has people type their PIN once more.

use leptos::{prelude::window, web_sys::Storage};

/// Where it stands.
const KEY: &str = "card-bridge-resume";

/// The ticket of the page before this one in the tab. It is good once, so it is
/// taken out.
pub(super) fn read() -> Option<String> {
    let storage = storage()?;
    let ticket = storage.get_item(KEY).ok()?;
    let _not_kept = storage.remove_item(KEY);
    ticket
}

/// Keeps this page's own for the next.
pub(super) fn keep(ticket: &str) {
    if let Some(storage) = storage() {
        let _not_kept = storage.set_item(KEY, ticket);
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}
