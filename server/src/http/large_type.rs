//! `/large-type`: switches 大字版 for this browser, and leads back to the page that asked.

use app::{api::ErrorCode, preferences::LargeType};
use axum::{
    Extension, Form,
    extract::rejection::FormRejection,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::{cookie, errors};
use crate::context::RequestInfo;

/// What the form says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    large: String,
}

/// Keeps or forgets it.
pub(super) async fn switch(
    Extension(info): Extension<RequestInfo>,
    headers: HeaderMap,
    form: Result<Form<Switch>, FormRejection>,
) -> Response {
    let is_wanted = match form.as_ref().map(|Form(form)| form.large.as_str()) {
        Ok(LargeType::ON) => true,
        Ok(LargeType::OFF) => false,
        Ok(_) | Err(_) => {
            let id = &info.client.request_id;
            return errors::respond(ErrorCode::BadRequest, StatusCode::BAD_REQUEST, id);
        }
    };
    let mut response = Redirect::to(&back(&headers)).into_response();
    cookie::add(
        &mut response,
        &cookie::set_large_type(is_wanted, info.https),
    );
    response
}

/// The page that asked, as a place of this server whatever the header says.
fn back(headers: &HeaderMap) -> String {
    let named = headers.get(header::REFERER);
    let named = named.and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    let path = named.and_then(|uri| uri.path_and_query().map(ToString::to_string));
    // To a browser `/\` is another server's address as `//` is.
    path.filter(|path| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'))
        .unwrap_or_else(|| String::from("/"))
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
            (Some("https://ic.example.cn/\\evil.example/"), "/"),
            (Some("about:blank"), "/"),
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
