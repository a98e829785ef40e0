//! The page goes when its session did, in every tab.

use leptos::prelude::*;

use crate::left::Left;

/// Leads to the login page, which says how the session ended. Nothing leads back.
pub(crate) fn leave(left: Left) {
    // A browser that refuses shows a page of which nothing works any more.
    let _refused = window().location().replace(&left.address());
}
