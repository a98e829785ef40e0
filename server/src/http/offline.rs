//! `/sw.js`, the service worker: where the browser would show its own page because the
//! server can't be reached, it shows ours, which comes back by itself. The worker carries
//! that page inside and stores nothing, so that no page with anybody's data is ever kept
//! and nothing of an older version is left after an upgrade (ADR 47).

use std::sync::LazyLock;

use app::text::{Language, offline as text};
use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// Where it is. What it may stand in for is below its own folder: everything.
pub(super) const PATH: &str = "/sw.js";

const WORKER: &str = include_str!("offline/worker.js");
const PAGE: &str = include_str!("offline/page.html");
const STYLE: &str = include_str!("offline/page.css");
const SCRIPT: &str = include_str!("offline/page.js");

/// The worker may ask the server and nobody else.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; connect-src 'self'");

/// Serves the worker. A browser asks for it with each page, and takes another one at once.
pub(super) async fn worker() -> Response {
    static CHINESE: LazyLock<String> = LazyLock::new(|| script(Language::Chinese));
    static ENGLISH: LazyLock<String> = LazyLock::new(|| script(Language::English));
    let script = match Language::current() {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    };
    let mut response = script.as_str().into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    let allowed = HeaderName::from_static("service-worker-allowed");
    headers.insert(allowed, HeaderValue::from_static("/"));
    response
}

fn script(language: Language) -> String {
    WORKER
        .replace("__PAGE__", &literal(&page(language)))
        .replace("__POLICY__", &literal(&page_policy()))
}

fn page(language: Language) -> String {
    let for_others = match language {
        Language::Chinese => format!(r#"<p lang="en" class="english">{}</p>"#, text::ENGLISH),
        Language::English => String::new(),
    };
    let words = [
        ("__LANGUAGE__", language.tag()),
        ("__TITLE__", text::TITLE.of(language)),
        ("__HINT__", text::HINT.of(language)),
        ("__TRYING__", text::TRYING.of(language)),
        ("__AGAIN__", text::AGAIN.of(language)),
        ("__OTHERS__", &for_others),
        ("__STYLE__", STYLE),
        ("__SCRIPT__", SCRIPT),
    ];
    words.iter().fold(PAGE.to_owned(), |page, (name, words)| {
        page.replace(name, words)
    })
}

/// The page has no nonce: what may run in it is named by its hash.
fn page_policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         require-trusted-types-for 'script'; trusted-types 'none'; form-action 'none'; \
         base-uri 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// A text as JavaScript has it.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_worker_and_page_is_filled_but_the_way_back() {
        for language in Language::ALL {
            let page = page(language);
            assert_eq!(page.matches("__BACK__").count(), 1);
            let without = page.replace("__BACK__", "");
            assert!(!without.contains("__"), "{without}");
            assert!(without.contains(text::HINT.of(language)));
            assert!(!without.contains(text::HINT.of(language.other())));
            assert!(without.contains(&format!(r#"<html lang="{}""#, language.tag())));
            let script = script(language);
            for place in ["__PAGE__", "__POLICY__"] {
                assert!(!script.contains(place));
            }
            // What is in it is a text for JavaScript, too.
            assert!(!script.contains('\u{2028}') && !script.contains('\u{2029}'));
        }
    }

    /// Not a word of it may end the element that it stands in.
    #[test]
    fn nothing_of_the_page_ends_early() {
        for part in [STYLE, SCRIPT] {
            assert!(!part.contains("</"));
        }
        let texts = [text::TITLE, text::HINT, text::TRYING, text::AGAIN];
        let words = texts.map(|text| Language::ALL.map(|language| text.of(language)));
        for words in words.into_iter().flatten().chain([text::ENGLISH]) {
            assert!(!words.contains(['<', '>', '&', '"']));
        }
    }
}
