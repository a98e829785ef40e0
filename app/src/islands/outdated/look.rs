//! Asks the server for the page once more and compares what both say.

use js_sys::Promise;
use leptos::prelude::{document, window};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, XmlHttpRequest, XmlHttpRequestResponseType};

/// Marks what the server renders of a card's state, and no island changes.
const LIVE: &str = "[data-live]";

/// Whether the server would render something else now. An answer without any
/// state, as after the session's end, is something else too.
///
/// # Errors
///
/// What the browser says, when the server can't be reached.
pub(super) async fn has_changed() -> Result<bool, JsValue> {
    let shown = live(&document())?;
    if shown.is_empty() {
        return Ok(false);
    }
    // It parses what the server sent, and nothing else can be put into it: a text that
    // is parsed here is what the page's policy forbids (Trusted Types).
    let request = XmlHttpRequest::new()?;
    request.open("GET", &window().location().href()?)?;
    request.set_response_type(XmlHttpRequestResponseType::Document);
    let ended = Promise::new(&mut |resolve, _reject| request.set_onloadend(Some(&resolve)));
    request.send()?;
    JsFuture::from(ended).await?;
    let status = request.status()?;
    // A server that can't answer, or be reached, says nothing of the card.
    if status == 0 || status >= 500 {
        return Ok(false);
    }
    Ok(match request.response_xml()? {
        Some(page) => live(&page)? != shown,
        None => true,
    })
}

/// The words of all that is marked in a page.
fn live(page: &Document) -> Result<String, JsValue> {
    let marked = page.query_selector_all(LIVE)?;
    Ok((0..marked.length())
        .filter_map(|index| marked.get(index)?.text_content())
        .collect())
}
