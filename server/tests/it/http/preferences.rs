//! What a page's forms send that choose how pages are.

use test_support::service::{Browser, Reply};

/// Sends a form from a page of this server.
pub(super) async fn choose(
    browser: &Browser,
    origin: &str,
    (path, from): (&str, &str),
    body: &str,
) -> Reply {
    let referer = format!("{origin}{from}");
    let headers = [
        ("origin", origin),
        ("referer", &referer),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    browser.send("POST", path, &headers, body.into()).await
}
