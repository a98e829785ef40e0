//! What the forms share with which a browser chooses how its pages are: the cookie that keeps
//! it, and the way back to the page that asked.

use app::{api::ErrorCode, preferences::LargeType, text::Language};
use axum::{
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Redirect, Response},
};

use super::{cookie, errors, forms};
use crate::context::RequestInfo;

/// Keeps what was chosen, in its cookie, and leads to `back`. A form that says nothing that
/// can be chosen has no cookie, and is refused.
pub(super) fn keep(cookie: Option<String>, back: &str, info: &RequestInfo) -> Response {
    let Some(cookie) = cookie else {
        let id = &info.client.request_id;
        return errors::respond(ErrorCode::BadRequest, StatusCode::BAD_REQUEST, id);
    };
    let mut response = Redirect::to(back).into_response();
    cookie::add(&mut response, &cookie);
    response
}

/// The page that asked, as a place of this server whatever the header says.
pub(super) fn back(headers: &HeaderMap) -> String {
    let named = headers.get(header::REFERER);
    let named = named.and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    let path = named.and_then(|uri| uri.path_and_query().map(ToString::to_string));
    // To a browser `/\` is another server's address as `//` is.
    let own = path
        .filter(|path| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
    own.filter(|path| !is_form(path))
        .unwrap_or_else(|| String::from("/"))
}

/// Whether only forms are sent there: the page that says what was wrong with one has its
/// address, at which there is nothing to read.
fn is_form(place: &str) -> bool {
    let path = place.split('?').next().unwrap_or(place);
    [Language::ADDRESS, LargeType::ADDRESS, forms::LOGOUT].contains(&path)
        || path
            .strip_prefix("/manage/")
            .is_some_and(|rest| rest.ends_with("/query"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leads_back_within_this_server_only() {
        for (said, expected) in [
            (
                Some("https://ic.example.cn/manage/freeze?name=x"),
                "/manage/freeze?name=x",
            ),
            (Some("https://evil.example"), "/"),
            (Some("https://ic.example.cn//evil.example/"), "/"),
            (Some(r"https://ic.example.cn/\evil.example/"), "/"),
            (Some(r"/\evil.example/"), "/"),
            (Some("about:blank"), "/"),
            (Some("https://ic.example.cn/manage/renew/query"), "/"),
            (Some("https://ic.example.cn/logout"), "/"),
            (Some("https://ic.example.cn/language"), "/"),
            (
                Some("https://ic.example.cn/manage/renew?name=/query"),
                "/manage/renew?name=/query",
            ),
            (None, "/"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert(header::REFERER, said.parse().unwrap());
            }
            assert_eq!(back(&headers), expected, "{said:?}");
        }
    }
}
