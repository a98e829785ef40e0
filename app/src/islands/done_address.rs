//! Where the page of a card says what was done to it.

use card_domain::Action;
use leptos::prelude::*;

/// The part of the address that names the act.
pub(crate) const DONE: &str = "done";

/// Loads the page anew, as that of a card to which this was done.
pub(crate) fn show_done(action: Action) {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let search = location.search().unwrap_or_default();
    let kept = search
        .trim_start_matches('?')
        .split('&')
        .filter(|part| !part.is_empty() && part.split('=').next() != Some(DONE));
    let done = format!("{DONE}={}", action.name());
    let parts: Vec<_> = kept.chain([done.as_str()]).collect();
    // In the place of the page: 返回 leads to the list. A browser that refuses still has
    // the link there.
    let _refused = location.replace(&format!("{path}?{}", parts.join("&")));
}
