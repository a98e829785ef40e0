//! The last island of every page. Islands are taken over one after the other, some only once
//! their part is loaded; when this one is, all live, and the way to a card is looked for:
//! what an island that is taken over shows first has to be what the server rendered.

use leptos::prelude::*;

use crate::device::AllLive;

/// Shows nothing.
#[island]
pub(crate) fn LastIsland() -> impl IntoView {
    let AllLive(all_live) = expect_context();
    Effect::new(move || all_live.set(true));
}
