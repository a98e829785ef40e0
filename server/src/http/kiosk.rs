//! `/kiosk`: makes the browser a terminal, unless somebody is logged in at it, ends a
//! terminal's session, and shows the attract screen; `/kiosk?leave` makes it a desk again. Only who opens the address
//! itself, or a page of ours, does that: a link of somebody else's does nothing.

use app::terminal;
use axum::{
    Extension,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};

use super::{AppState, cookie, errors, forms, pages};
use crate::{
    context::{RequestContext, RequestInfo},
    sessions,
};

/// Where a terminal starts and ends.
pub(super) const PATH: &str = terminal::START;

/// The query with which a browser ceases to be a terminal.
const LEAVE: &str = "leave";

/// Serves the attract screen.
pub(super) async fn start(
    State(state): State<AppState>,
    Extension(mut info): Extension<RequestInfo>,
    mut request: Request,
) -> Response {
    if !is_meant(request.headers()) {
        // A terminal is one already: it shows its start, and ends nothing for it.
        return if info.is_terminal {
            pages::page(State(state), request).await
        } else {
            Redirect::to("/").into_response()
        };
    }
    let https = info.https;
    if request.uri().query() == Some(LEAVE) {
        let mut response = Redirect::to("/login").into_response();
        cookie::add(&mut response, &cookie::clear_terminal(https));
        return response;
    }
    let had_session = info.session.is_some();
    if had_session && !info.is_terminal {
        // Somebody works at this desk, and may have followed a link in a mail.
        return Redirect::to("/").into_response();
    }
    if had_session {
        let ctx = RequestContext::new(state.service.clone(), info.clone());
        if let Err(error) = sessions::logout(&ctx).await {
            // The page that says so is a terminal's, and tries again.
            return errors::response(error.code(), &info.client.request_id);
        }
        info.session = None;
    }
    let wanted_large_type = cookie::wants_large_type(request.headers());
    let chose_language = cookie::language(request.headers()).is_some();
    info.is_terminal = true;
    request.extensions_mut().insert(info);
    let mut response = pages::page(State(state), request).await;
    cookie::add(&mut response, &cookie::set_terminal(https));
    if wanted_large_type {
        cookie::add(&mut response, &cookie::set_large_type(false, https));
    }
    if chose_language {
        cookie::add(&mut response, &cookie::forget_language(https));
    }
    if had_session {
        cookie::add(&mut response, &cookie::clear_session(https));
        let headers = response.headers_mut();
        headers.insert(forms::CLEAR_SITE_DATA, forms::WHAT_IS_CLEARED);
    }
    response
}

/// Whether the browser was sent here by its own address bar, its start page or us.
/// Browsers that don't say it are old, or reach us without TLS.
fn is_meant(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_none_or(|site| site == "none" || site == "same-origin")
}
