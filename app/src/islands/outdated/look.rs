//! Asks the server for the page once more and compares what both say.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, DomParser, Response, SupportedType};

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
    let asked = window().fetch_with_str(&window().location().href()?);
    let response: Response = JsFuture::from(asked).await?.dyn_into()?;
    // A server that can't answer says nothing of the card.
    if response.status() >= 500 {
        return Ok(false);
    }
    let html = JsFuture::from(response.text()?).await?;
    let html = html.as_string().unwrap_or_default();
    let page = DomParser::new()?.parse_from_string(&html, SupportedType::TextHtml)?;
    Ok(live(&page)? != shown)
}

/// The words of all that is marked in a page.
fn live(page: &Document) -> Result<String, JsValue> {
    let marked = page.query_selector_all(LIVE)?;
    Ok((0..marked.length())
        .filter_map(|index| marked.get(index)?.text_content())
        .collect())
}
