//! The last island of every page. Islands are taken over one after the other, some only once
//! their part is loaded; when this one is, all live, and the way to a card is looked for:
//! what an island that is taken over shows first has to be what the server rendered.

use leptos::prelude::*;

use crate::{device::AllLive, islands::countdown::now, terminal::is_terminal};

/// How often a terminal's page says that it lives. One that stopped is loaded anew
/// (`root.rs`).
const BEAT: std::time::Duration = std::time::Duration::from_secs(5);

/// Shows nothing.
#[island]
pub(crate) fn LastIsland() -> impl IntoView {
    let AllLive(all_live) = expect_context();
    Effect::new(move || {
        all_live.set(true);
        if is_terminal() {
            say_so();
            // For the life of the page.
            set_interval(say_so, BEAT);
        }
    });
}

/// Notes in the document when the islands lived last.
fn say_so() {
    if let Some(page) = document().document_element() {
        let noted = page.set_attribute("data-lives", &now().to_string());
        // The attribute's name is a good one.
        debug_assert!(noted.is_ok(), "data-lives");
    }
}
