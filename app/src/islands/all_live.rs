//! The last island of every page. Islands are taken over one after the other, some only once
//! their part is loaded; when this one is, all live, and the way to a card is looked for:
//! what an island that is taken over shows first has to be what the server rendered.

use leptos::prelude::*;

use crate::{device::AllLive, terminal::is_terminal};

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
            let beat = StoredValue::new(false);
            say_so(beat);
            // For the life of the page.
            set_interval(move || say_so(beat), BEAT);
        }
    });
}

/// Changes what the document says of it.
fn say_so(beat: StoredValue<bool>) {
    beat.update_value(|beat| *beat = !*beat);
    if let Some(page) = document().document_element() {
        let value = if beat.get_value() { "1" } else { "0" };
        let noted = page.set_attribute("data-lives", value);
        // The attribute's name is a good one.
        debug_assert!(noted.is_ok(), "data-lives");
    }
}
