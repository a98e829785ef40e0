//! A person who goes to an address always gets a page: under the address as it is written
//! properly, in the session that they have, and with words and a way on where something is
//! wrong. Programs get what the contract says.

use app::text::{Language, common};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};

/// Whether a person goes there: a browser says so (Fetch Metadata, `Sec-Fetch-Mode`), or
/// asks for a page before all else.
pub(super) fn is_by_person(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get("sec-fetch-mode") {
        return mode == "navigate";
    }
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.trim_start().starts_with("text/html"))
}

/// Leads to the address as it is written properly, where it has a slash too many.
pub(super) fn to_the_right_address(method: &Method, uri: &Uri) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let right = right_path(uri.path())?;
    let address = match uri.query() {
        Some(query) => format!("{right}?{query}"),
        None => right,
    };
    Some(Redirect::permanent(&address).into_response())
}

/// The path without slashes at its end and between slashes; none where it has none of them.
/// It has one at its beginning: two would be the name of another host.
fn right_path(path: &str) -> Option<String> {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let right = format!("/{}", parts.join("/"));
    (right != path).then_some(right)
}

/// Whether somebody follows a link on another site, to a page: a browser keeps the cookie of
/// the session to itself then (`SameSite=Strict`), and who is logged in looks like nobody.
pub(super) fn is_from_elsewhere(request: &Request<Body>) -> bool {
    let said = |name: &str, value: &str| {
        let header = request.headers().get(name);
        header.is_some_and(|header| header == value)
    };
    request.method() == Method::GET
        && said("sec-fetch-site", "cross-site")
        && said("sec-fetch-mode", "navigate")
        && said("sec-fetch-dest", "document")
}

/// Has the browser ask once more, by itself: then the request comes from a page of ours.
/// The page says nothing, and the address is the browser's own. It can't know a language: the
/// browser keeps that cookie to itself, too.
pub(super) fn once_more() -> Response {
    let language = Language::default();
    let (language, product) = (language.tag(), common::PRODUCT.of(language));
    let page = format!(
        "<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta http-equiv=\"refresh\" content=\"0\"><title>{product}</title></head>\
         <body><a href=\"\">{product}</a></body></html>"
    );
    (StatusCode::OK, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_too_many_is_taken_out_and_leads_nowhere_else() {
        for (path, right) in [
            ("/manage/", Some("/manage")),
            ("/manage//freeze///", Some("/manage/freeze")),
            ("//evil.example/", Some("/evil.example")),
            ("//", Some("/")),
            ("/", None),
            ("/manage/freeze", None),
        ] {
            assert_eq!(right_path(path).as_deref(), right, "{path}");
        }
    }

    #[test]
    fn an_address_is_right_for_who_reads_only() {
        let uri: Uri = "/manage/freeze/?name=%E6%9D%8E".parse().unwrap();
        let response = to_the_right_address(&Method::GET, &uri).unwrap();
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(
            response.headers()[header::LOCATION],
            "/manage/freeze?name=%E6%9D%8E"
        );
        assert!(to_the_right_address(&Method::POST, &uri).is_none());
    }

    #[test]
    fn a_person_is_known_by_what_the_browser_says() {
        let headers = |lines: &[(&'static str, &'static str)]| {
            lines
                .iter()
                .map(|(name, value)| {
                    (
                        header::HeaderName::from_static(name),
                        header::HeaderValue::from_static(value),
                    )
                })
                .collect::<HeaderMap>()
        };
        for (lines, expected) in [
            (&[("sec-fetch-mode", "navigate")][..], true),
            (
                &[("sec-fetch-mode", "cors"), ("accept", "text/html")],
                false,
            ),
            (&[("accept", "text/html,application/xhtml+xml")], true),
            (&[("accept", "*/*")], false),
            (&[], false),
        ] {
            assert_eq!(is_by_person(&headers(lines)), expected, "{lines:?}");
        }
    }
}
