//! What works without wasm: logging out and the query forms. A form is
//! answered by 303, so that reloading a page never sends it again.

use app::{api::ErrorCode, left::Left};
use axum::{
    Extension, Form,
    extract::{Path, Request, State, rejection::FormRejection},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use card_domain::{IdNumber, Menu, written};
use serde::Deserialize;

use super::{AppState, cookie, errors, kiosk};
use crate::{
    cards,
    context::{RequestContext, RequestInfo},
    input::validate_text,
    sessions,
};

/// What a browser forgets of us (Clear-Site-Data).
pub(super) const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Pages that it could go back to. Not cookies: the session's is removed by itself, and a
/// login that waits in another tab keeps its own. Nor what pages keep: the one thing that
/// outlives a tab is what this browser knows its bridge by, without which the login page
/// would take any program for it (ADR 38).
pub(super) const WHAT_IS_CLEARED: HeaderValue = HeaderValue::from_static("\"cache\"");

/// Where the form of 退出登录 is sent.
pub(super) const LOGOUT: &str = "/logout";

/// The longest text of a field, in characters.
const MAX_FIELD: usize = 128;

/// Ends the session and leads to where the next one begins.
pub(super) async fn logout(
    State(state): State<AppState>,
    Extension(info): Extension<RequestInfo>,
    _request: Request,
) -> Response {
    let id = info.client.request_id.clone();
    let ctx = RequestContext::new(state.service, info);
    if let Err(error) = sessions::logout(&ctx).await {
        return errors::response(error.code(), &id);
    }
    let mut response = Redirect::to(&Left::Logout.address()).into_response();
    cookie::add(&mut response, &cookie::clear_session(ctx.request.https));
    let headers = response.headers_mut();
    headers.insert(CLEAR_SITE_DATA, WHAT_IS_CLEARED);
    response
}

/// Where who is not logged in begins.
const fn start(info: &RequestInfo) -> &'static str {
    if info.is_terminal {
        kiosk::PATH
    } else {
        "/login"
    }
}

/// The fields of a query form. `id` is the token that the page was asked with
/// before; a number that was typed takes its place.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct QueryForm {
    card_no: String,
    name: String,
    id_number: String,
    id: String,
    state: String,
    needs: String,
    sort: String,
    rows: String,
}

/// Leads to the list with this query: a 证件编号 is turned into its token, so
/// that the number itself never stands in an address.
pub(super) async fn query(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Extension(info): Extension<RequestInfo>,
    form: Result<Form<QueryForm>, FormRejection>,
) -> Response {
    let id = info.client.request_id.clone();
    let Some(menu) = Menu::from_slug(&slug) else {
        return errors::response(ErrorCode::NotFound, &id);
    };
    let form = match form {
        Ok(Form(form)) => form,
        Err(rejection) => {
            let status = match rejection.status() {
                status @ (StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::PAYLOAD_TOO_LARGE) => {
                    status
                }
                _ => StatusCode::BAD_REQUEST,
            };
            return errors::respond(ErrorCode::BadRequest, status, &id);
        }
    };
    let ctx = RequestContext::new(state.service, info);
    match address(&ctx, menu, form).await {
        Ok(address) => Redirect::to(&address).into_response(),
        // The page itself shows what is wrong with a session.
        Err(ErrorCode::SessionEnded) => Redirect::to(&Left::Ended.address()).into_response(),
        Err(ErrorCode::NotLoggedIn) => Redirect::to(start(&ctx.request)).into_response(),
        Err(code) => errors::response(code, &id),
    }
}

async fn address(ctx: &RequestContext, menu: Menu, form: QueryForm) -> Result<String, ErrorCode> {
    // As it counts, so that the fields show what was asked.
    let form = QueryForm {
        card_no: written::number(&form.card_no),
        name: written::name(&form.name),
        id_number: form.id_number.replace('\t', " "),
        ..form
    };
    for text in [
        &form.card_no,
        &form.name,
        &form.id_number,
        &form.id,
        &form.state,
        &form.needs,
        &form.sort,
        &form.rows,
    ] {
        validate_text(text, MAX_FIELD)?;
    }
    let is_asked = !written::number(&form.id_number).is_empty();
    let (token, is_malformed) = if !is_asked {
        (form.id, false)
    } else if IdNumber::parse(&form.id_number).is_err() {
        (String::new(), true)
    } else {
        let token = cards::id_number_token(ctx, &form.id_number).await;
        (token.map_err(|error| error.code())?, false)
    };
    let fields = [
        ("card_no", form.card_no.as_str()),
        ("name", form.name.as_str()),
        ("id", token.as_str()),
        // Not the number itself, which stands in no address.
        ("id_error", if is_malformed { "1" } else { "" }),
        ("state", form.state.as_str()),
        ("needs", form.needs.as_str()),
        ("sort", form.sort.as_str()),
        ("rows", form.rows.as_str()),
    ];
    let mut address = format!("/manage/{}", menu.slug());
    let mut separator = '?';
    for (name, value) in fields {
        let value = value.trim();
        if !value.is_empty() {
            address.push(separator);
            address.push_str(name);
            address.push('=');
            push_encoded(&mut address, value);
            separator = '&';
        }
    }
    Ok(address)
}

/// Percent-encoding of a query value: all but RFC 3986's unreserved characters.
pub(super) fn push_encoded(address: &mut String, value: &str) {
    use std::fmt::Write as _;
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            address.push(char::from(byte));
        } else {
            let _infallible = write!(address, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_can_t_leave_their_field() {
        let mut address = String::new();
        push_encoded(&mut address, "张三&state=x #/%");
        assert_eq!(address, "%E5%BC%A0%E4%B8%89%26state%3Dx%20%23%2F%25");
    }
}
