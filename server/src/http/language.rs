//! In which language somebody is answered: that of the browser's cookie, around everything
//! that is done for a request; and `/language`, which chooses it and leads back to the page
//! that asked.

use app::text::Language;
use axum::{
    Extension, Form,
    extract::{Request, rejection::FormRejection},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use serde::Deserialize;

use super::{cookie, kiosk, preferences};
use crate::context::RequestInfo;

/// What the form says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    language: String,
}

/// Answers in the language of whoever asks. At a terminal's start it was that of who stood
/// there before.
pub(super) async fn around(request: Request, next: Next) -> Response {
    let chosen = cookie::language(request.headers());
    let language = if request.uri().path() == kiosk::PATH {
        Language::default()
    } else {
        chosen.unwrap_or_default()
    };
    language.scope(next.run(request)).await
}

/// Keeps it.
pub(super) async fn choose(
    Extension(info): Extension<RequestInfo>,
    headers: HeaderMap,
    form: Result<Form<Choice>, FormRejection>,
) -> Response {
    let chosen = form.ok();
    let chosen = chosen.and_then(|Form(choice)| Language::read(&choice.language));
    let cookie = chosen.map(|language| cookie::set_language(language, info.https));
    preferences::keep(cookie, &back(&headers), &info)
}

/// The page that asked; from a terminal's start, which forgets what was chosen, the login,
/// which goes back to the start when nobody is there.
fn back(headers: &HeaderMap) -> String {
    let back = preferences::back(headers);
    if back.split('?').next() == Some(kiosk::PATH) {
        String::from(LOGIN)
    } else {
        back
    }
}

/// Where a card is used.
const LOGIN: &str = "/login";
