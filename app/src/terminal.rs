//! Whether this browser is a terminal in a hall, which anybody may walk up to: it starts
//! and ends at the attract screen (`/kiosk`), and leaves no file. The service knows it by
//! a cookie; a page says it in its document, so that its islands and its style know.

/// Where a terminal starts, and what makes a browser one.
pub const START: &str = "/kiosk";

/// Where a desk starts.
const LOGIN: &str = "/login";

/// The attribute of the document's element that says it.
#[cfg(feature = "hydrate")]
const ATTRIBUTE: &str = "data-terminal";

/// What stands in it.
const KIOSK: &str = "kiosk";

/// The browser is a terminal. The service puts it into the context of its pages.
#[derive(Clone, Copy, Debug)]
pub struct Terminal;

/// Whether the browser is a terminal.
#[cfg(not(feature = "hydrate"))]
#[must_use]
pub(crate) fn is_terminal() -> bool {
    leptos::prelude::use_context::<Terminal>().is_some()
}

/// Whether the browser is a terminal, as its page says.
#[cfg(feature = "hydrate")]
#[must_use]
pub(crate) fn is_terminal() -> bool {
    let html = leptos::prelude::document().document_element();
    let said = html.and_then(|html| html.get_attribute(ATTRIBUTE));
    said.as_deref() == Some(KIOSK)
}

/// What the document of a page says: the value of its `data-terminal`.
#[cfg(feature = "ssr")]
pub(crate) fn of_document() -> Option<&'static str> {
    is_terminal().then_some(KIOSK)
}

/// Where whoever is not logged in begins: at a terminal with the attract screen.
#[must_use]
pub(crate) fn start_address() -> &'static str {
    if is_terminal() { START } else { LOGIN }
}
