//! The ticket by which the bridge knows the next page of this tab. It lives in the
//! tab's own storage, which ends with the tab and which no other origin reads. A
//! browser that keeps nothing (a setting) has people type their PIN once more.

use leptos::{prelude::window, web_sys::Storage};

/// Where it stands.
const KEY: &str = "card-bridge-resume";

/// The ticket of the page before this one in the tab. It stays there until this page
/// has what it is good for: who is gone before that leaves it to the next.
pub(super) fn read() -> Option<String> {
    storage()?.get_item(KEY).ok()?
}

/// Keeps this page's own for the next, in place of the one before.
pub(super) fn keep(ticket: &str) {
    if let Some(storage) = storage() {
        let _not_kept = storage.set_item(KEY, ticket);
    }
}

/// Nothing is left for the next page: 退出登录 lets go of the cards.
pub(super) fn forget() {
    if let Some(storage) = storage() {
        let _nothing_kept = storage.remove_item(KEY);
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}
